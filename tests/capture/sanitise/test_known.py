from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise.known import Known, variants_under
from flowtape.capture.sanitise.pseudonyms.registry import Pseudonyms

PSEUDONYMS = Pseudonyms(b"k" * 32)
VARIANTS = variants_under(PSEUDONYMS)


def known(*values: tuple[str, str]) -> Known:
    found = Known(VARIANTS)
    for kind, value in values:
        found.add(kind, value)
    return found


def hits(found: Known, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in found.find(text)]


def test_a_value_is_found_between_other_signs_only() -> None:
    found = known(("session", "abc123def"))
    assert hits(found, "session:abc123def, sid_abc123def;abc123def") == ["abc123def"] * 3
    assert hits(found, "xabc123def abc123defx 0abc123def") == []


@given(
    st.text(min_size=4, max_size=20).filter(lambda v: any(s.isalnum() for s in v)),
    st.sampled_from([" ", "/", '"', "\n", ""]),
)
def test_a_value_is_found_wherever_it_stands_alone(value: str, sign: str) -> None:
    found = known(("token", value))
    if value in found.whole:
        assert value in hits(found, f"{sign}{value}{sign}")


@pytest.mark.parametrize("value", ["12345", "ab", "session", "EMAIL", "12345678"])
def test_common_words_and_short_numbers_do_not_travel(value: str) -> None:
    assert hits(known(("password", value)), f"x {value} y") == []


def test_other_notations_are_found() -> None:
    value = "ana@quux.de"
    made = PSEUDONYMS.of("email", value)
    whole = known(("email", value)).whole
    for change in (
        lambda text: text.upper(),
        lambda text: text.replace("@", "%40"),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: hashlib.sha256(text.encode()).hexdigest(),
        lambda text: hashlib.md5(text.encode()).hexdigest(),
    ):
        assert whole[change(value)] == ("email", change(made))


def test_parts_of_names_and_bare_digits_are_found() -> None:
    found = known(("name", "Ana Silveira"), ("phone", "+49 170 1234567"))
    assert hits(found, "Mrs. Silveira, 491701234567") == ["Silveira", "491701234567"]


def test_what_is_set_replaces_what_was_thought() -> None:
    found = known(("password_hash", "some-hash-value"))
    found.set("password_hash", "some-hash-value", "another")
    assert found.whole["some-hash-value"] == ("password_hash", "another")
