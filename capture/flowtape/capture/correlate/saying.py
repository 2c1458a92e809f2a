"""A call, or a request, as the grammar sees it: of what kind it is, what values it holds, and when two say the same.

All of it is worked out when it is first asked for: most exchanges are decided without.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import parse_qsl

from flowtape.capture.correlate.values import Places, answered, asked, named, query, rare
from flowtape.capture.exchange import (
    Exchange,
    Headers,
    HttpRequest,
    HttpResponse,
    RedisCommand,
    RedisReply,
    SqlResult,
    SqlStatement,
)
from flowtape.capture.route import IDENTIFIER, segments, template
from flowtape.capture.sql import read, split_comment

MAX_NAMES: Final = 8
_NUMBERED: Final = frozenset({"date", "traceparent", "tracestate"})
"""Headers that number messages: those that differ in nothing else say the same."""


class Saying:
    """`exchange` under the grammar's eyes."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    @cached_property
    def kind(self) -> str:
        """The dependency, and the question without its values."""
        return f"{self.exchange.connection.dependency or ''} {_kind(self.exchange)}"

    @cached_property
    def asked(self) -> Places:
        return asked(self.exchange.question)

    @cached_property
    def named(self) -> frozenset[str]:
        """The rare values that it asks with."""
        return rare((self.asked,))

    @cached_property
    def answered(self) -> Places:
        return answered(self.exchange.answer)

    @cached_property
    def outcome(self) -> str:
        """What sort of answer came: what a service goes on by."""
        match self.exchange.answer:
            case HttpResponse(status=status):
                return str(status)
            case SqlResult(error=error, rows=rows, columns=columns, tag=tag):
                if error is not None:
                    return error.field("C")
                return str(min(len(rows), 2)) if columns is not None else tag.rpartition(" ")[2][:1]
            case RedisReply(value=value):
                return "nothing" if value.value is None else "error" if "error" in value.kind else "something"
            case _:
                return ""

    @cached_property
    def content(self) -> int:
        """Equal where question and answer are: exchanges between which it makes no difference which one is whose."""
        question, answer = self.exchange.question, self.exchange.answer
        if isinstance(question, HttpRequest):
            question = replace(question, headers=_lasting(question.headers))
        elif isinstance(question, SqlStatement):
            begins = self.kind.endswith(" begin")  # a new connection may spell the default mode out
            text = f"BEGIN {self.exchange.isolation}" if begins else split_comment(question.text)[0]
            question = replace(question, text=text)
        if isinstance(answer, HttpResponse):
            answer = replace(answer, headers=_lasting(answer.headers))
        return hash((self.exchange.connection.dependency, question, answer))


def endpoint(entry: Exchange) -> str:
    """The method, the route, the names in the query, and the status of a request."""
    status = entry.answer.status if isinstance(entry.answer, HttpResponse) else 0
    target = entry.question.target if isinstance(entry.question, HttpRequest) else ""
    names = sorted({name for name, _ in parse_qsl(query(target))}) if "?" in target else []
    return f"{_kind(entry)} {'&'.join(names[:MAX_NAMES])} {status}"


def _kind(exchange: Exchange) -> str:
    match exchange.question:
        case SqlStatement(text=text):
            statement = read(text)
            return statement.transaction_control or statement.fingerprint
        case HttpRequest(method=method, target=target):
            return _route(method, target) if exchange.connection.dependency is None else _resource(method, target)
        case RedisCommand(arguments=arguments):
            return _command(arguments)
        case _:
            return exchange.protocol


@lru_cache(maxsize=4096)
def _route(method: str, target: str) -> str:
    return f"{method} {template(target)}"


def _resource(method: str, target: str) -> str:
    """The first segment, and how many there are: of a dependency's path nobody knows which segments are values, so that all of
    them are (see `values.asked`).
    """
    parts = segments(target)
    return f"{method} {'/'.join(parts[:2])} {len(parts)}"


def _command(arguments: tuple[bytes, ...]) -> str:
    """The command and the patterns of its keys: however many there are of one, and whatever else is said."""
    patterns = dict.fromkeys(_pattern(key) for _, key in named(arguments))
    return " ".join([arguments[0][:40].upper().decode("latin-1") if arguments else "", *patterns])


@lru_cache(maxsize=4096)
def _pattern(key: str) -> str:
    return ":".join("?" if IDENTIFIER.fullmatch(part) else part for part in key.split(":")) if ":" in key else "?"


def _lasting(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in _NUMBERED)
