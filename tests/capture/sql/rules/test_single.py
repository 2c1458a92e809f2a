"""One value as a list of one."""

from __future__ import annotations

import pytest
from sqlglot import parse_one

from flowtape.capture.sql.rules.single import values_as_lists

LISTS = {
    "SELECT a FROM t WHERE b = 900000000": ("SELECT a FROM t WHERE b IN (900000000)", [(0,)]),
    "SELECT a FROM t WHERE b <> 900000000 AND c": ("SELECT a FROM t WHERE NOT b IN (900000000) AND c", [(0,)]),
    "SELECT a FROM t WHERE b = 900000000 OR b = 900000001": ("SELECT a FROM t WHERE b IN (900000000)", [(0, 1)]),
    "SELECT a FROM t WHERE b <> 900000000 AND b <> 900000001": (
        "SELECT a FROM t WHERE NOT b IN (900000000)",
        [(0, 1)],
    ),
    "SELECT a FROM t WHERE b = 900000000 AND b = 900000001": (
        "SELECT a FROM t WHERE b = 900000000 AND b = 900000001",
        [(0, 1)],
    ),
    "SELECT a FROM t WHERE b < 900000000 OR b < 900000001": (
        "SELECT a FROM t WHERE b < 900000000 OR b < 900000001",
        [(0, 1)],
    ),
    "SELECT a FROM t WHERE (b = 900000000 OR b = 900000001) AND c = 900000002": (
        "SELECT a FROM t WHERE b IN (900000000) AND c IN (900000002)",
        [(0, 1), (2,)],
    ),
    "SELECT a FROM t WHERE 900000000 = 900000001": ("SELECT a FROM t WHERE 900000000 = 900000001", []),
    "SELECT a FROM t WHERE b = c": ("SELECT a FROM t WHERE b = c", []),
    "UPDATE t SET a = 900000000 WHERE b = 900000001": ("UPDATE t SET a = 900000000 WHERE b IN (900000001)", [(1,)]),
}


@pytest.mark.parametrize(("text", "expected"), LISTS.items())
def test_what_is_equal_to_one_value_is_in_a_list_of_one(text: str, expected: tuple[str, list[tuple[int, ...]]]) -> None:
    statement, lists = values_as_lists(parse_one(text, dialect="postgres"))
    assert (statement.sql(dialect="postgres"), sorted(lists)) == expected
