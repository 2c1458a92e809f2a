"""Values of a list in which neither order nor repetition matters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import SqlStatement, Value
from flowtape.replay.match import asked, value
from flowtape.replay.rules.lists import is_list, list_name, list_value, match_list
from flowtape.replay.shapes import Uuid
from flowtape.replay.variables import Variables

ONE, TWO = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", "00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69"


def same(one: SqlStatement, other: SqlStatement) -> bool:
    a, b = asked(one), asked(other)
    return (a.fingerprint, set(a.arguments)) == (b.fingerprint, set(b.arguments))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            SqlStatement("SELECT a FROM t WHERE id IN ($1, $2)", ("1", "2")),
            SqlStatement("SELECT a FROM t WHERE id = ANY($1)", ("{2,1}",)),
        ),
        (
            SqlStatement("SELECT a FROM t WHERE id IN (%s, %s, 2)", ("1", "2")),
            SqlStatement("SELECT a FROM t WHERE id IN (2, 1)"),
        ),
        (
            SqlStatement("SELECT a FROM t WHERE price IN ($1)", ("19.90",)),
            SqlStatement("SELECT a FROM t WHERE price = ANY($1)", ("{19.9}",)),
        ),
        (
            SqlStatement("SELECT a FROM t WHERE name IN ($1, $2)", ("a,b", None)),
            SqlStatement("SELECT a FROM t WHERE name = ANY($1::text[])", ('{NULL,"a,b"}',)),
        ),
    ],
)
def test_the_same_list_put_differently(one: SqlStatement, other: SqlStatement) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            SqlStatement("SELECT a FROM t WHERE name IN ($1)", ("NULL",)),
            SqlStatement("SELECT a FROM t WHERE name = ANY($1)", ("{NULL}",)),
        ),
        (
            SqlStatement("SELECT a FROM t WHERE name IN ($1)", ("a,b",)),
            SqlStatement("SELECT a FROM t WHERE name = ANY($1)", ("{a,b}",)),
        ),
        (
            SqlStatement("SELECT a FROM t WHERE id IN ($1)", ("1",)),
            SqlStatement("SELECT a FROM t WHERE id = ANY($1)", ("{1,2}",)),
        ),
        (
            SqlStatement("SELECT a FROM t WHERE id = ANY($1)", (None,)),
            SqlStatement("SELECT a FROM t WHERE id = ANY($1)", ("{}",)),
        ),
        (
            SqlStatement("INSERT INTO t (a) VALUES ($1)", ("{1,2}",)),
            SqlStatement("INSERT INTO t (a) VALUES ($1)", ("{2,1}",)),
        ),
    ],
)
def test_another_list_is_another_question(one: SqlStatement, other: SqlStatement) -> None:
    assert not same(one, other)


@given(st.lists(st.none() | st.text(max_size=4), max_size=4))
def test_a_list_has_one_way_of_writing(items: list[str | None]) -> None:
    def text(elements: list[str | None]) -> str:
        quoted = ("NULL" if e is None else '"' + e.replace("\\", "\\\\").replace('"', '\\"') + '"' for e in elements)
        return "{" + ",".join(quoted) + "}"

    once = list_value(text(items), value)
    assert once == list_value(text(items[::-1] + items), value) == list_value(once, value)


@pytest.mark.parametrize("odd", [None, b"\x00", "", "{", "{{1},{2}}", "$ids"])
def test_what_is_no_array_stays_as_it_is(odd: Value) -> None:
    assert list_value(odd, value) == odd


def test_an_argument_that_is_a_list_is_known_by_its_name() -> None:
    assert is_list(list_name("id"), '{"1"}')
    assert is_list("id in (2)", '{"1"}')
    assert not is_list("id", '{"1"}')
    assert not is_list(list_name("id"), None)


def test_variables_are_found_wherever_they_stand_in_a_list() -> None:
    variables = Variables({"one": Uuid(), "two": Uuid()}, 0)
    assert match_list('{"$one","5"}', f'{{"5","{ONE}"}}', {}, variables.match) == {"one": ONE}
    assert match_list('{"$one","$two"}', f'{{"{TWO}","{ONE}"}}', {"one": ONE}, variables.match) == {"two": TWO}
    for near_miss in (f'{{"6","{ONE}"}}', f'{{"5","{TWO}"}}', f'{{"5","6","{ONE}"}}', '{"5","x"}', '{"5"}', None, "x"):
        assert match_list('{"$one","5"}', near_miss, {"one": ONE}, variables.match) is None


def test_a_list_that_takes_too_many_tries_is_no_match() -> None:
    names = [f"v{number}" for number in range(20)]
    variables = Variables(dict.fromkeys(names, Uuid()), 0)
    template = "{" + ",".join(f'"${name}"' for name in names) + "}"
    values = [f"{number:08d}{ONE[8:]}" for number in range(20)]
    fits, odd = ["{" + ",".join(f'"{each}"' for each in [*values[:19], last]) + "}" for last in (values[19], "x")]
    found = match_list(template, fits, {}, variables.match)
    assert found is not None
    assert sorted(found.values()) == values
    assert match_list(template, odd, {}, variables.match) is None
