from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise.pseudonyms import card
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

KEYED, OTHER = Keyed(b"k" * 32), Keyed(b"l" * 32)


def completed(start: str) -> str:
    return next(start + d for d in "0123456789" if card.luhn(start + d))


@given(st.one_of(st.from_regex(r"4\d{14}", fullmatch=True), st.from_regex(r"5[1-5]\d{13}", fullmatch=True), st.from_regex(r"3[47]\d{12}", fullmatch=True)))  # fmt: skip
def test_a_card_stays_plausible(start: str) -> None:
    number = completed(start)
    assert card.plausible(number)
    made = card.make(KEYED, number)
    assert card.luhn(made)
    assert len(made) == len(number)
    assert made[0] == number[0]
    assert card.ours(made)
    assert made == card.make(KEYED, number)


@pytest.mark.parametrize("number", ["4539 1488 0343 6467", "4539-1488-0343-6467", "3714 496353 98431"])
def test_the_grouping_stays(number: str) -> None:
    made = card.make(KEYED, number)
    assert re.sub(r"\d", "d", made) == re.sub(r"\d", "d", number)
    assert card.digits(made) == card.make(KEYED, card.digits(number))
    assert not card.ours(number)
    assert made != card.make(OTHER, number)


def test_the_last_four_digits_are_the_same_behind_a_mask() -> None:
    assert card.make(KEYED, "4539148803436467").endswith(card.tail(KEYED, "6467"))
    assert card.tail_ours(card.tail(KEYED, "6467"))
    assert card.tail(KEYED, "6467") != "6467"


@pytest.mark.parametrize("number", ["4539148803436468", "1732442345123456", "123", "9999999999999995"])
def test_other_numbers_are_no_cards(number: str) -> None:
    assert not card.plausible(number)
