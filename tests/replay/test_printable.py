from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.printable import LIMIT, lines, printable


@given(st.text(st.characters(), max_size=300))
def test_any_text_is_shown_and_does_nothing(text: str) -> None:
    for shown in (printable(text), lines(text)):
        assert not {unicodedata.category(character) for character in shown.replace("\n", "")} & {"Cc", "Cf", "Cs", "Zl"}
    assert len(printable(text)) <= LIMIT + 1
    assert "\n" not in printable(text)


def test_what_is_escaped_can_be_told() -> None:
    assert printable("a\x1b[31m\r\n\t\u202e\ud800é€😀") == "a\\x1b[31m\\r\\n\\t\\u202e\\ud800é€😀"
    assert printable("\x1b]0;owned\x07") == "\\x1b]0;owned\\x07"


def test_what_is_long_is_cut() -> None:
    assert printable("x" * 10_000_000, 5) == "xxxxx…"
    assert lines("a\nb\tc") == "a\nb    c"
