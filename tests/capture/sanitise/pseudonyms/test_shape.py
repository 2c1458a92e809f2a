from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

KEYED, OTHER = Keyed(b"k" * 32), Keyed(b"l" * 32)


def classes(value: str) -> str:
    return "".join("d" if s.isdigit() else "u" if s.isupper() else "l" if s.isalnum() else s for s in value)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=60))
def test_length_and_classes_stay_and_the_mark_is_known(value: str) -> None:
    made = shape.make(KEYED, value)
    assert len(made) == len(value)
    assert shape.ours(made)
    assert made == shape.make(KEYED, value)
    if not shape.HEX.fullmatch("".join(s for s in value if s.isalnum())):
        assert classes(made) == classes(value)


@given(st.text(min_size=2, max_size=60).filter(lambda v: any(s.isalnum() for s in v)))
def test_any_text_has_a_pseudonym_of_its_length(value: str) -> None:
    assert len(shape.make(KEYED, value)) == len(value)


@given(st.text("abcdefXYZ0123456789", min_size=12))
def test_another_key_gives_another_pseudonym(value: str) -> None:
    assert shape.make(KEYED, value) != shape.make(OTHER, value)
    assert shape.make(KEYED, value) != value


@pytest.mark.parametrize(
    "key", ["sk_live_4eC39HqLyjWDarjtT1zdp7dc", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "AKIAIOSFODNN7EXAMPLF", "xoxb-2345-abcd", "SG.abc.def12345"]
)  # fmt: skip
def test_an_issuers_prefix_stays(key: str) -> None:
    prefix = shape.PREFIX.match(key)
    assert prefix is not None
    made = shape.make(KEYED, key)
    assert made.startswith(prefix[0])
    assert made[prefix.end() :] != key[prefix.end() :]
    assert shape.ours(made)


def test_hexadecimal_stays_hexadecimal() -> None:
    made = shape.make(KEYED, "b1946ac92492d2347c6235b4d2611184")
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert re.fullmatch("[0-9A-F]{32}", shape.make(KEYED, "B1946AC92492D2347C6235B4D2611184"))


@given(st.uuids(version=4))
def test_a_uuid_stays_one_of_its_version(value: UUID) -> None:
    made = UUID(shape.make(KEYED, str(value)))
    assert made.version == 4
    assert made != value
    assert shape.ours(str(made))


@given(st.integers(10, 10**18))
def test_a_number_keeps_its_digits(number: int) -> None:
    made = shape.make(KEYED, str(number))
    assert len(str(int(made))) == len(str(number))


def test_a_raw_value_has_no_mark() -> None:
    passing = [value for value in (f"token-{n:06}-abcdef" for n in range(500)) if shape.ours(value)]
    assert not passing
