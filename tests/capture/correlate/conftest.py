"""Exchanges of a service, by their times in milliseconds."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from flowtape.capture.exchange import (
    Address,
    Connection,
    Exchange,
    Headers,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)

MS = 1_000_000
BASE = 1_790_000_000_000 * MS
HERE = Address("10.0.0.1", 4000)


class Traffic:
    """Makes exchanges; each has a connection of its own, whose id tells them apart."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def at(self, ms: float) -> int:
        return BASE + int(ms * MS)

    def _exchange(
        self, started: float, ended: float, dependency: str | None, protocol: str, **rest: object
    ) -> Exchange:
        connection = Connection(f"c{next(self._numbers)}", HERE, Address("10.0.0.2", 80), dependency)
        first, last = self.at(started), self.at(ended)
        return Exchange(connection, protocol, started=first, asked=first, answered=last, ended=last, **rest)  # type: ignore[arg-type]

    def entry(self, started: float, ended: float, headers: Headers = (), answer: Headers = ()) -> Exchange:
        question, reply = HttpRequest("GET", "/a", headers), HttpResponse(200, "OK", answer)
        return self._exchange(started, ended, None, "http1", question=question, answer=reply)

    def http(self, started: float, ended: float, headers: Headers = ()) -> Exchange:
        question = HttpRequest("POST", "/secret", headers)
        return self._exchange(started, ended, "payments", "http1", question=question, answer=HttpResponse(200))

    def sql(self, started: float, ended: float, text: str = "SELECT 1", tx: str = "", state: str = "") -> Exchange:
        result = SqlResult(tag="SELECT 1", transaction=state or ("active" if tx else "idle"))
        return self._exchange(
            started, ended, "db", "postgresql", question=SqlStatement(text), answer=result, transaction=tx
        )

    def redis(self, started: float, ended: float, *arguments: bytes, tx: str = "") -> Exchange:
        return self._exchange(
            started,
            ended,
            "cache",
            "redis",
            question=RedisCommand(arguments or (b"GET", b"k")),
            answer=RedisReply(Resp("null")),
            transaction=tx,
        )

    def session(self, started: float, ended: float) -> Exchange:
        return replace(self.sql(started, ended, "SELECT pg_catalog.version()"), session=True)

    def opaque(self, started: float, ended: float) -> Exchange:
        return self._exchange(
            started, ended, "db", "opaque", question=OpaqueBytes(5), answer=OpaqueBytes(6), incomplete="not understood"
        )


@pytest.fixture(scope="session")
def traffic() -> Traffic:
    return Traffic()
