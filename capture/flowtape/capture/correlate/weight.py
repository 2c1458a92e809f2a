"""How much memory an exchange holds, near enough to bound what is kept of them."""

from __future__ import annotations

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

OBJECT = 64
EXCHANGE = 1024


def weight(exchange: Exchange) -> int:
    """In bytes, within a factor of about two."""
    answer = 0 if exchange.answer is None else _weight(exchange.answer)
    return EXCHANGE + _weight(exchange.question) + answer


def _weight(part: Question | Answer) -> int:
    match part:
        case HttpRequest() | HttpResponse():
            fields = (*part.headers, *part.trailers)
            return len(part.body) + sum(2 * OBJECT + len(name) + len(value) for name, value in fields)
        case SqlStatement():
            return len(part.text) + _values(part.parameters) + len(part.copy_in or b"")
        case SqlResult():
            rows = sum(_values(row) for row in part.rows)
            return rows + OBJECT * 4 * len(part.columns or ()) + len(part.copy_out or b"")
        case RedisCommand():
            return _values(part.arguments)
        case RedisReply():
            return _reply(part.value)
        case OpaqueBytes():
            return 0


def _values(values: tuple[Value, ...]) -> int:
    return sum(OBJECT + len(value or "") for value in values)


def _reply(value: Resp) -> int:
    """Without recursion: replies nest as deep as a server likes."""
    total, waiting = 0, [value]
    while waiting:
        held = waiting.pop().value
        total += 2 * OBJECT
        if isinstance(held, tuple):
            waiting.extend(held)
        elif isinstance(held, str | bytes):
            total += len(held)
    return total
