"""Membership in a list: `a = ANY(array)` is `a IN (…)`, `a <> ALL(array)` is `a NOT IN (…)`; of a subquery as well.

NULL among the values makes no difference between the two. An array that is a column or an expression is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import value_number


def any_as_in(statement: exp.Expr) -> exp.Expr:
    for node in list(statement.find_all(exp.EQ, exp.NEQ)):
        inner = _within(node)
        if value_number(inner) is not None and value_number(node.this) is None:
            member = exp.In(this=node.this, expressions=[inner])
        elif isinstance(inner, (exp.Select, exp.SetOperation)):
            member = exp.In(this=node.this, query=exp.Subquery(this=inner))
        else:
            continue
        node.replace(member if isinstance(node, exp.EQ) else exp.Not(this=member))
    return statement


def _within(node: exp.Expr) -> exp.Expr | None:
    """What stands in the brackets of `= ANY(…)` or `<> ALL(…)`."""
    right = node.expression
    word = exp.Any if isinstance(node, exp.EQ) else exp.All
    inner: exp.Expr | None = None
    if isinstance(right, word):
        inner = right.this
    elif isinstance(right, exp.Anonymous) and str(right.this).upper() in (
        {"ANY", "SOME"} if word is exp.Any else {"ALL"}
    ):
        inner = right.expressions[0] if len(right.expressions) == 1 else None
    while isinstance(inner, (exp.Paren, exp.Subquery)):
        inner = inner.this
    return inner


def list_markers(statement: exp.Expr) -> Iterator[int]:
    """The numbers of the markers that stand for a whole list, in which order does not matter."""
    for member in statement.find_all(exp.In):
        number = value_number(member.expressions[0]) if len(member.expressions) == 1 else None
        if number is not None:
            yield number
