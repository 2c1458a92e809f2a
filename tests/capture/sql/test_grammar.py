"""A function is what it is called."""

from __future__ import annotations

import pytest
from sqlglot import parse_one

from flowtape.capture import sql
from flowtape.capture.sql.grammar import Grammar

CALLS = [
    "NOW()", "NVL(a, b)", "YEAR(a)", "DATE_PART('year', a)", "SUBSTR(a, b)", "CHAR_LENGTH(a)", "POW(a, b)", "MOD(a, b)", "STRPOS(a, b)",
    "BTRIM(a)", "VAR_SAMP(a)", "VARIANCE(a)", "LOG10(a)", "DECODE(a, b)", "JSON_EXTRACT_PATH_TEXT(a, b)", "LEFT(a, b)", "RANDOM()",
    "COALESCE(a, b)", "COUNT(a)", "LENGTH(a)", "GENERATE_SERIES(a, b)", "UNNEST(a)", "ARRAY_AGG(a ORDER BY b)", "TO_CHAR(a, b)",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_a_function_keeps_its_name(call: str) -> None:
    assert parse_one(f"SELECT {call}", dialect=Grammar).sql(dialect="postgres") == f"SELECT {call}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nvl(a, b)", "coalesce(a, b)"),
        ("year(a)", "extract(year FROM a)"),
        ("char_length(a)", "length(a)"),
        ("log10(a)", "log(10, a)"),
        ("date_part('year', a)", "extract(year FROM a)"),
    ],
)
def test_a_function_of_another_name_is_another_one(one: str, other: str) -> None:
    assert sql.read(f"SELECT {one} AS x FROM t").fingerprint != sql.read(f"SELECT {other} AS x FROM t").fingerprint


def test_a_statement_that_calls_an_unknown_function_is_still_compared_by_meaning() -> None:
    assert sql.read("SELECT date_part('year', u.a) AS x FROM users u").canonical == (
        "SELECT DATE_PART(?, a) AS x FROM users"
    )
