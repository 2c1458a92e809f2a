"""What a statement takes and gives, from a recorded one that asks the same otherwise: with its values in other places or written
out, or with other columns.

A driver that prepares a statement (asyncpg) sends each value as the type that the server says. Where the record has no type,
because the value stood in the text, the value tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from flowtape.capture import sql
from flowtape.capture.exchange import SqlResult, SqlStatement, Value
from flowtape.capture.protocols.postgresql.containers import array_elements
from flowtape.capture.protocols.postgresql.values import ARRAY_ELEMENTS
from flowtape.capture.sql.canonical import NO_TABLES, Tables
from flowtape.capture.sql.fold import Slot
from flowtape.capture.sql.statement import Statement
from flowtape.replay.flowfile import RecordedCall
from flowtape.replay.rules.projection import projected
from flowtape.replay.source import Shape

BOOL, INT8, TEXT, NUMERIC, UUID, DATE, TIMESTAMP, TIMESTAMPTZ = 16, 20, 25, 1700, 2950, 1082, 1114, 1184
_ARRAYS = {element: array for array, element in ARRAY_ELEMENTS.items()}
_WRITTEN = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE), UUID),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)"), TIMESTAMPTZ),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?"), TIMESTAMP),
    (re.compile(r"\d{4}-\d\d-\d\d"), DATE),
)


def shape_of(call: RecordedCall, text: str, tables: Tables = NO_TABLES) -> Shape | None:
    """None where the record's columns are not those of `text`."""
    question, answer = call.question, call.answer
    assert isinstance(question, SqlStatement)
    types = parameter_types(question, text, tables)
    if not isinstance(answer, SqlResult) or sql.read(text).fingerprint == sql.read(question.text).fingerprint:
        return Shape(types, answer.columns if isinstance(answer, SqlResult) else None)
    projection = projected(question, replace(answer, rows=()), SqlStatement(text), tables)
    return None if projection is None else Shape(types, projection.columns)


def parameter_types(recorded: SqlStatement, text: str, tables: Tables = NO_TABLES) -> tuple[int, ...]:
    """The types of `text`'s parameters, 0 where nothing tells. `text` asks what was recorded."""
    if text == recorded.text:
        return recorded.parameter_types
    before, after = sql.read(recorded.text), sql.read(text)
    if [slot.bound for slot in before.slots] == [slot.bound for slot in after.slots] and not before.lists:
        return recorded.parameter_types
    if before.fingerprint != after.fingerprint:
        apart = sql.listed(recorded.text, tables), sql.listed(text, tables)
        before, after = apart[0].rest if apart[0] else before, apart[1].rest if apart[1] else after
    found: dict[int, int] = {}
    for bound, type_ in _pairs(recorded, before, after):
        found[bound] = found.get(bound, 0) or type_
    return tuple(found.get(bound, 0) for bound in range(max(found, default=-1) + 1))


def _pairs(recorded: SqlStatement, before: Statement, after: Statement) -> Iterator[tuple[int, int]]:
    """Numbers of parameters, each with a type."""
    for index, (old, new) in enumerate(zip(before.slots, after.slots, strict=False)):
        if index in before.lists:
            element = _element(old, recorded)
            for item in new.items:
                yield item.bound, element
            if not new.items:
                yield new.bound, _ARRAYS.get(element, 0)
        else:
            yield new.bound, _type(old, recorded)


def _element(slot: Slot, recorded: SqlStatement) -> int:
    """The type of a list's values."""
    if slot.items:
        return next(filter(None, (_type(item, recorded) for item in slot.items)), 0)
    if slot.bound >= 0:
        return ARRAY_ELEMENTS.get(_given(slot.bound, recorded.parameter_types), 0)
    try:
        elements = array_elements(str(slot.value))
    except ValueError:
        return 0
    return next((_of_value(element, number=_is_number(element)) for element in elements if element is not None), 0)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _type(slot: Slot, recorded: SqlStatement) -> int:
    if slot.bound < 0:
        return BOOL if slot.source.lower() in ("true", "false") else _of_value(slot.value, number=slot.number)
    value = recorded.parameters[slot.bound] if slot.bound < len(recorded.parameters) else None
    type_ = _given(slot.bound, recorded.parameter_types)
    uuid = isinstance(value, str) and _WRITTEN[0][0].fullmatch(value) is not None
    return type_ or (UUID if uuid else 0)


def _given(bound: int, types: Sequence[int]) -> int:
    return types[bound] if bound < len(types) else 0


def _of_value(value: Value, *, number: bool) -> int:
    if not isinstance(value, str):
        return 0
    if number:
        return INT8 if value.lstrip("-").isdigit() else NUMERIC
    return next((type_ for pattern, type_ in _WRITTEN if pattern.fullmatch(value)), TEXT)
