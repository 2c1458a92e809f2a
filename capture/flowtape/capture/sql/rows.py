"""Which rows of its one table a statement can touch, as far as its text shows: by columns that must equal given values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from flowtape.capture.exchange import Value
from flowtape.capture.sql.canonical import readable
from flowtape.capture.sql.fold import Folded, Slot, fold

if TYPE_CHECKING:
    from sqlglot import exp

MAX_TEXT = 8_192
"""Of a longer text nothing is known."""


@dataclass(frozen=True, slots=True)
class Rows:
    """`where` are columns that every touched row has one of these values in. `inserts` says that the rows are new ones."""

    where: Mapping[str, frozenset[Value]] = field(default_factory=dict)
    inserts: bool = False

    def apart(self, other: Rows) -> bool:
        """Whether no row can be touched by both."""
        shared = self.where.keys() & other.where.keys()
        return any(self.where[column].isdisjoint(other.where[column]) for column in shared)


EVERY = Rows()


def rows(text: str, parameters: Sequence[Value]) -> Rows:
    """Never raises; all rows where nothing is known."""
    found = _remembered(text) if len(text) <= MAX_TEXT else None
    if found is None:
        return EVERY
    where, inserts = found
    known = {column: _values(slots, parameters) for column, slots in where.items()}
    return Rows({column: values for column, values in known.items() if values is not None}, inserts)


def _values(slots: tuple[Slot, ...], parameters: Sequence[Value]) -> frozenset[Value] | None:
    if any(slot.bound >= len(parameters) for slot in slots):
        return None
    return frozenset(slot.value if slot.bound < 0 else parameters[slot.bound] for slot in slots)


@lru_cache(maxsize=1024)
def _remembered(text: str) -> tuple[Mapping[str, tuple[Slot, ...]], bool] | None:
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    folded = fold(text)
    if not readable(folded.words):
        return None
    try:
        statement = parse_one(folded.text, dialect="postgres")
    except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None  # strangers wrote the text: whatever the parser trips over tells nothing
    if isinstance(statement, exp.Insert):
        return _inserted(statement, folded)
    if not isinstance(statement, exp.Select | exp.Update | exp.Delete) or len(list(statement.find_all(exp.Table))) != 1:
        return None
    changed = {each.this.name for each in statement.expressions} if isinstance(statement, exp.Update) else set()
    condition = statement.args.get("where")
    found = dict(_equal(condition.this, folded)) if condition else {}
    return {column: slots for column, slots in found.items() if column not in changed}, False


def _inserted(statement: exp.Insert, folded: Folded) -> tuple[Mapping[str, tuple[Slot, ...]], bool] | None:
    from sqlglot import exp

    if statement.args.get("conflict") or not isinstance(statement.expression, exp.Values):
        return None
    columns = statement.this.expressions if isinstance(statement.this, exp.Schema) else []
    found: dict[str, tuple[Slot, ...]] = {}
    for at, column in enumerate(columns):
        given = [
            _slots(row.expressions[at], folded) for row in statement.expression.expressions if at < len(row.expressions)
        ]
        if given and all(given):
            found[column.name] = tuple(slot for slots in given for slot in slots)
    return found, True


def _equal(condition: exp.Expr, folded: Folded) -> Iterator[tuple[str, tuple[Slot, ...]]]:
    """The columns that must equal given values, from operands that are joined by AND."""
    from sqlglot import exp

    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _equal(condition.left, folded)
        yield from _equal(condition.right, folded)
    elif isinstance(condition, exp.EQ):
        for column, value in ((condition.left, condition.right), (condition.right, condition.left)):
            if isinstance(column, exp.Column) and (slots := _slots(value, folded)):
                yield column.name, slots
    elif isinstance(condition, exp.In) and isinstance(condition.this, exp.Column):
        given = [_slots(each, folded) for each in condition.expressions]
        if given and all(given):
            yield condition.this.name, tuple(slot for slots in given for slot in slots)


def _slots(value: exp.Expr, folded: Folded) -> tuple[Slot, ...]:
    """Where the values that stand here come from; () if they are not given ones."""
    from flowtape.capture.sql.rules.spelling import value_number

    number = value_number(value.unnest())
    if number is None:
        return ()
    group, column = folded.markers[number]
    return tuple(row[column] for row in folded.groups[group].rows)
