"""Which rows a statement can touch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sql.rows import EVERY, rows


@pytest.mark.parametrize(
    ("text", "parameters", "where"),
    [
        ("SELECT * FROM t WHERE id = $1 AND b IN (1, 2) AND c > 3", ["7"], {"id": {"7"}, "b": {"1", "2"}}),
        ("DELETE FROM public.t AS q WHERE q.id = $1::int", ["4"], {"id": {"4"}}),
        ("UPDATE t SET x = $1 WHERE id = $2", ["1", "2"], {"id": {"2"}}),
        ("SELECT 1 FROM t WHERE (a = 'x') AND ('y' = b)", [], {"a": {"x"}, "b": {"y"}}),
    ],
)
def test_columns_that_must_be_equal_tell(text: str, parameters: list[str], where: dict[str, set[str]]) -> None:
    found = rows(text, parameters)
    assert found.where == where
    assert not found.inserts


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("INSERT INTO t (a, b) VALUES ($1, 'x'), ($2, now())", {"a": {"1", "2"}}),
        ('INSERT INTO t ("order", c) VALUES ($1, $2)', {"order": {"1"}, "c": {"2"}}),
        ("INSERT INTO t VALUES ($1)", {}),
    ],
)
def test_what_is_inserted_is_told_by_its_values(text: str, where: dict[str, set[str]]) -> None:
    found = rows(text, ["1", "2"])
    assert found.where == where
    assert found.inserts


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM t WHERE id = 1 OR id = 2",
        "SELECT 1 FROM t WHERE NOT id = 1",
        "SELECT 1 FROM t JOIN u ON t.id = u.id WHERE t.id = 1",
        "SELECT 1 FROM t WHERE id = (SELECT max(id) FROM t)",
        "SELECT 1 FROM t WHERE id = other",
        "SELECT 1 FROM t WHERE id <> 1",
        "SELECT 1 FROM t WHERE id = $9",
        "UPDATE t SET id = $1 WHERE id = $2",
        "UPDATE t SET a = u.a FROM u WHERE t.id = 1",
        "DELETE FROM t",
        "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = 1",
        "INSERT INTO t (a) SELECT a FROM u",
        "WITH x AS (DELETE FROM t WHERE id = 1 RETURNING a) SELECT a FROM x WHERE a = 2",
        "TRUNCATE t",
        "nonsense",
        "",
    ],
)
def test_where_the_text_does_not_show_it_all_rows_may_be_touched(text: str) -> None:
    assert rows(text, ["1", "2"]) == EVERY


def test_rows_are_apart_if_a_column_tells_them_apart() -> None:
    one, other = rows("DELETE FROM t WHERE id = 1", ()), rows("SELECT a FROM t WHERE id IN (2, 3) AND b = 1", ())
    assert one.apart(other)
    assert other.apart(one)
    assert not one.apart(rows("SELECT a FROM t WHERE id IN (1, 2)", ()))
    assert not one.apart(rows("SELECT a FROM t WHERE b = 1", ()))
    assert not one.apart(EVERY)


@given(st.text(max_size=60), st.lists(st.text(max_size=3), max_size=3))
def test_any_text_is_read(text: str, parameters: list[str]) -> None:
    rows(text, parameters)
    rows(f"SELECT 1 FROM t WHERE {text}", parameters)
