from __future__ import annotations

import json
import re
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise import detectors


def found(text: str) -> list[tuple[str, str]]:
    return [(text[start:end], kind) for start, end, kind in detectors.find(text)]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("write to ana.silva@mail.quux.de, please", "ana.silva@mail.quux.de", "email"),
        ("<ana@quux.de>", "ana@quux.de", "email"),
        ("?to=ana%40quux.de", "ana%40quux.de", "email"),
        ("call +49 170 1234567!", "+49 170 1234567", "phone"),
        ("call (212) 555-0123", "(212) 555-0123", "phone"),
        ("call 212-555-0123.", "212-555-0123", "phone"),
        ("tel 0170 1234567", "0170 1234567", "phone"),
        ("card 4539 1488 0343 6467.", "4539 1488 0343 6467", "card"),
        ("DE89 3704 0044 0532 0130 00 or cash", "DE89 3704 0044 0532 0130 00", "iban"),
        ("from 84.17.49.203 port 5", "84.17.49.203", "ip"),
        ("from 2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::200e", "ip"),
        ("SSN 123-45-6789", "123-45-6789", "national_id"),
        ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "api_key"),
        ("AKIAIOSFODNN7EXAMPLF", "AKIAIOSFODNN7EXAMPLF", "api_key"),
        ("said Bearer mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM", "token"),
        ("login password=hunter2!", "hunter2!", "password"),
        ("redis://app:hunter2@cache/0", "hunter2", "password"),
        ("Key (email)=(ana) already exists.", "ana", "email"),
        ('<input type="hidden" name="csrfmiddlewaretoken" value="aB3dE6gH">', "aB3dE6gH", "csrf"),
        ("<INPUT value='Ana' id=x name=first_name>", "Ana", "name"),
        ('<meta name="csrf-token" content="aB3+dE6/gH==">', "aB3+dE6/gH==", "csrf"),
        ("paid by **** **** **** 6467", "6467", "card_tail"),
        ("at $2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "password_hash"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "private_key"),
        ("x eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.c2ln y", "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.c2ln", "jwt"),
    ],
)  # fmt: skip
def test_it_is_recognised_in_text(text: str, value: str, kind: str) -> None:
    assert (value, kind) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "550e8400-e29b-41d4-a716-446655440000", "2026-11-20T10:11:12.123456+01:00", "2026-11-20 10:11:12 +0100", "1732442345123",
        "1234567890123456", "19.90 EUR", "1,234,567.00", "10.0.0.7", "1.2.3", "v198.51.100.1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "SELECT 1", "a@b", "@", "user@localhost", "12-34-5678", "Mon, 23 Nov 2026 18:41:29 GMT", "text/html; charset=utf-8",
        "max-age=3600", "order 4539148803436468", "W/\"5e1-17c\"", "2026-11-20", "123/456", "application/vnd.api+json",
    ],
)  # fmt: skip
def test_nothing_is_recognised(text: str) -> None:
    assert found(text) == []


@given(
    st.lists(
        st.sampled_from(
            ["ana@quux.de", "+49 170 1234567", "4539 1488 0343 6467", "a=b", " ", "x", "@", "$", "eyJ", ":", "("]
        ),
        max_size=30,
    )
)
def test_findings_are_in_order_and_apart(parts: list[str]) -> None:
    spans = detectors.find("".join(parts))
    assert all(one.end <= other.start for one, other in pairwise(spans))


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    detectors.find(text)


HOSTILE = ["@", "a@", "eyJ.", "-eyJ", "1 ", "1-", "+1", "DE89 ", "a:b@", "://a:", "a=", "(a)=(", "$2b$10$", "scrypt:1:1:1$", "-----BEGIN ",
           "-----BEGIN PRIVATE KEY-----", "a.", ":", "ab:", "sk-", "bearer ", "0123 ", "*", "x", "$argon2id$m=", "(aa, ", "%40", "a_"]  # fmt: skip


class Steps:
    """Counts what the detectors' own code does: regular expressions are shown to be linear by their growth."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: object, event: str, argument: object) -> Steps:
        self.count += 1
        return self


@pytest.mark.parametrize("unit", HOSTILE)
def test_work_grows_with_the_length_alone(unit: str) -> None:
    def steps(times: int) -> int:
        counter, before = Steps(), sys.gettrace()
        sys.settrace(counter)
        try:
            detectors.find(unit * times)
        finally:
            sys.settrace(before)
        return counter.count

    steps(10)
    assert steps(4000) <= 6 * steps(1000) + 1000


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", HOSTILE)
def test_a_megabyte_of_it_is_read(unit: str) -> None:
    """A quadratic expression would take minutes: the limit is the test's."""
    detectors.find(unit * (200_000 // len(unit)))


def test_no_expression_of_ours_backtracks_into_itself() -> None:
    nested = re.compile(r"\([^)]*[+*]\)[+*]")
    patterns = [value.pattern for value in vars(detectors).values() if isinstance(value, re.Pattern)]
    assert patterns
    assert [pattern for pattern in patterns if nested.search(pattern)] == []


def test_json_text_is_text_too() -> None:
    assert ("ana@quux.de", "email") in found(json.dumps({"to": "ana@quux.de"}))


@pytest.mark.timeout(20)
def test_many_and_long_findings_are_put_in_order() -> None:
    spans = detectors.find("a@quux.de " * 20_000 + "-----BEGIN PRIVATE KEY-----" + "x" * 5_000_000)
    assert len(spans) == 20_001
    assert spans == sorted(spans)
