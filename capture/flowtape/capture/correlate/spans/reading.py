"""What a span says of the exchange that it stands for, and what an exchange says of itself, in the same words.

By OpenTelemetry's semantic conventions, those of today and those of before: https://opentelemetry.io/docs/specs/semconv/. What is
compared is what instrumentation agrees on: a SQL text by its fingerprint, for drivers put values in where the instrumented text has
placeholders; a Redis command by its name and how many arguments it has, for the arguments themselves are hidden; HTTP by method, path
and status.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import unquote, urlsplit

from flowtape.capture.correlate.spans.ancestry import Owner
from flowtape.capture.correlate.spans.peers import Peers
from flowtape.capture.exchange import (
    Answer,
    Exchange,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    Question,
    RedisCommand,
    RedisReply,
    SqlResult,
    SqlStatement,
)
from flowtape.capture.span import Span
from flowtape.capture.sql import read, trace_comment

Kind: TypeAlias = tuple[str | None, str, str]
"""The dependency (None for the service's own entry), the protocol, and what was asked: only within one kind things are tied."""

MS: Final = 1_000_000
MAX_COMMANDS: Final = 1000
REDIS_SYSTEMS: Final = frozenset({"redis", "valkey"})
SLACK_NS: Final = {"python": (20_000, 20_000), "nodejs": (1_200_000, 100_000)}
OTHERS_SLACK_NS: Final = 2_000_000
"""By language, how much too early and how much too late a span's times may be told.

Python reads the kernel's own clock. JavaScript cuts the beginning to a whole millisecond and adds an exact duration to it.
"""
_CAST: Final = re.compile(r"CAST\(\(*\?\)* AS [\w ]+(?:\([\d, ]*\))?\)", re.IGNORECASE)
_WORD: Final = re.compile(r"\S+")
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


@dataclass(frozen=True, slots=True)
class Said:
    """What must not contradict. `outcome` is an HTTP status, or whether it failed (0, 1), None where it is not known. `size` is the
    number of words of a command, 0 where that is not known; `query` the query of a URL, None where it is not known; `port` the
    client's, 0 where it is not known.
    """

    outcome: int | None = None
    size: int = 0
    query: str | None = None
    port: int = 0

    def without_port(self) -> Said:
        return replace(self, port=0)

    def agrees(self, other: Said) -> bool:
        if self.outcome is not None and other.outcome is not None and self.outcome != other.outcome:
            return False
        if self.size and other.size and self.size != other.size:
            return False
        if self.query is not None and other.query is not None and self.query != other.query:
            return False
        return not (self.port and other.port and self.port != other.port)


def of_exchange(exchange: Exchange) -> tuple[Kind, Said] | None:
    """None for what no span stands for."""
    dependency, question, answer = exchange.connection.dependency, exchange.question, exchange.answer
    match question:
        case HttpRequest():
            path, query = _path(question.target)
            status = answer.status if isinstance(answer, HttpResponse) and not exchange.incomplete else None
            if dependency is None:
                return (None, question.method, path), Said(status, query=query, port=exchange.connection.client.port)
            return (dependency, question.method, path), Said(status, query=query)
        case SqlStatement():
            failed = int(answer.error is not None) if isinstance(answer, SqlResult) else None
            return (dependency, "sql", _statement(question.text)), Said(failed)
        case RedisCommand(arguments=arguments) if arguments:
            failed = int(answer.value.kind in ("error", "bulk error")) if isinstance(answer, RedisReply) else None
            name = arguments[0][:64].split(b" ", 1)[0].upper().decode("latin-1")
            return (dependency, "redis", name), Said(failed, size=len(arguments))
        case OpaqueBytes() | RedisCommand():
            return None


def of_span(span: Span, peers: Peers) -> Iterator[tuple[Kind, Said]]:
    """What it stands for: nothing, one exchange, or for a pipeline several."""
    if span.kind == "server":
        yield from _entry(span)
        return
    system = span.text("db.system.name", "db.system")
    if not system:
        yield from _call(span, peers)
        return
    text = span.text("db.query.text", "db.statement")
    dependency = peers.of(span, "redis" if system in REDIS_SYSTEMS else "postgresql")
    if not text or dependency is None:
        return
    if system in REDIS_SYSTEMS:
        for line in text.splitlines()[:MAX_COMMANDS]:
            words = _WORD.findall(line)
            if words:
                hidden = all(word == "?" for word in words[1:])
                yield (dependency, "redis", words[0].upper()), Said(int(span.failed), size=len(words) if hidden else 0)
    else:
        yield (dependency, "sql", _statement(text)), Said(int(span.failed))


def _entry(span: Span) -> Iterator[tuple[Kind, Said]]:
    method = span.text("http.request.method", "http.method")
    if not method:
        return
    path, query = _path(span.text("url.path", "http.target", "http.url"))
    known: str | None = query
    if "url.query" in span.attributes:
        known = unquote(span.text("url.query"))
    elif span.text("http.url"):
        known = _path(span.text("http.url"))[1]
    elif "?" not in span.text("http.target"):
        known = None
    status = span.number("http.response.status_code", "http.status_code") or None
    port = span.number("network.peer.port", "net.sock.peer.port", "client.port", "net.peer.port")
    yield (None, method, path), Said(status, query=known, port=port)


def _call(span: Span, peers: Peers) -> Iterator[tuple[Kind, Said]]:
    method, url = span.text("http.request.method", "http.method"), span.text("url.full", "http.url")
    dependency = peers.of(span, "http") if method and url else None
    if dependency is not None:
        path, query = _path(url)
        status = span.number("http.response.status_code", "http.status_code") or None
        yield (dependency, method, path), Said(status, query=None if "REDACTED" in url else query)


def _statement(text: str) -> str:
    """Without the casts by which some drivers say of what type a value is that they put in."""
    return _plain(read(text).canonical)


@lru_cache(maxsize=4096)
def _plain(canonical: str) -> str:
    return _CAST.sub("?", canonical)


def _path(target: str) -> tuple[str, str]:
    """The path and the query of a target or a URL, without what clients write now one way, now another."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return target, ""
    return unquote(parts.path) or "/", unquote(parts.query)


@dataclass(frozen=True, slots=True)
class Context:
    """`trace` and `span` are the ids that the caller gave; `sampled` is whether it records its own spans."""

    trace: str
    span: str
    sampled: bool


@dataclass(eq=False, slots=True)
class Claim:
    """A reading of `span`, until it is tied. A call that it stands for began after `start` and was answered before `end`; a request
    began before `start`.
    """

    span: Span
    said: Said
    start: int
    end: int
    early: int
    late: int

    @property
    def ordered(self) -> bool:
        """Whether this clock is good enough to see that a connection's next question came after this span's end."""
        return self.early < MS


@dataclass(eq=False, slots=True)
class Heard:
    """An exchange, or rather what of it is compared: when its question began, and when its answer did (HTTP) or was whole.

    `context` is the trace id and the span id that its bytes carry; `before` the moment by which the client had gone on to another
    question on `connection`, 0 where it is not known. `owners` are known once it was `solved`: one, several in doubt, or none.
    """

    connection: str
    kind: Kind
    said: Said
    start: int
    end: int
    context: Context | None = None
    before: int = 0
    solved: bool = False
    said_whole: tuple[Question, Answer | None] | None = None
    """Question and answer, until it is solved: two that are equal in both may change places."""
    owners: tuple[Owner, ...] = ()
    votes: list[tuple[tuple[Owner, ...], bool]] = field(default_factory=list)
    transaction: str = ""
    claimed: tuple[int, int] = (0, 0)
    """From when to when the spans say that it lasted, where it is certain which those are."""
    leader: Heard | None = None
    """The exchange for which this one was made ready, on the same connection: its owner is this one's."""
    following: Heard | None = None
    """What was asked next on the same database connection."""

    def claim(self, claim: Claim) -> None:
        start, end = self.claimed
        self.claimed = min(start or claim.start, claim.start), max(end, claim.end)

    def within(self, other: Heard) -> bool:
        """Whether it ran while the spans of `other` did."""
        return other.claimed[0] <= self.start and self.end <= other.claimed[1]


def claim(span: Span, said: Said) -> Claim:
    early, late = SLACK_NS.get(span.language, (OTHERS_SLACK_NS, OTHERS_SLACK_NS))
    start = span.started + early if span.kind == "server" else span.started - late
    return Claim(span, said, start, span.ended + early, early, late)


def heard(exchange: Exchange, kind: Kind, said: Said) -> Heard:
    over = max(exchange.started, exchange.asked, exchange.answered, exchange.ended)
    if isinstance(exchange.question, HttpRequest):
        over = exchange.answered or over
    found = Heard(exchange.connection.id, kind, said, exchange.started, over, context(exchange))
    found.said_whole = exchange.question, exchange.answer
    return found


def context(exchange: Exchange) -> Context | None:
    """From the traceparent of W3C Trace Context, in a header or a comment."""
    question = exchange.question
    text = ""
    if isinstance(question, HttpRequest):
        text = next((value for name, value in question.headers if name.lower() == "traceparent"), "")
    elif isinstance(question, SqlStatement) and "/*" in question.text:
        text = trace_comment(question.text).get("traceparent", "")
    match = _TRACEPARENT.fullmatch(text.strip()) if text else None
    return Context(match[1], match[2], bool(int(match[3], 16) & 1)) if match else None


def stands_for(late: int) -> Callable[[Claim, Heard], bool]:
    """Whether a client span may stand for a call. `late` is how much later than it was the tap may have taken an answer's time."""

    def fits(claim: Claim, call: Heard) -> bool:
        if claim.start > call.start or call.end > claim.end + late:
            return False
        if call.before and claim.ordered and claim.span.ended - claim.late > call.before:
            return False
        if call.context is not None and call.context.trace != claim.span.trace:
            return False
        return claim.said.agrees(call.said)

    return fits


def serves(entry: Heard, claim: Claim) -> bool:
    """Whether a server span may be the one of a request: it begins after the request does and before the response."""
    span = claim.span
    if entry.start > claim.start or span.started - claim.late > entry.end:
        return False
    if (
        entry.context is not None
        and span.parent
        and (span.trace, span.parent) != (entry.context.trace, entry.context.span)
    ):
        return False
    return claim.said.agrees(entry.said)
