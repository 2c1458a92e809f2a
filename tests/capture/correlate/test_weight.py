from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowtape.capture.correlate.weight import weight
from flowtape.capture.exchange import HttpResponse, RedisReply, Resp, SqlResult, SqlStatement


def test_what_is_large_weighs_as_much(traffic: Any) -> None:
    size = 1_000_000
    answers = [
        replace(traffic.entry(0, 1), answer=HttpResponse(200, body=bytes(size))),
        replace(traffic.sql(0, 1), answer=SqlResult(rows=((bytes(size), None),))),
        replace(traffic.sql(0, 1), answer=SqlResult(copy_out=bytes(size))),
        replace(traffic.sql(0, 1), question=SqlStatement("x", ("y" * size,)), answer=None),
        replace(traffic.redis(0, 1), answer=RedisReply(Resp("array", (Resp("bulk", bytes(size)),)))),
        traffic.redis(0, 1, bytes(size)),
    ]
    for exchange in answers:
        assert size <= weight(exchange) < 1.1 * size


def test_a_reply_nested_deeper_than_the_stack_is_weighed(traffic: Any) -> None:
    value = Resp("null")
    for _ in range(5000):
        value = Resp("array", (value,))
    assert weight(replace(traffic.redis(0, 1), answer=RedisReply(value))) > 5000
