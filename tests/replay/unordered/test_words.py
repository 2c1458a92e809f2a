from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.unordered.words import joined, places_of_words, words


@pytest.mark.parametrize(
    ("text", "items"),
    [("GET, POST,PUT", ["GET", "POST", "PUT"]), ("a  b", ["a", "b"]), ("one", ["one"]), ("a b, c d", ["a b", "c d"])],
)
def test_words_stand_between_commas_else_between_spaces(text: str, items: list[str]) -> None:
    assert words(text)[0] == items


@given(st.text(alphabet="ab ,\n", max_size=12))
def test_a_text_is_put_together_again(text: str) -> None:
    assert joined(*words(text)) == text


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("headers[2].vary", "headers.vary"),
        ("html.body.p:2.@class", "html.body.p:2.@class"),
        ("json.a", ""),
        ("status", ""),
    ],
)
def test_header_fields_and_attributes_may_be_such_lists(path: str, place: str) -> None:
    assert places_of_words(path) == place
