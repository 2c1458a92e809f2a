from __future__ import annotations

import pytest

from flowtape.capture.sanitise.pseudonyms import registry
from flowtape.capture.sanitise.pseudonyms.registry import KINDS, Pseudonyms, ours, refine

SAMPLES = {
    "email": "ana@quux.de", "phone": "+49 170 1234567", "card": "4539148803436467", "card_tail": "6467", "cvv": "123",
    "iban": "DE89370400440532013000", "name": "Ana Silva", "family_name": "Silva", "username": "ana77", "address": "Weidenallee 17b",
    "postcode": "25422", "birth_date": "1987-03-04", "ip": "84.17.49.203", "national_id": "123-45-6789", "jwt": "no.real.jwt",
    "token": "mF_9.B5f-4.1JqM", "api_key": "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "session": "b1946ac92492d2347c6235b4d2611184",
    "cookie": "abcDEF123456", "signature": "aabbccddeeff0011", "password": "hunter2!", "password_hash": "$2b$12$" + "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "signed": "Zm9v.no.token", "csrf": "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF" * 2, "auth_hash": "0a1b2c3d" * 8,
    "private_key": "-----BEGIN PRIVATE KEY-----\nMIIBOgIBAAJB\n-----END PRIVATE KEY-----",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_replaced_known_again_and_keyed(kind: str) -> None:
    raw = SAMPLES[kind]
    refined = refine(kind, raw)
    one, other = (Pseudonyms(key * 32).of(refined, raw) for key in (b"k", b"l"))
    assert one == Pseudonyms(b"k" * 32).of(refined, raw)
    assert raw not in {one, other}
    assert one != other
    assert ours(kind, one)
    assert not ours(kind, raw)


@pytest.mark.parametrize("value", ["", "null", "  ", "N/A", "***"])
def test_there_is_nothing_to_hide_in_it(value: str) -> None:
    assert all(refine(kind, value) == "" for kind in KINDS)


def test_what_the_shape_proves_goes_before_the_name() -> None:
    assert refine("username", "ana@quux.de") == "email"
    assert refine("password", SAMPLES["password_hash"]) == "password_hash"
    assert refine("token", "4539148803436467") == "card"
    assert refine("card", "tok_1a2b3c4d5e") == "token"
    assert refine("card", "visa") == ""
    assert refine("ip", "not known") == ""
    assert refine("session", "42") == ""
    assert refine(registry.KEEP, "ana@quux.de") == ""
    assert refine("username", "2026-11-20 10:11:12.5+00:00") == ""
    assert refine("password", "2026-11-20 10:11") == "password"


def test_white_space_around_a_value_stays() -> None:
    made = Pseudonyms(b"k" * 32).of("email", " ana@quux.de\n")
    assert made.strip() == Pseudonyms(b"k" * 32).of("email", "ana@quux.de")
    assert (made[0], made[-1]) == (" ", "\n")
