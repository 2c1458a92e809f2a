from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.json_body import edited, read, read_lines
from flowtape.replay.bodies.tree import Number


def test_numbers_keep_the_way_they_are_written() -> None:
    assert read(b'{"a": [19.90, "19.90", 1e3]}') == {"a": ["19.90", "19.90", "1e3"]}
    tree = read(b"[19.90, NaN]")
    assert tree is not None
    assert all(isinstance(each, Number) for each in tree)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'[' * 500 + b']' * 500, b"NaN1", b"{}{}"])  # fmt: skip
def test_what_is_no_json_or_too_deep_is_none(body: bytes) -> None:
    assert read(body) is None


def test_wide_is_not_deep() -> None:
    assert read(b"[" + b"[],[]," * 5000 + b"[]]") is not None


@given(st.binary(max_size=60))
def test_nothing_raises(body: bytes) -> None:
    read(body)
    read_lines(body)


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3), min_size=1, max_size=2), max_size=4))
def test_lines_are_a_list(values: list[dict[str, str]]) -> None:
    assert read_lines("\n".join(map(json.dumps, values)).encode()) == values


def test_one_bad_line_makes_it_text() -> None:
    assert read_lines(b'{"a": 1}\nnot json\n') is None


def test_strings_and_numbers_are_edited_apart_and_the_layout_stays() -> None:
    text = '{ "a\\"1": [1, -2.5e-3, "1 \\\\"],\n"b":true }'
    assert (
        edited(text, str.upper, lambda number: f'"<{number}>"')
        == '{ "A\\"1": ["<1>", "<-2.5e-3>", "1 \\\\"],\n"B":true }'
    )
    assert edited('{"a":1}\n{"a":2}\n', str.upper, lambda number: number + "0") == '{"A":10}\n{"A":20}\n'


@pytest.mark.parametrize("text", ["", "1", '"a"', "{1,2}", '{"a": $x}', "[1] said"])
def test_what_is_no_json_is_not_edited_as_such(text: str) -> None:
    assert edited(text, str.upper, str) is None


@given(
    st.recursive(
        st.none() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    )
)
def test_edited_with_nothing_changed_is_the_same(value: object) -> None:
    text = json.dumps([value])
    assert edited(text, str, str) == text
