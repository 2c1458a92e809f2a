"""SQL statements and their results in a flow file."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any

from flowtape.capture.exchange import Column, SqlNotice, SqlResult, SqlStatement, Value
from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile.body import json_in, json_out
from flowtape.replay.flowfile.document import (
    NUMBER,
    Place,
    WrongAt,
    bytes_in,
    bytes_out,
    decode64,
    integer,
    text_in,
    text_out,
)
from flowtape.replay.flowfile.types import BOOL, INTEGERS, JSON, NUMBERS, SIZES, type_in, type_out

KEYS = ("parameters", "types", "describe", "copy in", "columns", "rows", "affected", "tag", "error", "notices", "copy out",
        "suspended", "state")  # fmt: skip
MARKS = frozenset({"columns", "rows", "affected", "tag", "error", "suspended"})
"""A call that has one of these keys is SQL."""
VERBS = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE|COPY)\b", re.IGNORECASE)
FIELD_NAMES = {
    "S": "severity", "V": "nonlocalized", "C": "sqlstate", "M": "message", "D": "detail", "H": "hint", "P": "position",
    "p": "internal position", "q": "internal query", "W": "where", "s": "schema", "t": "table", "c": "column",
    "d": "type", "n": "constraint", "F": "file", "L": "line", "R": "routine",
}  # fmt: skip
FIELD_CODES = {name: code for code, name in FIELD_NAMES.items()}


def value_out(value: Value, type_: int) -> Any:
    """One value, natively where its type and its text allow that nothing is lost."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return {"binary": base64.b64encode(value).decode()}
    if (type_ in INTEGERS or type_ in NUMBERS) and NUMBER.match(value):
        return Number(value)
    if type_ == BOOL and value in ("t", "f"):
        return value == "t"
    if type_ in JSON and value[:1] in "{[" and (found := json_out(value)):
        return found
    return text_out(value)


def value_in(place: Place) -> Value:
    value = place.value
    if value is None or value is True or value is False:
        return {None: None, True: "t", False: "f"}[value]
    if isinstance(value, dict):
        fields = place.fields(("binary", "json", "layout", "surrogates"))
        if "binary" in fields:
            return decode64(fields["binary"])
        return json_in(fields) if "json" in fields else text_in(place)
    return place.text()


def call_out(statement: SqlStatement, result: SqlResult | None) -> dict[str, Any]:
    """What stands beside the statement's text."""
    found: dict[str, Any] = {}
    if statement.parameters:
        types = statement.parameter_types
        padded = types + (0,) * len(statement.parameters)
        found["parameters"] = [value_out(value, padded[i]) for i, value in enumerate(statement.parameters)]
    if statement.parameter_types:
        found["types"] = [type_out(type_) for type_ in statement.parameter_types]
    if statement.describe:
        found["describe"] = True
    if statement.copy_in is not None:
        found["copy in"] = bytes_out(statement.copy_in)
    return found | (_result_out(result, statement.text) if result is not None else {"unanswered": "sql"})


def _result_out(result: SqlResult, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if result.columns is not None:
        found["columns"] = _columns_out(result.columns)
    if result.columns is not None or result.rows:
        found["rows"] = _rows_out(result.columns or (), result.rows)
    found |= _tag_out(result, text)
    if result.error is not None:
        found["error"] = _notice_out(result.error)
    if result.notices:
        found["notices"] = [_notice_out(notice) for notice in result.notices]
    if result.copy_out is not None:
        found["copy out"] = bytes_out(result.copy_out)
    if result.suspended:
        found["suspended"] = True
    if result.transaction:
        found["state"] = result.transaction
    return found


def _default_tag(result: SqlResult) -> str | None:
    """The tag that a result has if nothing is said of it; None where something must be said."""
    if result.error is not None or result.suspended:
        return ""
    return f"SELECT {len(result.rows)}" if result.columns is not None else None


def _tag_out(result: SqlResult, text: str) -> dict[str, Any]:
    if result.tag == _default_tag(result):
        return {}
    verb = VERBS.match(text)
    if verb and (found := re.fullmatch(rf"{_prefix(verb[1])}(0|[1-9][0-9]*)", result.tag)):
        return {"affected": Number(found[1])}
    return {"tag": text_out(result.tag)}


def _prefix(verb: str) -> str:
    return "INSERT 0 " if verb.upper() == "INSERT" else f"{verb.upper()} "


def _columns_out(columns: tuple[Column, ...]) -> Any:
    if len({column.name for column in columns}) == len(columns) and all(
        isinstance(text_out(c.name), str) for c in columns
    ):
        return {column.name: _column_out(column) for column in columns}
    return [[text_out(column.name), _column_out(column)] for column in columns]


def _column_out(column: Column) -> Any:
    type_ = type_out(column.type, column.type_modifier)
    rest: dict[str, Any] = {}
    if column.size != SIZES.get(column.type, -1):
        rest["size"] = integer(column.size)
    if column.table or column.attribute:
        rest |= {"table": integer(column.table), "attribute": integer(column.attribute)}
    return {"type": type_, **rest} if rest else type_


def _rows_out(columns: tuple[Column, ...], rows: tuple[tuple[Value, ...], ...]) -> Any:
    types = [column.type for column in columns]
    names = [column.name for column in columns]
    plain = isinstance(_columns_out(columns), dict) and bool(columns)
    if plain and all(len(row) == len(columns) for row in rows):
        return [
            {name: value_out(value, type_) for name, value, type_ in zip(names, row, types, strict=True)}
            for row in rows
        ]
    return [[value_out(value, types[i] if i < len(types) else 0) for i, value in enumerate(row)] for row in rows]


def _notice_out(notice: SqlNotice) -> Any:
    names = [FIELD_NAMES.get(code) for code, _ in notice.fields]
    if None in names or len(set(names)) != len(names):
        return [[text_out(code), text_out(value)] for code, value in notice.fields]
    return {str(name): text_out(value) for name, (_, value) in zip(names, notice.fields, strict=True)}


# -- reading


def statement_in(text: str, fields: dict[str, Place]) -> SqlStatement:
    return SqlStatement(
        text,
        tuple(value_in(value) for value in fields["parameters"].list()) if "parameters" in fields else (),
        tuple(_type_in(type_)[0] for type_ in fields["types"].list()) if "types" in fields else (),
        fields["describe"].flag() if "describe" in fields else False,
        bytes_in(fields["copy in"]) if "copy in" in fields else None,
    )


def result_in(text: str, fields: dict[str, Place]) -> SqlResult:
    columns = _columns_in(fields["columns"]) if "columns" in fields else None
    result = SqlResult(
        columns,
        _rows_in(fields["rows"], columns or ()) if "rows" in fields else (),
        _tag_in(text, fields),
        _notice_in(fields["error"]) if "error" in fields else None,
        tuple(_notice_in(notice) for notice in fields["notices"].list()) if "notices" in fields else (),
        bytes_in(fields["copy out"]) if "copy out" in fields else None,
        fields["suspended"].flag() if "suspended" in fields else False,
        fields["state"].text() if "state" in fields else "",
    )
    if "tag" in fields or "affected" in fields or not (default := _default_tag(result)):
        return result
    return replace(result, tag=default)


def _tag_in(text: str, fields: dict[str, Place]) -> str:
    if "tag" in fields:
        return text_in(fields["tag"])
    if "affected" not in fields:
        return ""
    verb = VERBS.match(text)
    if not verb:
        raise fields["affected"].wrong("only of INSERT, UPDATE, DELETE, MERGE and COPY; write the whole `tag`")
    return f"{_prefix(verb[1])}{fields['affected'].integer()}"


def _type_in(place: Place) -> tuple[int, int]:
    try:
        return type_in(place.text())
    except ValueError as error:
        raise place.wrong(str(error)) from None


def _columns_in(place: Place) -> tuple[Column, ...]:
    if isinstance(place.value, dict):
        return tuple(_column_in(name, column) for name, column in place.items().items())
    columns = []
    for pair in place.list():
        parts = pair.list()
        if len(parts) != 2:
            raise pair.wrong("a column is written [name, type]")
        columns.append(_column_in(text_in(parts[0]), parts[1]))
    return tuple(columns)


def _column_in(name: str, place: Place) -> Column:
    if not isinstance(place.value, dict):
        type_, modifier = _type_in(place)
        return Column(name, type_, modifier, SIZES.get(type_, -1))
    fields = place.fields(("size", "table", "attribute"), ["type"])
    type_, modifier = _type_in(fields["type"])
    return Column(
        name,
        type_,
        modifier,
        fields["size"].integer() if "size" in fields else SIZES.get(type_, -1),
        fields["table"].integer() if "table" in fields else 0,
        fields["attribute"].integer() if "attribute" in fields else 0,
    )


def _rows_in(place: Place, columns: tuple[Column, ...]) -> tuple[tuple[Value, ...], ...]:
    return tuple(_row_in(row, columns) for row in place.list())


def _row_in(place: Place, columns: tuple[Column, ...]) -> tuple[Value, ...]:
    if isinstance(place.value, list):
        return tuple(value_in(value) for value in place.list())
    values = place.items()
    names = [column.name for column in columns]
    if set(values) != set(names):
        odd = min(set(values) ^ set(names))
        raise place.wrong(f"the row {'has no value for' if odd in names else 'names the unknown'} column `{odd}`")
    return tuple(value_in(values[name]) for name in names)


def _notice_in(place: Place) -> SqlNotice:
    if isinstance(place.value, list):
        pairs = [pair.list() for pair in place.list()]
        if any(len(pair) != 2 for pair in pairs):
            raise place.wrong("a list of [code, text] pairs is wanted")
        return SqlNotice(tuple((text_in(code), text_in(value)) for code, value in pairs))
    fields: list[tuple[str, str]] = []
    for name, value in place.items().items():
        if name not in FIELD_CODES:
            raise WrongAt(value.path, f"unknown field; known here: {', '.join(sorted(FIELD_CODES))}")
        fields.append((FIELD_CODES[name], text_in(value)))
    return SqlNotice(tuple(fields))
