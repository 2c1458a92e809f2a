"""A flow as lines for a reader: what was asked, when, and what came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from flowtape.capture.exchange import (
    Answer,
    Exchange,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
    Value,
)
from flowtape.replay.printable import lines, printable

BODY = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """`title` is one line; `details` may have several each. All of it can be printed as it is, as plain text."""

    title: str
    details: tuple[str, ...] = ()


def moment(at: int) -> str:
    """`at`, ns since the epoch, in UTC to the millisecond."""
    try:
        return f"{datetime.fromtimestamp(at // 10**9, UTC):%Y-%m-%d %H:%M:%S}.{at // 10**6 % 1000:03d}"
    except (OverflowError, ValueError, OSError):
        return f"{at} ns"


def span(exchange: Exchange, since: int) -> str:
    """When it started, from `since`, and how long it took: "+1.2 ms, 3.4 ms"."""
    took = f"{(exchange.ended - exchange.started) / 1e6:.1f} ms" if exchange.ended else "no answer"
    return f"+{(exchange.started - since) / 1e6:.1f} ms, {took}"


def asked(question: Question) -> str:
    """A question in one line."""
    match question:
        case HttpRequest():
            return printable(f"{question.method} {question.target}")
        case SqlStatement():
            return printable(" ".join(question.text.split()))
        case RedisCommand():
            return printable(" ".join(_value(argument) for argument in question.arguments))
        case OpaqueBytes():
            return f"{question.length} bytes"


def answered(answer: Answer | None) -> str:
    """An answer in one line."""
    match answer:
        case None:
            return "no answer"
        case HttpResponse():
            return printable(f"{answer.status} {answer.reason}".rstrip())
        case SqlResult():
            return _result(answer)
        case RedisReply():
            return printable(_reply(answer.value))
        case OpaqueBytes():
            return f"{answer.length} bytes"


def details(exchange: Exchange) -> tuple[str, ...]:
    """What is inside: bodies, parameters, rows."""
    found: list[str] = []
    question, answer = exchange.question, exchange.answer
    if isinstance(question, SqlStatement) and question.parameters:
        found.append(f"parameters: {printable(', '.join(_value(value) for value in question.parameters), BODY)}")
    if isinstance(question, HttpRequest) and question.body:
        found.append(f"sent: {_body(question.body)}")
    if isinstance(answer, SqlResult) and answer.columns:
        found.append(f"columns: {printable(', '.join(column.name for column in answer.columns))}")
        found += [f"row: {printable(', '.join(_value(value) for value in row))}" for row in answer.rows[:5]]
        if len(answer.rows) > 5:
            found.append(f"and {len(answer.rows) - 5} rows more")
    if isinstance(answer, HttpResponse) and answer.body:
        found.append(f"got: {_body(answer.body)}")
    if exchange.incomplete:
        found.append(f"incomplete: {printable(exchange.incomplete)}")
    return tuple(found)


def _result(answer: SqlResult) -> str:
    if answer.error is not None:
        return printable(f"error {answer.error.field('C')}: {answer.error.field('M')}")
    return printable(answer.tag or (f"{len(answer.rows)} rows" if answer.columns is not None else "done"))


def _value(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        try:
            return value[:BODY].decode()
        except UnicodeDecodeError:
            return f"0x{value[:32].hex()}{'…' if len(value) > 32 else ''}"
    return value[:BODY]


def _reply(value: Resp, depth: int = 0) -> str:
    held = value.value
    if isinstance(held, tuple):
        inner: Iterable[str] = (_reply(item, depth + 1) for item in held[:10]) if depth < 5 else ("…",)
        return f"[{', '.join(inner)}{', …' if len(held) > 10 else ''}]"
    if isinstance(held, str | bytes):
        return ("-" if value.kind in ("error", "bulk error") else "") + _value(held)
    return "nil" if held is None else str(held)


def _body(body: bytes) -> str:
    try:
        return lines(body[:BODY].decode(), BODY) + ("…" if len(body) > BODY else "")
    except UnicodeDecodeError:
        return f"{len(body)} bytes"
