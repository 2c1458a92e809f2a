from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.shapes import (
    ALPHABETS,
    FORMATS,
    Anything,
    Digest,
    Duration,
    Etag,
    Integer,
    Jwt,
    PasswordHash,
    Pinned,
    Shape,
    Timestamp,
    Token,
    Uuid,
    contradiction,
    shape,
)
from flowtape.replay.shapes.digest import ALGORITHMS, ENCODINGS

SPANS = st.tuples(st.integers(-9999, 9999), st.integers(0, 999)).map(
    lambda pair: (float(pair[0]), float(pair[0] + pair[1]))
)
TYPES = st.sampled_from(["", "integer", "number"])
SHAPES: st.SearchStrategy[Shape] = st.one_of(
    st.integers(0, 8).map(Uuid),
    st.builds(
        lambda format_, span, zone, digits, json: Timestamp(
            format_, span[0], span[1], zone, digits, json if format_.startswith("epoch") else ""
        ),
        st.sampled_from(FORMATS), SPANS, st.none() | st.booleans(), st.none() | st.integers(0, 9), TYPES,
    ),
    st.builds(Token, st.integers(0, 9999), st.sampled_from(sorted(ALPHABETS))),
    st.builds(
        lambda unit, span, json: Duration(unit, span[0], span[1], json),
        st.sampled_from(["s", "ms", "us", "ns"]), SPANS, TYPES,
    ),
    st.builds(Integer, st.integers(0, 300), TYPES),
    st.builds(
        Digest, st.sampled_from(sorted(ALGORITHMS)), st.sampled_from(sorted(ENCODINGS)), st.integers(0, 20),
        st.sampled_from(["", "body", "$token"]),
    ),
    st.booleans().map(Etag),
    st.lists(st.text(max_size=4), max_size=3).map(tuple).map(Jwt),
    st.builds(PasswordHash, st.just("$2b$12"), st.integers(50, 99), st.sampled_from(["", "json.password"])),
    st.just(Anything()),
    st.text(max_size=5).map(Pinned),
)  # fmt: skip


@given(SHAPES)
def test_a_shape_is_read_as_it_is_written(one: Shape) -> None:
    assert shape(one.dump()) == one


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "a shape is a mapping of one of"),
        ({}, "a shape is one of uuid"),
        ({"uid": 4}, "unknown shape or key `uid`"),
        ({"uuid": "x"}, "a UUID's version is"),
        ({"uuid": "4", "more": "1"}, "unknown shape or key `more`"),
        ({"uuid": "4", "token": {}}, "two shapes at once, `uuid` and `token`"),
        ({"uuid": "4", "value": "no uuid"}, "the pinned value `no uuid` is no uuid"),
        ({"timestamp": "epoch", "value": "2026-11-20"}, "the pinned value `2026-11-20` is no timestamp"),
        ({"integer": {}, "json": "text"}, "`json` is one of integer, number, not `text`"),
        ({"timestamp": "http", "json": "integer"}, "`json: integer` is said of an epoch time, not of `http`"),
        ({"uuid": "4", "json": "integer"}, "unknown shape or key `json`"),
        ({"value": ["a"]}, "a pinned `value` is text or a number"),
    ],
)
def test_what_is_no_shape_is_refused_with_the_reason(data: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        shape(data)


def test_a_variable_that_is_a_text_is_pinned_to_it() -> None:
    assert shape("b7e3") == Pinned("b7e3")
    assert shape({"uuid": "4", "value": "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69"}) == Pinned(
        "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", Uuid(4)
    )


def test_variables_that_contradict_one_another_are_told() -> None:
    one, other = Jwt(claims='{"a":"$b"}'), Jwt(claims='{"a":"$a"}')
    assert contradiction({"a": one, "b": Uuid()}) == ("", "")
    assert contradiction({"a": one})[1] == "`$b` stands in it, and no variable `b` is declared"
    assert contradiction({"a": one, "b": other}) == ("a", "`a` and `b` each stand inside of the other")
    assert contradiction({"a": other})[1] == "`a` and `a` each stand inside of the other"
    assert contradiction({"x": one, "b": other, "a": Uuid()}) == ("", "")
