"""Trace context in the bytes: the id that a service was given, or gave, and hands on to what it asks.

Read from HTTP headers (W3C Trace Context, B3 single and multiple, Jaeger, AWS X-Ray, Google Cloud, Datadog, request and
correlation ids, and whatever other headers a service hands on) and from sqlcommenter's comments, which use the same names. Nothing
is taken off the messages here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from flowtape.capture.correlate.marks import Mark
from flowtape.capture.exchange import Exchange, HttpRequest, HttpResponse, SqlStatement
from flowtape.capture.flow import Evidence
from flowtape.capture.sql.comment import trace_comment

EVIDENCE: Final[Mapping[str, Evidence]] = {
    "trace": Evidence("trace context", "it carries the request's trace id", 1.0),
    "request": Evidence("trace context", "it carries the request's own id", 1.0),
}

_HEX = re.compile(r"[0-9a-f]{16}(?:[0-9a-f]{16})?", re.IGNORECASE)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_AMAZON = re.compile(r"(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)")
_REQUEST = re.compile(r"[!-~]{8,200}")


def _trace(text: str) -> str:
    """A trace id of 64 or 128 bits, as 32 hexadecimal digits; "" if it is none."""
    return text.lower().rjust(32, "0") if _HEX.fullmatch(text) and text.strip("0") else ""


def _traceparent(text: str) -> str:
    match = _TRACEPARENT.fullmatch(text.strip())
    return _trace(match[1]) if match else ""


def _amazon(text: str) -> str:
    match = _AMAZON.search(text)
    return _trace(match[1] + match[2]) if match else ""


def _datadog(text: str) -> str:
    return _trace(f"{int(text):016x}") if text.isascii() and text.isdigit() and len(text) <= 20 else ""


def _request(text: str) -> str:
    return text.strip() if _REQUEST.fullmatch(text.strip()) else ""


READERS: Final[dict[str, tuple[Literal["trace", "request"], Callable[[str], str]]]] = {
    "traceparent": ("trace", _traceparent),
    "traceresponse": ("trace", _traceparent),
    "b3": ("trace", lambda text: _trace(text.strip().split("-", 1)[0])),
    "x-b3-traceid": ("trace", lambda text: _trace(text.strip())),
    "uber-trace-id": ("trace", lambda text: _trace(text.strip().split(":", 1)[0].rjust(16, "0"))),
    "x-cloud-trace-context": ("trace", lambda text: _trace(text.strip().split("/", 1)[0])),
    "x-amzn-trace-id": ("trace", _amazon),
    "x-datadog-trace-id": ("trace", lambda text: _datadog(text.strip())),
    "x-request-id": ("request", _request),
    "request-id": ("request", _request),
    "x-correlation-id": ("request", _request),
    "correlation-id": ("request", _request),
}
"""How each header, or key of a comment, is read."""


class TraceContext:
    """A source of marks. `headers` are names, beside the well-known ones, of headers that hold an id of the request's own."""

    patience_ns: int = 0

    def __init__(self, headers: Iterable[str] = ()) -> None:
        own: dict[str, tuple[Literal["trace", "request"], Callable[[str], str]]]
        own = {name.lower(): ("request", _request) for name in headers}
        self._readers = {**own, **READERS}

    def marks(self, exchange: Exchange) -> dict[Mark, Evidence]:
        """The ids that `exchange` carries. An entry's response counts too: the service may have made the id itself."""
        question = exchange.question
        if isinstance(question, HttpRequest):
            found = dict(self._read(question.headers))
            if exchange.connection.dependency is None and isinstance(exchange.answer, HttpResponse):
                found.update(self._read(exchange.answer.headers))
            return found
        if isinstance(question, SqlStatement) and "/*" in question.text:
            return dict(self._read((key.replace("_", "-"), told) for key, told in trace_comment(question.text).items()))
        return {}

    def until(self, entry: Exchange) -> int:
        return 0

    def _read(self, fields: Iterable[tuple[str, str]]) -> Iterator[tuple[Mark, Evidence]]:
        for name, value in fields:
            reader = self._readers.get(name.lower())
            if reader is not None and (read := reader[1](value)):
                yield Mark(reader[0], read), EVIDENCE[reader[0]]
