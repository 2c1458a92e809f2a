from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.correlate.marks import Mark
from flowtape.capture.correlate.trace_context import READERS, TraceContext
from flowtape.capture.exchange import Exchange

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SHORT = Mark("trace", ID[16:].rjust(32, "0"))


def marks(exchange: Exchange) -> frozenset[Mark]:
    return frozenset(TraceContext(["X-Shop-Call"]).marks(exchange))


@pytest.mark.parametrize(
    ("name", "value", "mark"),
    [
        ("Traceparent", f"00-{ID}-00f067aa0ba902b7-01", Mark("trace", ID)),
        ("b3", f"{ID}-00f067aa0ba902b7-1", Mark("trace", ID)),
        ("b3", f"{ID[16:]}-00f067aa0ba902b7", SHORT),
        ("X-B3-TraceId", ID.upper(), Mark("trace", ID)),
        ("uber-trace-id", f"{ID}:1:0:1", Mark("trace", ID)),
        ("x-cloud-trace-context", f"{ID}/123;o=1", Mark("trace", ID)),
        ("X-Amzn-Trace-Id", f"Self=1-2-3;Root=1-{ID[:8]}-{ID[8:]};Sampled=1", Mark("trace", ID)),
        ("x-datadog-trace-id", str(int(ID[16:], 16)), SHORT),
        ("X-Request-ID", "req-00112233", Mark("request", "req-00112233")),
        ("x-correlation-id", " req-00112233 ", Mark("request", "req-00112233")),
        ("x-shop-call", "req-00112233", Mark("request", "req-00112233")),
    ],
)
def test_each_header_is_read(traffic: Any, name: str, value: str, mark: Mark) -> None:
    headers = (("accept", "*/*"), (name, value))
    assert marks(traffic.entry(0, 1, headers)) == marks(traffic.http(0, 1, headers)) == {mark}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("traceparent", f"00-{'0' * 32}-00f067aa0ba902b7-01"),
        ("traceparent", "00-xyz-00f067aa0ba902b7-01"),
        ("traceparent", ""),
        ("b3", "0"),
        ("b3", "1"),
        ("x-b3-traceid", "0" * 16),
        ("x-amzn-trace-id", "Root=moon"),
        ("x-datadog-trace-id", "٣"),
        ("x-datadog-trace-id", "9" * 5000),
        ("x-request-id", "1"),
        ("x-request-id", "a b c d e f g h"),
        ("x-request-id", "a" * 5000),
        ("cookie", f"traceparent=00-{ID}-00f067aa0ba902b7-01"),
    ],
)
def test_what_is_no_id_marks_nothing(traffic: Any, name: str, value: str) -> None:
    assert marks(traffic.entry(0, 1, ((name, value),))) == frozenset()


@given(st.sampled_from(sorted(READERS)), st.text(max_size=80))
def test_any_value_is_read_without_an_error(traffic: Any, name: str, value: str) -> None:
    for mark in marks(traffic.entry(0, 1, ((name, value),))):
        assert mark.space == "request" or len(mark.id) == 32


def test_a_statements_comment_is_read_where_tracing_puts_it(traffic: Any) -> None:
    comment = f"/*route='%2Forders',traceparent='00-{ID}-00f067aa0ba902b7-01',x_request_id='req-00112233'*/"
    assert marks(traffic.sql(0, 1, f"SELECT 1 {comment}")) == {Mark("trace", ID), Mark("request", "req-00112233")}
    assert marks(traffic.sql(0, 1, f"INSERT INTO t VALUES ('{comment}')")) == frozenset()


def test_a_header_of_ones_own_is_read_only_where_it_is_named(traffic: Any) -> None:
    assert TraceContext().marks(traffic.http(0, 1, (("x-shop-call", "req-00112233"),))) == {}


def test_a_response_marks_the_entry_and_not_a_call(traffic: Any) -> None:
    answer = (("x-request-id", "req-00112233"),)
    assert marks(traffic.entry(0, 1, (), answer)) == {Mark("request", "req-00112233")}
    assert marks(traffic.redis(0, 1, b"GET", b"x-request-id")) == frozenset()
