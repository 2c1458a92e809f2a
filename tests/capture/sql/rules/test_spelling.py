"""How a part of a statement is written, whatever the values in it are."""

from __future__ import annotations

from sqlglot import exp, parse_one

from flowtape.capture.sql.rules.spelling import argument, holds_values, of_a_list, spelled, value_number


def where(text: str) -> exp.Expr:
    found = argument(parse_one(f"SELECT a FROM t WHERE {text}", dialect="postgres"), "where")
    assert found is not None
    inner = found.this
    assert isinstance(inner, exp.Expression)
    return inner


def test_a_marker_is_a_value_and_spelled_as_one() -> None:
    comparison = where("b = 900000012 AND c = '\x0200000003\x03'")
    assert spelled(comparison) == "b = ? AND c = ?"
    assert [value_number(literal) for literal in comparison.find_all(exp.Literal)] == [12, 3]
    assert holds_values(comparison)


def test_other_literals_are_none() -> None:
    comparison = where("b = 5 AND c = 'x'")
    assert spelled(comparison) == "b = 5 AND c = 'x'"
    assert {value_number(literal) for literal in comparison.find_all(exp.Literal)} == {None}
    assert not holds_values(comparison)


def test_an_argument_is_found_by_its_old_name_and_by_its_new_one() -> None:
    statement = parse_one("WITH q AS (SELECT 1) SELECT a FROM q", dialect="postgres")
    assert isinstance(argument(statement, "from"), exp.From)
    assert isinstance(argument(statement, "with"), exp.With)
    assert argument(statement, "order") is None


def test_any_and_all_are_known_by_whatever_name() -> None:
    for text in ("a = ANY(b)", "a <> ALL(b)", "a = SOME(b)", "a < ANY (SELECT b FROM u)"):
        assert of_a_list(where(text).expression), text
    assert not of_a_list(where("a = b").expression)
    assert not of_a_list(None)
