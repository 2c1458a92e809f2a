from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise.pseudonyms import email
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

KEYED, OTHER = Keyed(b"k" * 32), Keyed(b"l" * 32)


@given(st.emails(domains=st.sampled_from(["quux.de", "mail.corp.co.uk", "gmail.com"])))
def test_an_address_stays_one_at_a_reserved_domain(value: str) -> None:
    made = email.make(KEYED, value)
    assert email.ours(made)
    assert not email.ours(value)
    assert made.count("@") == 1
    assert made.partition("@")[2].count(".") >= 1
    assert made != email.make(OTHER, value)


def test_equal_ignoring_case() -> None:
    made = email.make(KEYED, "Ana.Silva@Quux.de")
    assert email.make(KEYED, "ana.silva@quux.de") == made.lower()
    assert email.make(KEYED, "ANA.SILVA@QUUX.DE") == made.upper()


def test_the_layout_stays() -> None:
    local, _, domain = email.make(KEYED, "ana.silva+shop@mail.quux.org").partition("@")
    assert [sign for sign in local if not sign.isalnum()] == [".", "+"]
    assert domain.endswith(".example.org")
    assert domain.count(".") == 2


def test_a_thousand_addresses_stay_different() -> None:
    assert len({email.make(KEYED, f"user{n}@quux.de") for n in range(1000)}) == 1000
    assert len({email.make(KEYED, f"user@quux{n}.de") for n in range(1000)}) == 1000


def test_an_address_at_a_reserved_domain_is_replaced_too() -> None:
    assert email.make(KEYED, "ana@example.com") != "ana@example.com"
