"""Comparisons that read the same from both sides: `a = b` is `b = a`, `a > b` is `b < a`; `a < b` is not `a <= b`.

And of rows, as far as they are equal: `(a, b) = (c, d)` is `a = c AND b = d`; which is the smaller one is another question.
"""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import of_a_list, spelled, value_number

_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
    exp.NullSafeEQ: exp.NullSafeEQ,
    exp.NullSafeNEQ: exp.NullSafeNEQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}


_JOINED: dict[type[exp.Expr], type[exp.Connector]] = {exp.EQ: exp.And, exp.NEQ: exp.Or}


def rows_as_conditions(statement: exp.Expr) -> exp.Expr:
    for node in list(statement.find_all(exp.EQ, exp.NEQ)):
        left, right = node.this, node.expression
        if not isinstance(left, exp.Tuple) or not isinstance(right, exp.Tuple) or assigns(node):
            continue
        if len(left.expressions) == len(right.expressions) > 1:
            pairs = zip(left.expressions, right.expressions, strict=True)
            parts = [exp.Paren(this=type(node)(this=one, expression=other)) for one, other in pairs]
            whole: exp.Expr = parts[0]
            for part in parts[1:]:
                whole = _JOINED[type(node)](this=whole, expression=part)
            node.replace(exp.Paren(this=whole))
    return statement


def oriented(statement: exp.Expr) -> exp.Expr:
    """Columns before values, else in alphabetical order."""
    for node in reversed(list(statement.walk())):
        flipped = _FLIPPED.get(type(node))
        if flipped is None or assigns(node):
            continue
        left, right = node.this, node.expression
        if isinstance(left, exp.Tuple) or isinstance(right, exp.Tuple) or of_a_list(right):
            continue  # `= ANY(…)` has its list on the right alone
        if _rank(right) < _rank(left):
            node.replace(flipped(this=right, expression=left))
    return statement


def _rank(side: exp.Expr) -> tuple[int, str]:
    return (2 if value_number(side) is not None else 1 if side.find(exp.Column) is None else 0, spelled(side))


def assigns(node: exp.Expr) -> bool:
    """`SET a = b` is no comparison."""
    return isinstance(node.parent, (exp.Update, exp.OnConflict)) and node.arg_key == "expressions"
