from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile.document import (
    FlowFileError,
    Place,
    WrongAt,
    numeric,
    read,
    text_in,
    text_out,
    write,
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
documents = st.recursive(
    st.one_of(st.none(), st.booleans(), texts, st.sampled_from([Number("19.90"), Number("-1e5")])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


@given(documents)
def test_a_document_is_read_as_it_was_written(data: Any) -> None:
    text = write({"data": data}, plain_styles=False)
    assert read(text, "file") == {"data": data}


@given(texts)
def test_another_yaml_reader_sees_the_same_text(text: str) -> None:
    assert yaml.safe_load(write({"a": text, "b": [text]})) == {"a": text, "b": [text]}


@pytest.mark.parametrize("text", ["yes", "No", "1:30", "2026-11-20", "0x1F", "1_000", "0o7", ".5", "1."])
def test_only_json_numbers_and_words_are_more_than_text(text: str) -> None:
    assert type(read(f"a: {text}", "file")["a"]) is str


@pytest.mark.parametrize(("text", "value"), [("19.90", Number("19.90")), ("true", True), ("~", None), ("", None)])
def test_numbers_keep_the_way_they_are_written(text: str, value: object) -> None:
    found = read(f"a: {text}", "file")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "line 2: not YAML"),
        ("a: !!python/name:os.system", "the YAML tag"),
        ("!!map {a: 1}", "the YAML tag"),
        ("a: &x 1", "anchors"),
        ("a: 1\n---\nb: 2", "more than one YAML document"),
        ("a: 1\na: 2", "line 2: the key is there twice"),
        ("? [a]\n: 1", "a key must be plain text"),
        ("[" * 100_000, "nested deeper"),
        ("- " * 100_000, "nested deeper"),
        ("a: \x00", "not YAML"),
        ("a: !!binary aGk=", "the YAML tag"),
    ],
)
def test_hostile_text_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(FlowFileError, match="file") as error:
        read(text, "file")
    assert reason in str(error.value)


def test_binary_is_read_where_it_is_allowed() -> None:
    assert read(write({"a": b"\xff\x00"}), "file", binary=True) == {"a": b"\xff\x00"}


def test_a_place_says_what_it_wanted() -> None:
    place = Place({"a": Number("x1"[1:]), "b": "text"})
    assert place.fields(["a", "b"])["a"].integer() == 1
    for wrong in (
        place.items()["b"].integer,
        place.items()["b"].list,
        lambda: place.fields(["a"]),
        lambda: place.fields((), ["a", "b", "c"]),
    ):
        with pytest.raises(WrongAt):
            wrong()


def test_lone_surrogates_survive() -> None:
    assert text_in(Place(text_out("a\ud800"))) == "a\ud800"
    assert numeric("007") == "007"
    assert type(numeric("7")) is Number
