"""What a statement takes and gives, told by a recorded one that asks the same otherwise."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import Column, SqlResult, SqlStatement, Value
from flowtape.replay.flowfile import RecordedCall
from flowtape.replay.rules.shape import parameter_types, shape_of
from flowtape.replay.source import Shape

KEY = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69"
INT4, INT8, TEXT, UUID, NUMERIC, BOOL, DATE, TIMESTAMP, TIMESTAMPTZ = 23, 20, 25, 2950, 1700, 16, 1082, 1114, 1184
INT4_ARRAY, INT8_ARRAY, UUID_ARRAY = 1007, 1016, 2951


@pytest.mark.parametrize(
    ("text", "parameters", "types", "now", "expected"),
    [
        ("SELECT a FROM t WHERE b = $1 AND c = $2", ("1", "x"), (INT4, TEXT), "SELECT a FROM t WHERE c = $1 AND b = $2", (TEXT, INT4)),
        ("SELECT a FROM t WHERE b IN ($1, $2)", ("1", "2"), (INT4, INT4), "SELECT a FROM t WHERE b = ANY($1)", (INT4_ARRAY,)),
        ("SELECT a FROM t WHERE b = ANY($1)", ("{1,2}",), (INT4_ARRAY,), "SELECT a FROM t WHERE b IN ($1, $2)", (INT4, INT4)),
        ("SELECT a FROM t WHERE b = ANY($1)", ("{1}",), (INT4_ARRAY,), "SELECT a FROM t u WHERE u.b = ANY($1)", (INT4_ARRAY,)),
        ("SELECT a FROM t WHERE b = ANY(ARRAY[1, 2])", (), (), "SELECT a FROM t WHERE b = ANY($1)", (INT8_ARRAY,)),
        (f"SELECT a FROM t WHERE b IN ('{KEY}')", (), (), "SELECT a FROM t WHERE b = ANY($1)", (UUID_ARRAY,)),
        ("SELECT a FROM t WHERE b = 5 AND c = 'x'", (), (), "SELECT a FROM t WHERE b = $1 AND c = $2", (INT8, TEXT)),
        ("UPDATE t SET a = 1.5, b = true, c = NULL", (), (), "UPDATE t SET a = $1, b = $2, c = $3", (NUMERIC, BOOL, 0)),
        (f"SELECT a FROM t WHERE b = '{KEY}'", (), (), "SELECT a FROM t WHERE b = $1", (UUID,)),
        ("SELECT a FROM t WHERE b = $1", (KEY,), (0,), "SELECT a FROM t WHERE $1 = b AND true", (0,)),
        ("SELECT a FROM t WHERE b = $1 AND c = $2", (KEY, "x"), (0, 0), "SELECT a FROM t WHERE c = $1 AND b = $2", (0, UUID)),
        ("SELECT a FROM t WHERE b = '2026-11-20'", (), (), "SELECT a FROM t WHERE b = $1", (DATE,)),
        ("SELECT a FROM t WHERE b = '2026-11-20T10:00:00+00:00'", (), (), "SELECT a FROM t WHERE b = $1", (TIMESTAMPTZ,)),
        ("SELECT a FROM t WHERE b = '2026-11-20 10:00:00.5'", (), (), "SELECT a FROM t WHERE b = $1", (TIMESTAMP,)),
        ("INSERT INTO t (a, b) VALUES ($1, $2)", ("1", "x"), (INT4, TEXT), "INSERT INTO t (b, a) VALUES ($1, $2)", (TEXT, INT4)),
        ("SELECT a FROM t WHERE b = $1 OR c = $1", ("1",), (INT4,), "SELECT a FROM t WHERE b = $1 OR c = $2", (INT4, INT4)),
        ("SELECT a FROM t LIMIT 5", (), (), "SELECT a FROM t LIMIT $1", (INT8,)),
        ("SELECT a, b FROM t WHERE c = $1 AND d = $2", ("1", "x"), (INT4, TEXT), "SELECT b FROM t WHERE d = $1 AND c = $2", (TEXT, INT4)),
    ],
)  # fmt: skip
def test_types_follow_the_values(
    text: str, parameters: tuple[Value, ...], types: tuple[int, ...], now: str, expected: tuple[int, ...]
) -> None:
    recorded = SqlStatement(text, parameters, types)
    found = parameter_types(recorded, now)
    count = max(len(found), len(expected))
    assert found + (0,) * (count - len(found)) == expected + (0,) * (count - len(expected))


def call(text: str, columns: tuple[Column, ...] | None) -> RecordedCall:
    return RecordedCall("db", SqlStatement(text), SqlResult(columns, (), ""))


def test_columns_are_those_that_are_asked_for_now() -> None:
    columns = (Column("id", INT4), Column("name", TEXT))
    recorded = call("SELECT id, name FROM users", columns)
    assert shape_of(recorded, "SELECT id, name FROM users") == Shape((), columns)
    assert shape_of(recorded, "SELECT name AS n FROM users") == Shape((), (Column("n", TEXT),))
    assert shape_of(recorded, "SELECT email FROM users") is None
    assert shape_of(
        call("INSERT INTO t (a) VALUES (1) RETURNING b", columns[:1]), "INSERT INTO t (a) VALUES ($1)"
    ) == Shape((INT8,), None)
