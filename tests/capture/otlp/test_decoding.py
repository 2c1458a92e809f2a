from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.otlp.decoding import Decoded, MalformedError, from_json, from_protobuf
from flowtape.capture.span import MAX_TEXT, Span

pytestmark = pytest.mark.agent

Exporter = Any
MS = 1_000_000
BASE = 1_790_000_000_000 * MS


def as_json(exporter: Exporter, *spans: Any) -> Decoded:
    return from_json(json.dumps(exporter.request(*spans)).encode())


def as_protobuf(exporter: Exporter, *spans: Any) -> Decoded:
    return from_protobuf(exporter.protobuf(*spans))


ENCODINGS = pytest.mark.parametrize("decoded", [as_json, as_protobuf])


@ENCODINGS
def test_a_span_is_read_whole_in_either_encoding(exporter: Exporter, decoded: Callable[..., Decoded]) -> None:
    span = exporter.span(7, parentSpanId=f"{3:016x}", status={"code": 2})
    assert decoded(exporter, span) == (
        [
            Span(
                trace=f"{7:032x}",
                id=f"{7:016x}",
                parent=f"{3:016x}",
                kind="client",
                name="SELECT",
                started=BASE,
                ended=BASE + MS,
                failed=True,
                scope="opentelemetry.instrumentation.psycopg",
                process="service.name=shop",
                attributes={"db.system": "postgresql", "net.peer.port": 5432},
            )
        ],
        0,
    )


@ENCODINGS
@pytest.mark.parametrize(
    "wrong",
    [
        {"traceId": "0" * 32},
        {"spanId": ""},
        {"traceId": "ab" * 15},
        {"parentSpanId": "ab"},
        {"startTimeUnixNano": "0"},
        {"endTimeUnixNano": str(BASE - 1)},
        {"endTimeUnixNano": str((1 << 64) - 1)},
    ],
)
def test_a_span_without_valid_ids_or_times_is_rejected_by_itself(
    exporter: Exporter, decoded: Callable[..., Decoded], wrong: dict[str, Any]
) -> None:
    found, rejected = decoded(exporter, exporter.span(1), exporter.span(2, **wrong))
    assert [span.id for span in found] == [f"{1:016x}"]
    assert rejected == 1


@ENCODINGS
@pytest.mark.parametrize(
    ("number", "kind"),
    [(0, "internal"), (2, "server"), (3, "client"), (4, "producer"), (5, "consumer"), (99, "internal")],
)
def test_each_kind_is_known_and_another_is_internal(
    exporter: Exporter, decoded: Callable[..., Decoded], number: int, kind: str
) -> None:
    ((span,), _) = decoded(exporter, exporter.span(kind=number))
    assert span.kind == kind


def test_json_may_name_kinds_and_codes_and_give_numbers_as_such(exporter: Exporter) -> None:
    span = exporter.span(
        kind="SPAN_KIND_SERVER", status={"code": "STATUS_CODE_ERROR"}, startTimeUnixNano=BASE, traceId="AB" * 16
    )
    ((found,), _) = as_json(exporter, span | {"parentSpanId": None, "events": [{"deep": [[1]]}]})
    assert (found.kind, found.failed, found.started, found.trace, found.parent) == ("server", True, BASE, "ab" * 16, "")


@ENCODINGS
def test_an_attribute_that_is_too_long_is_not_kept(exporter: Exporter, decoded: Callable[..., Decoded]) -> None:
    texts = [{"key": "db.statement", "value": {"stringValue": "x" * size}} for size in (MAX_TEXT + 1,)]
    ((found,), _) = decoded(exporter, exporter.span(attributes=texts))
    assert not found.attributes


@pytest.mark.parametrize(
    "data",
    [b"{", b"[]", b'"x"', b'{"resourceSpans": 5}', b"\xff\xfe", b'{"resourceSpans":' + b"[" * 100_000, b"nul"],
)
def test_what_is_no_request_in_json_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        from_json(data)


def test_what_is_no_request_in_protobuf_is_malformed(exporter: Exporter) -> None:
    whole = exporter.protobuf(exporter.span())
    for data in (whole[:-1], b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x07"):
        with pytest.raises(MalformedError):
            from_protobuf(data)


def field(number: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while size > 127:
        length += bytes((size & 127 | 128,))
        size >>= 7
    return bytes((number << 3 | 2,)) + length + bytes((size,)) + body


def test_a_value_nested_without_end_is_malformed_in_protobuf() -> None:
    """AnyValue in ArrayValue in AnyValue…: the decoder stops at a depth of its own."""
    value = field(1, b"x")
    for _ in range(10_000):
        value = field(5, field(1, value))
    pair = field(1, b"k") + field(2, value)
    with pytest.raises(MalformedError):
        from_protobuf(field(1, field(2, field(2, field(9, pair)))))


@given(st.binary(max_size=300))
def test_garbage_is_only_ever_malformed(data: bytes) -> None:
    for decode in (from_json, from_protobuf):
        try:
            found, rejected = decode(data)
        except MalformedError:
            continue
        assert not found
        assert rejected >= 0


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
def test_any_json_in_the_place_of_spans_is_malformed_or_nothing(inner: Any) -> None:
    for value in ({"resourceSpans": inner}, {"resourceSpans": [{"scopeSpans": [{"spans": inner}]}]}):
        with contextlib.suppress(MalformedError):
            assert from_json(json.dumps(value).encode())[0] == []
