"""Records of every kind, for the tests of the recording."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import (
    Address,
    Column,
    Connection,
    Exchange,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    RedisCommand,
    RedisReply,
    Resp,
    SqlNotice,
    SqlResult,
    SqlStatement,
)
from flowtape.capture.flow import Call, Evidence, Flow, Outside
from flowtape.capture.recording import Counts, Record

CLIENT = Address("10.0.0.9", 40000)
ENTRY = Connection("c1", CLIENT, Address("10.0.0.1", 80))
DB = Connection("c2", CLIENT, Address("10.0.0.2", 5432), "db", "db.internal")


def sql() -> Exchange:
    result = SqlResult(
        columns=(Column("id", 23), Column("e'; \u2028", 25, 8)),
        rows=(("1", "ana"), (None, b"\x00\xff")),
        tag="SELECT 2",
        notices=(SqlNotice((("S", "NOTICE"), ("M", "x"))),),
        transaction="active",
    )
    statement = SqlStatement("SELECT * FROM t WHERE a = $1", ("7", None, b"\xfe"), (23, 0, 17), copy_in=b"1\n")
    return Exchange(DB, "postgresql", statement, result, 5, 6, 7, 8, transaction="tx1")


def redis() -> Exchange:
    value = Resp(
        "map",
        (
            Resp("bulk", b"k"),
            Resp("array", (Resp("integer", -5), Resp("null"), Resp("boolean", True), Resp("double", "inf"))),
        ),
    )
    return Exchange(DB, "redis", RedisCommand((b"GET", b"\xff")), RedisReply(value), 5, 6, 7, 8)


def http(body: bytes = b'{"a": 1}') -> Exchange:
    request = HttpRequest("POST", "/orders?a=b", (("Host", "x"), ("X", "\xff")), body, trailers=(("T", "1"),))
    return Exchange(ENTRY, "http1", request, HttpResponse(201, "Created", (("A", "b"),), body), 1, 2, 9, 10)


def flow(number: int = 0, body: bytes = b"{}") -> Flow:
    evidence = (Evidence("trace context", "traceparent", 1.0),)
    return Flow(f"f{number}", "shop", "1.4", http(body), (Call(sql(), evidence), Call(redis())), "")


@pytest.fixture
def records() -> list[Record]:
    opaque = Exchange(DB, "opaque", OpaqueBytes(7), None, 1, 1, 0, 1, session=True, incomplete="not heard")
    return [
        flow(),
        Outside(opaque, "session"),
        Outside(sql(), "background"),
        Counts(12, "run", {"flows.heard": 3, "late": 0}, {"ambiguous": 2}),
    ]
