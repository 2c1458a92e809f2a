"""From an exporter's bytes to spans: ExportTraceServiceRequest as protobuf and as JSON.

Strangers may send them. Nothing is allocated beyond a small multiple of the bytes that came, nesting is bounded by both decoders, and
a span without valid ids or times is rejected by itself, as OTLP's partial success has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from flowtape.capture.span import ATTRIBUTES, MAX_TEXT, Span, SpanKind

KINDS: Final[tuple[SpanKind, ...]] = ("internal", "internal", "server", "client", "producer", "consumer")
"""By SpanKind's numbers, 0 being "unspecified"."""
PROCESS: Final = frozenset({"service.name", "service.instance.id", "host.name", "process.pid", "container.id"})
LANGUAGE: Final = "telemetry.sdk.language"
LATEST: Final = 1 << 63
MAX_NAME: Final = 200
ERROR: Final = 2

Decoded: TypeAlias = tuple[list[Span], int]
"""The spans, and how many were rejected."""


class MalformedError(ValueError):
    """Not an ExportTraceServiceRequest. The message holds nothing of the bytes."""


def from_protobuf(data: bytes) -> Decoded:
    """Raises MalformedError."""
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    try:
        request = ExportTraceServiceRequest.FromString(data)
    except (DecodeError, RecursionError) as error:
        raise MalformedError("not an ExportTraceServiceRequest in protobuf") from error
    return _decoded(request, bytes.hex, _protobuf_value)


def from_json(data: bytes) -> Decoded:
    """Raises MalformedError. Ids are hexadecimal, 64-bit numbers texts or numbers, enumerations numbers or names."""
    try:
        request = _JSON.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError("not an ExportTraceServiceRequest in JSON") from error
    return _decoded(request, str.lower, _json_value)


def _decoded(request: Any, hexadecimal: Callable[[Any], str], value: Callable[[Any], str | int | None]) -> Decoded:
    found: list[Span] = []
    rejected = 0
    for resource in request.resource_spans:
        process, language = _process(resource.resource.attributes, value)
        for scope in resource.scope_spans:
            name = scope.scope.name[:MAX_NAME]
            for span in scope.spans:
                read = _span(span, (name, process, language), hexadecimal, value)
                if read is None:
                    rejected += 1
                else:
                    found.append(read)
    return found, rejected


def _span(
    span: Any,
    made: tuple[str, str, str],
    hexadecimal: Callable[[Any], str],
    value: Callable[[Any], str | int | None],
) -> Span | None:
    """`made` is by what: the instrumentation, the process, the language."""
    trace, id_ = hexadecimal(span.trace_id), hexadecimal(span.span_id)
    parent = hexadecimal(span.parent_span_id) if span.parent_span_id else ""
    started, ended = _number(span.start_time_unix_nano), _number(span.end_time_unix_nano)
    if not (_is_id(trace, 32) and _is_id(id_, 16)) or (parent and len(parent) != 16):
        return None
    if not 0 < started <= ended < LATEST:
        return None
    return Span(
        trace=trace,
        id=id_,
        parent=parent if parent.strip("0") else "",
        kind=_kind(span.kind),
        name=span.name[:MAX_NAME],
        started=started,
        ended=ended,
        failed=span.status.code in (ERROR, "STATUS_CODE_ERROR"),
        scope=made[0],
        process=made[1],
        language=made[2],
        attributes=_attributes(span.attributes, value),
    )


def _is_id(text: str, length: int) -> bool:
    return len(text) == length and bool(text.strip("0")) and not text.strip("0123456789abcdef")


def _number(value: int | str) -> int:
    if isinstance(value, int):
        return value
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else 0


def _kind(kind: int | str) -> SpanKind:
    if isinstance(kind, int):
        return KINDS[kind] if 0 <= kind < len(KINDS) else "internal"
    name = kind.removeprefix("SPAN_KIND_").lower()
    return next((known for known in KINDS if known == name), "internal")


def _attributes(pairs: Iterable[Any], value: Callable[[Any], str | int | None]) -> Mapping[str, str | int]:
    found: dict[str, str | int] = {}
    for pair in pairs:
        if pair.key in ATTRIBUTES:
            read = value(pair.value)
            if read is not None and not (isinstance(read, str) and len(read) > MAX_TEXT):
                found[pair.key] = read
    return found


def _process(pairs: Iterable[Any], value: Callable[[Any], str | int | None]) -> tuple[str, str]:
    """What tells the process, and the language of its OpenTelemetry."""
    found = {pair.key: str(value(pair.value))[:MAX_NAME] for pair in pairs if pair.key in (*PROCESS, LANGUAGE)}
    language = found.pop(LANGUAGE, "")
    return "\0".join(f"{key}={found[key]}" for key in sorted(found)), language


def _protobuf_value(value: Any) -> str | int | None:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return str(value.string_value)
    return int(value.int_value) if kind == "int_value" else None


def _json_value(value: _AnyValue) -> str | int | None:
    if value.string_value is not None:
        return value.string_value
    return None if value.int_value is None else _number(value.int_value)


class _Message(msgspec.Struct, rename="camel"):
    """Fields that are not named here are passed over."""


class _AnyValue(_Message):
    string_value: str | None = None
    int_value: int | str | None = None


class _KeyValue(_Message):
    key: str = ""
    value: _AnyValue = msgspec.field(default_factory=_AnyValue)


class _Status(_Message):
    code: int | str = 0


class _Span(_Message):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str | None = ""
    name: str = ""
    kind: int | str = 0
    start_time_unix_nano: int | str = 0
    end_time_unix_nano: int | str = 0
    attributes: list[_KeyValue] = []
    status: _Status = msgspec.field(default_factory=_Status)


class _Scope(_Message):
    name: str = ""


class _ScopeSpans(_Message):
    scope: _Scope = msgspec.field(default_factory=_Scope)
    spans: list[_Span] = []


class _Resource(_Message):
    attributes: list[_KeyValue] = []


class _ResourceSpans(_Message):
    resource: _Resource = msgspec.field(default_factory=_Resource)
    scope_spans: list[_ScopeSpans] = []


class _Request(_Message):
    resource_spans: list[_ResourceSpans] = []


_JSON: Final = msgspec.json.Decoder(_Request)
