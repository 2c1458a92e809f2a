"""The order of what AND and OR join; `BETWEEN` for two comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import holds_values, spelled, value_number


def between_as_comparisons(statement: exp.Expr) -> exp.Expr:
    """`a BETWEEN b AND c` is `a >= b AND a <= c`."""
    for between in list(statement.find_all(exp.Between)):
        if between.args.get("symmetric") or holds_values(between.this):
            continue
        both = exp.And(
            this=exp.GTE(this=between.this, expression=between.args["low"]),
            expression=exp.LTE(this=between.this.copy(), expression=between.args["high"]),
        )
        plain = isinstance(between.parent, (exp.And, exp.Where, exp.Having)) or between.arg_key == "on"
        between.replace(both if plain else exp.Paren(this=both))
    return statement


def sorted_conditions(statement: exp.Expr) -> exp.Expr:
    """What is joined by AND, or by OR, in alphabetical order; never across the two."""
    for node in reversed(list(statement.walk())):
        if isinstance(node, (exp.And, exp.Or)) and not isinstance(outside(node), type(node)):
            parts = sorted(operands(node, type(node)), key=spelled)
            whole = parts[0]
            for part in parts[1:]:
                whole = type(node)(this=whole, expression=part)
            if node is statement:
                return whole
            node.replace(whole)
    return statement


def interchangeable(statement: exp.Expr) -> Iterator[tuple[int, ...]]:
    """Markers whose values may change places: `a = 1 OR a = 2` is `a = 2 OR a = 1`. Conditions are sorted already."""
    for node in statement.find_all(exp.And, exp.Or):
        if isinstance(outside(node), type(node)):
            continue
        for _, parts in groupby(operands(node, type(node)), key=spelled):
            numbers = [_only_value(part) for part in parts]
            if len(numbers) > 1 and None not in numbers:
                yield tuple(number for number in numbers if number is not None)


def _only_value(part: exp.Expr) -> int | None:
    """The number of the one marker in `part`, which is a plain value there."""
    if part.find(exp.In) is not None:
        return None
    numbers = [number for node in part.find_all(exp.Literal) if (number := value_number(node)) is not None]
    return numbers[0] if len(numbers) == 1 else None


def outside(node: exp.Expr) -> exp.Expr | None:
    """What stands around the brackets around `node`."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent


def operands(node: exp.Expr, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    """What is joined by `kind`, with brackets or without."""
    inner = node
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, kind):
        yield from operands(inner.this, kind)
        yield from operands(inner.expression, kind)
    else:
        yield node
