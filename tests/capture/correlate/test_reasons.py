from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.correlate.reasons import MAX_REASON, MAX_REASONS, OTHER, call_name, count, plain, remedies


@given(st.binary(max_size=40), st.text(max_size=40))
def test_what_a_reason_quotes_is_never_in_it(data: bytes, text: str) -> None:
    reason = plain(f"expected {text!r} within 9 bytes, not {data!r}")
    assert reason == "expected … within 9 bytes, not …"


def test_a_reason_is_short_and_printable() -> None:
    assert plain("a\x1b[31m\r\nb") == "a [31m  b"
    assert len(plain("a" * 10_000)) == MAX_REASON


def test_reasons_that_differ_in_a_number_are_one_and_their_kinds_are_bounded() -> None:
    reasons: Counter[str] = Counter()
    for number in range(50):
        count(reasons, f"{number} bytes are missing")
    assert reasons == {"N bytes are missing": 50}
    for number in range(MAX_REASONS + 20):
        count(reasons, "x" * number)
    assert len(reasons) == MAX_REASONS + 1
    assert reasons[OTHER] == 21


def test_a_call_is_named_by_its_verb_alone(traffic: Any) -> None:
    since = traffic.at(0)
    assert call_name(traffic.sql(1.5, 2, "\n (select 'x'"), since) == "db SELECT at +1.5 ms"
    assert call_name(traffic.sql(1, 2, "'ana'"), since) == "db postgresql at +1.0 ms"
    assert call_name(traffic.redis(1, 2, b"\xff\x00"), since) == "cache redis at +1.0 ms"
    assert call_name(traffic.http(1, 2), since) == "payments POST at +1.0 ms"
    assert call_name(traffic.opaque(1, 2), since) == "db opaque at +1.0 ms"


def test_what_would_have_helped_depends_on_what_can_carry_a_trace() -> None:
    assert remedies({"postgresql", "http1"}, at_once=True) == ["spans", "comments", "fewer at once"]
    assert remedies({"postgresql", "redis"}, at_once=False) == ["spans", "pauses"]
    assert remedies(set(), at_once=True) == ["spans", "comments"]
