from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise.pseudonyms import phone
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

KEYED, OTHER = Keyed(b"k" * 32), Keyed(b"l" * 32)


@pytest.mark.parametrize(("number", "code"), [("+49 (170) 123-4567", "+49 "), ("+1 212 555 0199", "+1 "), ("+351 912 345 678", "+351 "), ("0049 170 1234567", "0049 "), ("0170/1234567", "0")])  # fmt: skip
def test_punctuation_and_country_stay(number: str, code: str) -> None:
    made = phone.make(KEYED, number)
    assert re.sub(r"\d", "d", made) == re.sub(r"\d", "d", number)
    assert made.startswith(code)
    assert made != number
    assert phone.ours(made)
    assert not phone.ours(number)


def test_equal_ignoring_punctuation() -> None:
    made = phone.make(KEYED, "+49 170 1234567")
    assert phone.make(KEYED, "+491701234567") == made.replace(" ", "")


@given(st.from_regex(r"\+49\d{9,11}", fullmatch=True))
def test_another_key_gives_another_number(number: str) -> None:
    assert phone.make(KEYED, number) != phone.make(OTHER, number)
    assert phone.make(KEYED, number) == phone.make(KEYED, number)
