"""One value as a list of one: `a = 1` is `a IN (1)`, `a <> 1` is `a NOT IN (1)`, `a = 1 OR a = 2` is `a IN (1, 2)`.

How long a list is does not belong to what a statement is called, so that this is no rule of the canonical form: a question is read so
after the record has no answer to it as it stands.
"""

from __future__ import annotations

from itertools import groupby

from sqlglot import exp

from flowtape.capture.sql.rules.comparisons import assigns
from flowtape.capture.sql.rules.conditions import interchangeable, operands, outside, sorted_conditions
from flowtape.capture.sql.rules.noise import without_brackets
from flowtape.capture.sql.rules.spelling import spelled, value_number

Numbers = tuple[int, ...]
_LISTED = {exp.Or: exp.EQ, exp.And: exp.NEQ}
"""What is joined so is a list, if it is compared so."""


def values_as_lists(statement: exp.Expr) -> tuple[exp.Expr, tuple[Numbers, ...]]:
    """The statement, which is changed, and the numbers of the markers whose values are one list each: the first alone stands in it."""
    tied = list(interchangeable(statement))
    lists = [*_merged(statement)]
    within = {number for numbers in (*tied, *lists) for number in numbers}
    for node in list(statement.find_all(exp.EQ, exp.NEQ)):
        number = value_number(node.expression)
        if number is not None and value_number(node.this) is None and not assigns(node) and number not in within:
            lists.append((number,))
            node.replace(_member(node))
    for numbers in lists:
        tied = [each for each in tied if not set(numbers) & set(each)]
    return sorted_conditions(without_brackets(statement)), (*tied, *lists)


def _merged(statement: exp.Expr) -> list[Numbers]:
    """Lists made of what AND or OR join."""
    lists: list[Numbers] = []
    for node in reversed(list(statement.find_all(exp.And, exp.Or))):
        kind = type(node)
        if isinstance(outside(node), kind):
            continue
        kept: list[exp.Expr] = []
        for _, group in groupby(operands(node, kind), key=spelled):
            alike = list(group)
            numbers = [value_number(each.expression) for each in alike if isinstance(each, _LISTED[kind])]
            if len(alike) > 1 and len(numbers) == len(alike) and None not in numbers:
                lists.append(tuple(number for number in numbers if number is not None))
                alike = [_member(alike[0])]
            kept += alike
        whole = kept[0]
        for part in kept[1:]:
            whole = kind(this=whole, expression=part)
        node.replace(whole)
    return lists


def _member(node: exp.Expr) -> exp.Expr:
    member = exp.In(this=node.this, expressions=[node.expression])
    return member if isinstance(node, exp.EQ) else exp.Not(this=member)
