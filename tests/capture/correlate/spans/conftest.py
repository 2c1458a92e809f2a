"""A service's exchanges and the spans that it says them with, by their times in milliseconds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from flowtape.capture.correlate.spans.peers import Peer, Peers
from flowtape.capture.exchange import (
    Address,
    Connection,
    Exchange,
    Headers,
    HttpRequest,
    HttpResponse,
    RedisCommand,
    RedisReply,
    Resp,
    SqlNotice,
    SqlResult,
    SqlStatement,
)
from flowtape.capture.span import Span, SpanKind

MS = 1_000_000
BASE = 1_790_000_000_000 * MS
SERVER = Address("127.0.0.1", 8000)
PEERS = (
    Peer("db", "postgresql", 5432, frozenset({"db.internal", "127.0.0.1"})),
    Peer("cache", "redis", 6379, frozenset({"127.0.0.1"})),
    Peer("payments", "http", 8001, frozenset({"127.0.0.1"})),
)


class Service:
    """Makes exchanges and spans. Connections have a name of their own unless one is given."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.peers = Peers(PEERS)

    def at(self, ms: float) -> int:
        return BASE + int(ms * MS)

    def _exchange(self, protocol: str, started: float, ended: float, connection: Connection, **rest: Any) -> Exchange:
        first, last = self.at(started), self.at(ended)
        return Exchange(connection, protocol, started=first, asked=first, answered=last, ended=last, **rest)

    def _connection(self, dependency: str | None, port: int, name: str = "", client: int = 40_000) -> Connection:
        return Connection(
            name or f"c{next(self._numbers)}", Address("127.0.0.1", client), Address("127.0.0.1", port), dependency
        )

    def entry(
        self, started: float, ended: float, target: str = "/orders?page=2", *, port: int = 40_000, headers: Headers = ()
    ) -> Exchange:
        question, answer = HttpRequest("GET", target, headers), HttpResponse(200)
        connection = self._connection(None, 8000, client=port)
        return self._exchange("http1", started, ended, connection, question=question, answer=answer)

    def http(
        self, started: float, ended: float, target: str = "/charges", *, status: int = 200, headers: Headers = ()
    ) -> Exchange:
        question, answer = HttpRequest("POST", target, headers), HttpResponse(status)
        return self._exchange(
            "http1", started, ended, self._connection("payments", 8001), question=question, answer=answer
        )

    def sql(
        self,
        started: float,
        ended: float,
        text: str = "SELECT a FROM t WHERE id = $1",
        *,
        on: str = "",
        failed: bool = False,
        tx: str = "",
        describe: bool = False,
    ) -> Exchange:
        error = SqlNotice((("C", "23505"),)) if failed else None
        return self._exchange(
            "postgresql",
            started,
            ended,
            self._connection("db", 5432, on),
            question=SqlStatement(text, describe=describe),
            answer=SqlResult(error=error),
            transaction=tx,
        )

    def redis(self, started: float, ended: float, *words: bytes, failed: bool = False) -> Exchange:
        reply = RedisReply(Resp("error", "ERR") if failed else Resp("null"))
        question = RedisCommand(words or (b"GET", b"k"))
        return self._exchange("redis", started, ended, self._connection("cache", 6379), question=question, answer=reply)

    def span(
        self,
        number: int,
        started: float,
        ended: float,
        attributes: Mapping[str, str | int],
        *,
        parent: int = 0,
        trace: int = 0,
        kind: SpanKind = "client",
        **rest: Any,
    ) -> Span:
        """`parent` 0 is none; `trace` is the hundreds of `number` unless it is given."""
        return Span(
            trace=f"{trace or number // 100 + 1:032x}",
            id=f"{number:016x}",
            parent=f"{parent:016x}" if parent else "",
            kind=kind,
            name="a span",
            started=self.at(started),
            ended=self.at(ended),
            language=rest.pop("language", "python"),
            attributes=attributes,
            **rest,
        )

    def server(self, number: int, started: float, ended: float, target: str = "/orders?page=2", **rest: Any) -> Span:
        port = rest.pop("port", 40_000)
        attributes: dict[str, str | int] = {"http.method": "GET", "http.target": target, "http.status_code": 200}
        return self.span(
            number, started, ended, attributes | ({"net.peer.port": port} if port else {}), kind="server", **rest
        )

    def asks_sql(self, number: int, started: float, ended: float, **rest: Any) -> Span:
        text = rest.pop("text", "SELECT a FROM t WHERE id = %s")
        attributes = {"db.system": "postgresql", "db.statement": text, "net.peer.port": 5432}
        return self.span(number, started, ended, attributes, **rest)

    def asks_redis(self, number: int, started: float, ended: float, text: str = "GET ?", **rest: Any) -> Span:
        return self.span(number, started, ended, {"db.system": "redis", "db.statement": text}, **rest)

    def asks_http(self, number: int, started: float, ended: float, **rest: Any) -> Span:
        attributes = {
            "http.request.method": "POST",
            "url.full": "http://127.0.0.1:8001/charges",
            "http.response.status_code": rest.pop("status", 200),
        }
        return self.span(number, started, ended, attributes, **rest)


@pytest.fixture(scope="session")
def service() -> Service:
    return Service()
