"""What a service says of its own work: OpenTelemetry's spans, less what nobody asks for.

Times are integer nanoseconds since the Unix epoch, by the service's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

SpanKind: TypeAlias = Literal["internal", "server", "client", "producer", "consumer"]

ATTRIBUTES: Final = frozenset(
    {
        # HTTP, by the conventions of today and of before 2024
        "http.request.method", "http.method",
        "url.full", "http.url", "url.path", "url.query", "http.target",
        "http.response.status_code", "http.status_code",
        # databases and caches
        "db.system.name", "db.system", "db.query.text", "db.statement", "db.operation.name", "db.operation",
        # who spoke with whom
        "server.address", "server.port", "net.peer.name", "net.peer.ip", "net.peer.port",
        "network.peer.address", "network.peer.port", "net.sock.peer.addr", "net.sock.peer.port",
        "client.address", "client.port",
    }
)  # fmt: skip
"""Of the semantic conventions what tells an exchange: https://opentelemetry.io/docs/specs/semconv/."""

MAX_TEXT: Final = 64 * 1024
"""A longer attribute is not kept."""


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of work. `trace` is 32 and `id` 16 hexadecimal digits in lower case; `parent` too, "" for a trace's first span.

    `scope` is the instrumentation that made it, `process` whatever tells the process that did, `language`
    that of its OpenTelemetry (telemetry.sdk.language). `failed` says that its status is an
    error: what it was to ask may never have been asked. Of the attributes only ATTRIBUTES are kept.
    """

    trace: str
    id: str
    parent: str
    kind: SpanKind
    name: str
    started: int
    ended: int
    failed: bool = False
    scope: str = ""
    process: str = ""
    language: str = ""
    attributes: Mapping[str, str | int] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """The first attribute of these that is a text, "" if there is none."""
        for name in names:
            value = self.attributes.get(name)
            if isinstance(value, str) and value:
                return value
        return ""

    def number(self, *names: str) -> int:
        """The first attribute of these that is a number, or reads as one; 0 if there is none."""
        for name in names:
            value = self.attributes.get(name)
            if isinstance(value, int):
                return value
            if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
                return int(value)
        return 0
