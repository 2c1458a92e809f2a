"""NOT, where it says what another operator says: `NOT a = b` is `a <> b`, `NOT (a AND b)` is `NOT a OR NOT b`.

All of it holds in three-valued logic: where one side is unknown, so is the other. NULL is neither equal nor unequal to anything, so
that `IS DISTINCT FROM` is another thing than `<>`.
"""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import of_a_list

_OPPOSITE: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ,
    exp.LT: exp.GTE,
    exp.GT: exp.LTE,
    exp.NullSafeEQ: exp.NullSafeNEQ,
}
_OPPOSITE |= {opposite: word for word, opposite in _OPPOSITE.items()}


def without_negations(statement: exp.Expr) -> exp.Expr:
    """NOT stays before what has no opposite: EXISTS, IN, a column."""
    for node in reversed(list(statement.find_all(exp.Not))):
        node.replace(_negated(node.this))
    return statement


def _negated(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Not):
        return exp.Paren(this=node.this) if isinstance(node.this, exp.Connector) else node.this
    if isinstance(node, (exp.And, exp.Or)):
        other = exp.Or if isinstance(node, exp.And) else exp.And
        return exp.Paren(this=other(this=_negated(node.this), expression=_negated(node.expression)))
    if not of_a_list(node.args.get("expression")):
        if (opposite := _OPPOSITE.get(type(node))) is not None:
            return opposite(this=node.this, expression=node.expression)
        if "negate" in node.arg_types:
            node.set("negate", not node.args.get("negate"))
            return node
    return exp.Not(this=node)
