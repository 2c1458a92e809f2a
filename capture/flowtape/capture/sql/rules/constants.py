"""What constants say: `x AND true` is `x`, `1 = 1` is true, `count(1)` is `count(*)`, `EXISTS (SELECT 1 …)` asks what `SELECT *` asks there.

Only what `constants` left in the text is one: what is bound to a parameter is a value, whatever it is.
"""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import argument, value_number


def without_truths(statement: exp.Expr) -> exp.Expr:
    """`x AND true`, `x OR false`, `WHERE true` and an inner join's `ON true`; not `HAVING true`, which makes one row of all."""
    for node in reversed(list(statement.find_all(exp.EQ, exp.And, exp.Or, exp.Where, exp.Join))):
        if isinstance(node, exp.EQ):
            if _constant(node.this) and node.this == node.expression:
                node.replace(exp.Boolean(this=True))
        elif isinstance(node, exp.Connector):
            neutral = exp.Boolean(this=isinstance(node, exp.And))
            if neutral in (node.this, node.expression):
                node.replace(node.expression if node.this == neutral else node.this)
        elif isinstance(node, exp.Join):
            if node.args.get("on") == exp.true() and not node.args.get("side"):
                node.set("on", None)
                node.set("kind", "CROSS")
        elif node.this == exp.true() and isinstance(node.parent, (exp.Select, exp.Update, exp.Delete)):
            node.pop()
    return statement


def counted_rows(statement: exp.Expr) -> exp.Expr:
    for count in statement.find_all(exp.Count):
        if _constant(count.this):
            count.set("this", exp.Star())
    return statement


def sought_rows(statement: exp.Expr) -> exp.Expr:
    """What EXISTS selects does not matter, where it decides nothing: `*` and a constant leave the list empty."""
    for exists in statement.find_all(exp.Exists):
        select = exists.this
        if (
            isinstance(select, exp.Select)
            and len(select.expressions) == 1
            and (isinstance(select.expressions[0], exp.Star) or _constant(select.expressions[0]))
            and not any(argument(select, name) for name in ("group", "having", "distinct"))
        ):
            select.set("expressions", [])
    return statement


def _constant(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and value_number(node) is None
