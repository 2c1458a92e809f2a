"""What a statement gives, told apart from what it asks."""

from __future__ import annotations

import pytest
from sqlglot import parse_one

from flowtape.capture.sql.outputs import Listing, Output, listing


def of(text: str) -> Listing:
    return listing(parse_one(text, dialect="postgres"))


def output(item: str) -> Output:
    return of(f"SELECT {item} FROM t").outputs[0]


def test_the_rest_has_everything_but_the_list() -> None:
    found = of("SELECT a, b AS c FROM t WHERE d = 900000000 ORDER BY a LIMIT 900000001")
    assert found.rest == "SELECT FROM t WHERE d IN (900000000) ORDER BY a LIMIT 900000001"
    assert [(each.text, each.label) for each in found.outputs] == [("a", "a"), ("b", "c")]
    assert not found.all


def test_returning_is_a_list_and_none_is_an_empty_one() -> None:
    found = of("INSERT INTO t (a) VALUES (900000000) RETURNING id, b AS c")
    assert found.rest == of("INSERT INTO t (a) VALUES (900000000)").rest
    assert [each.label for each in found.outputs] == ["id", "c"]
    assert of("DELETE FROM t WHERE a = 900000000").outputs == ()


def test_distinct_rows_are_those_of_the_whole_list() -> None:
    assert of("SELECT DISTINCT a, b FROM t").all
    assert not of("SELECT DISTINCT ON (a) a, b FROM t").all


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a, b FROM t ORDER BY 900000000",
        "SELECT a, COUNT(*) FROM t GROUP BY 900000000",
        "SELECT LOWER(a) AS k, COUNT(*) FROM t GROUP BY k",
        "SELECT b AS a, c FROM t ORDER BY a",
        "SELECT DISTINCT ON (900000000) a, b FROM t",
        "SELECT a FROM t UNION SELECT b FROM u",
        "VALUES (900000000)",
    ],
)
def test_a_list_that_the_rest_speaks_of_is_not_taken_apart(text: str) -> None:
    found = of(text)
    assert (found.rest, found.outputs) == (text, ())


def test_how_many_rows_are_skipped_stands_apart() -> None:
    assert (of("SELECT a FROM t LIMIT 900000000 OFFSET 900000001").offset, of("SELECT a FROM t").offset) == (1, -1)
    assert of("SELECT a FROM t OFFSET 900000000").rest == of("SELECT a FROM t").rest
    assert of("SELECT a FROM t OFFSET 900000000 + 900000001").offset is None
    assert of("DELETE FROM t").offset is None


def test_in_the_rest_one_value_is_a_list_of_one() -> None:
    found = of(
        "SELECT a FROM t WHERE (b = 900000000 OR b = 900000001) AND c <> 900000002 AND (d < 900000003 OR d < 900000004)"
    )
    assert (
        found.rest
        == "SELECT FROM t WHERE (d < 900000003 OR d < 900000004) AND NOT c IN (900000002) AND b IN (900000000)"
    )
    assert sorted(found.tied) == [(0, 1), (2,), (3, 4)]


@pytest.mark.parametrize(
    ("item", "label"),
    [
        ("a", "a"), ("t.a", "a"), ("a AS b", "b"), ("count(*)", "count"), ("coalesce(a, b)", "coalesce"), ("a::text", "a"),
        ("(SELECT b FROM u) AS c", "c"), ("now()", ""), ("a + 1", ""), ("f(a)", ""), ("CASE WHEN a THEN b END", ""),
    ],
)  # fmt: skip
def test_what_a_column_is_called_is_told_where_it_is_certain(item: str, label: str) -> None:
    assert output(item).label == label


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("SELECT * FROM t", [""]),
        ("SELECT * FROM t AS t1 WHERE a IN (SELECT b FROM u AS t2)", ["t1"]),
        ("SELECT * FROM t AS t1 CROSS JOIN u AS t2", ["*"]),
        ("SELECT t1.*, a FROM t AS t1 CROSS JOIN u AS t2", ["t1", None]),
        ("INSERT INTO t (a) VALUES (900000000) RETURNING *", [""]),
        ("UPDATE t AS t1 SET a = 900000000 FROM u AS t2 RETURNING *", ["*"]),
    ],
)
def test_a_star_stands_for_the_columns_of_a_table(text: str, stars: list[str | None]) -> None:
    assert [each.star for each in of(text).outputs] == stars


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("SELECT * FROM t", "t"),
        ("SELECT * FROM s.t AS t1 WHERE a", "s.t"),
        ("INSERT INTO t (a) VALUES (900000000) RETURNING *", "t"),
        ("DELETE FROM t RETURNING *", "t"),
        ("SELECT * FROM t AS t1 CROSS JOIN u AS t2", ""),
        ("SELECT * FROM (SELECT a FROM t) AS t1", ""),
        ("SELECT * FROM t AS t1(a, b)", ""),
        ("SELECT * FROM unnest(a) AS t1", ""),
        ("WITH q1 AS (SELECT a FROM t) SELECT * FROM q1", ""),
        ("DELETE FROM t USING u RETURNING *", ""),
    ],
)
def test_the_table_is_named_that_a_star_has_all_columns_of(text: str, of: str) -> None:
    assert [each.of for each in listing(parse_one(text, dialect="postgres")).outputs] == [of]


def test_a_column_is_known_by_its_table_and_name() -> None:
    outputs = of('SELECT a, t1.b AS c, count(*), "A" FROM t AS t1').outputs
    assert [each.column for each in outputs] == [("", "a"), ("t1", "b"), None, ("", "A")]


@pytest.mark.parametrize(
    "item", ["a", "a + b AS c", "lower(a)", "count(*)", "CASE WHEN a > 1 THEN b ELSE c END", "a ->> 'b'"]
)
def test_what_may_be_left_out_gives_one_value_to_a_row(item: str) -> None:
    assert output(item).plain


@pytest.mark.parametrize("item", ["unnest(a)", "generate_series(1, 3)", "f(a)", "array_agg(a)", "(SELECT b FROM u)"])
def test_what_may_give_more_rows_or_fewer_is_not_plain(item: str) -> None:
    assert not output(item).plain


@pytest.mark.parametrize(
    ("item", "rooted"),
    [
        ("a", True),
        ("count(*)", True),
        ("1", False),
        ("now()", False),
        ("f()", False),
        ("(SELECT max(a) FROM u)", False),
    ],
)
def test_what_is_the_same_for_an_aggregate_is_not_rooted(item: str, rooted: bool) -> None:
    assert output(item).rooted is rooted


def test_the_same_item_under_another_label_has_the_same_text() -> None:
    assert output("a AS b").text == output("a").text
    assert output("(SELECT b FROM u) AS c").text == output("(SELECT b FROM u)").text
