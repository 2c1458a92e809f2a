from __future__ import annotations

import pytest

from flowtape.replay.shapes import Token, shape


@pytest.mark.parametrize(
    ("of", "text", "matches"),
    [(Token(4, "hex"), "00fF", True), (Token(4, "hex"), "00fg", False), (Token(4, "hex"), "00ff\n", False), (Token(), "any-thing!", True),
     (Token(0, "digits"), "12345", True), (Token(4, "base32"), "AB27", True)],
)  # fmt: skip
def test_a_token_is_of_its_length_and_alphabet(of: Token, text: str, *, matches: bool) -> None:
    assert of.matches(text, 0) is matches


@pytest.mark.parametrize(
    "data", [{"token": {"alphabet": "kanji"}}, {"token": {"len": "1"}}, {"token": {"length": "-1"}}, {"token": "hex"}]
)
def test_what_is_no_token_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="it is written"):
        shape(data)
