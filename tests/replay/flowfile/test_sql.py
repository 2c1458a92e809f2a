from __future__ import annotations

from typing import Any

import pytest

from flowtape.capture.exchange import Column, SqlNotice, SqlResult, SqlStatement, Value
from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile.document import Place, WrongAt
from flowtape.replay.flowfile.sql import call_out, result_in, value_in, value_out


@pytest.mark.parametrize(
    ("value", "type_", "written"),
    [
        ("42", 23, Number("42")),
        ("42", 25, "42"),
        ("19.90", 1700, Number("19.90")),
        ("NaN", 701, "NaN"),
        ("t", 16, True),
        ("t", 25, "t"),
        (None, 25, None),
        ('{"a": 1}', 3802, {"json": {"a": Number("1")}, "layout": "spaced"}),
        (b"\xff", 0, {"binary": "/w=="}),
    ],
)
def test_a_value_is_native_where_nothing_is_lost(value: Value, type_: int, written: Any) -> None:
    found = value_out(value, type_)
    assert (found, type(found)) == (written, type(written))
    assert value_in(Place(found)) == value


def test_rows_are_a_table_while_names_differ() -> None:
    columns = (Column("id", 23, -1, 4), Column("at", 1184, -1, 8))
    result = SqlResult(columns, (("1", "2026-01-01"),), "SELECT 1")
    assert call_out(SqlStatement("SELECT"), result) == {
        "columns": {"id": "int4", "at": "timestamptz"},
        "rows": [{"id": Number("1"), "at": "2026-01-01"}],
    }
    twice = SqlResult((columns[0], columns[0]), (("1", "2"),), "SELECT 1")
    assert call_out(SqlStatement("SELECT"), twice) == {
        "columns": [["id", "int4"], ["id", "int4"]],
        "rows": [[Number("1"), Number("2")]],
    }


def test_errors_are_named_by_their_fields() -> None:
    error = SqlNotice((("S", "ERROR"), ("C", "23505"), ("M", "duplicate key")))
    written = call_out(SqlStatement("INSERT INTO t VALUES (1)"), SqlResult(error=error))
    assert written == {"error": {"severity": "ERROR", "sqlstate": "23505", "message": "duplicate key"}}
    assert result_in("INSERT", Place(written).items()).error == error


@pytest.mark.parametrize(
    ("text", "fields", "reason"),
    [
        ("SELECT 1", {"affected": Number("1")}, "only of INSERT"),
        ("SELECT 1", {"columns": {"a": "int4"}, "rows": [{"b": None}]}, "column `a`"),
        ("SELECT 1", {"columns": [["a"]]}, r"\[name, type\]"),
        ("SELECT 1", {"error": {"colour": "red"}}, "unknown field"),
    ],
)
def test_a_result_that_cannot_be_is_refused(text: str, fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(WrongAt, match=reason):
        result_in(text, Place(fields).items())
