"""Membership in a list: `a = ANY(array)` is `a IN (…)`, `a <> ALL(array)` is `a NOT IN (…)`.

NULL among the values makes no difference between the two. An array that is a column, an expression or a subquery is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import value_number


def any_as_in(statement: exp.Expr) -> exp.Expr:
    for node in list(statement.find_all(exp.EQ, exp.NEQ)):
        value = _array(node)
        if value is None or value_number(node.this) is not None:
            continue
        member = exp.In(this=node.this, expressions=[value])
        node.replace(member if isinstance(node, exp.EQ) else exp.Not(this=member))
    return statement


def _array(node: exp.Expr) -> exp.Expr | None:
    """The value within `= ANY(…)` or `<> ALL(…)`."""
    right = node.expression
    word = exp.Any if isinstance(node, exp.EQ) else exp.All
    if isinstance(right, word):
        inner = right.this
    elif isinstance(right, exp.Anonymous) and str(right.this).upper() in (
        {"ANY", "SOME"} if word is exp.Any else {"ALL"}
    ):
        inner = right.expressions[0] if len(right.expressions) == 1 else None
    else:
        return None
    while isinstance(inner, exp.Paren):
        inner = inner.this
    return inner if value_number(inner) is not None else None


def list_markers(statement: exp.Expr) -> Iterator[int]:
    """The numbers of the markers that stand for a whole list, in which order does not matter."""
    for member in statement.find_all(exp.In):
        number = value_number(member.expressions[0]) if len(member.expressions) == 1 else None
        if number is not None:
            yield number
