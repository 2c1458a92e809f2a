from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flowtape.capture.correlate.saying import Saying, endpoint
from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisReply, Resp, SqlNotice, SqlResult


def asking(exchange: Any, question: Any) -> Saying:
    return Saying(replace(exchange, question=question))


def test_a_kind_is_a_question_without_its_values(traffic: Any) -> None:
    kinds = [
        [traffic.sql(0, 1, "SELECT a FROM t WHERE b = 1"), traffic.sql(0, 1, "select a from t where b = 2")],
        [traffic.sql(0, 1, "BEGIN"), traffic.sql(0, 1, "BEGIN ISOLATION LEVEL READ COMMITTED")],
        [traffic.redis(0, 1, b"GET", b"cart:1"), traffic.redis(0, 1, b"get", b"cart:2")],
        [traffic.redis(0, 1, b"GET", b"views:1")],
        [traffic.redis(0, 1, b"MGET", b"views:1"), traffic.redis(0, 1, b"MGET", b"views:1", b"views:2", b"views:3")],
        [traffic.redis(0, 1, b"MGET", b"views:1", b"cart:1")],
        [
            traffic.redis(0, 1, b"SET", b"cart:1", b'{"id":1,"items":[]}', b"EX", b"300"),
            traffic.redis(0, 1, b"SET", b"cart:2", b'{"id":2,"items":[{"product":7},{"product":8}]}'),
            traffic.redis(0, 1, b"SET", b"cart:2", b"2026-11-20 10:00:00: a sentence"),
        ],
        [traffic.redis(0, 1, b"SET", b"{user:1}:cart", b"1"), traffic.redis(0, 1, b"SET", b"{user:1}:cart", b"a:b")],
        [
            traffic.redis(0, 1, b"EVALSHA", b"a:1", b"1", b"cart:1"),
            traffic.redis(0, 1, b"EVALSHA", b"a:1", b"1", b"cart:1", b"x:y"),
        ],
        [traffic.redis(0, 1, b"PUBLISH", b"orders:1", b"a:b"), traffic.redis(0, 1, b"PUBLISH", b"orders:2", b"a:b:c")],
        [traffic.redis(0, 1, b"INFO"), traffic.redis(0, 1, b"INFO", b"a:b")],
        [traffic.sql(0, 1, "SELECT a FROM u WHERE b = 1")],
    ]
    found = [{Saying(exchange).kind for exchange in alike} for alike in kinds]
    assert [len(one) for one in found] == [1] * len(kinds)
    assert len({next(iter(one)) for one in found}) == len(kinds)


def test_the_route_of_a_dependency_is_not_guessed(traffic: Any) -> None:
    """EUR looks like a part of the route and is a value."""
    call = traffic.http(0, 1)
    assert (
        asking(call, HttpRequest("GET", "/rates/EUR/USD")).kind
        == asking(call, HttpRequest("GET", "/rates/USD/SEK")).kind
    )
    assert asking(call, HttpRequest("GET", "/charges/1/2")).kind != asking(call, HttpRequest("GET", "/rates/1/2")).kind


def test_an_endpoint_is_told_by_route_query_and_status(traffic: Any) -> None:
    def of(target: str, status: int = 200) -> str:
        return endpoint(replace(traffic.entry(0, 1), question=HttpRequest("GET", target), answer=HttpResponse(status)))

    assert of("/a/1?x=1&y=2") == of("/a/2?y=9&x=7")
    assert len({of("/a/1"), of("/a/1?x=1"), of("/a/1", 404), of("/b/1")}) == 4


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (HttpResponse(404), "404"),
        (RedisReply(Resp("null")), "nothing"),
        (RedisReply(Resp("bulk", b"")), "something"),
        (RedisReply(Resp("error", "ERR")), "error"),
        (SqlResult((), ((), (), ())), "2"),
        (SqlResult(None, (), "UPDATE 0"), "0"),
        (SqlResult(error=SqlNotice((("C", "23505"),))), "23505"),
        (None, ""),
    ],
)
def test_the_outcome_is_what_a_service_goes_on_by(traffic: Any, answer: Any, outcome: str) -> None:
    assert Saying(replace(traffic.sql(0, 1), answer=answer)).outcome == outcome


def test_equal_content_is_what_makes_no_difference(traffic: Any) -> None:
    first, again = traffic.http(0, 1, (("Date", "1"),)), traffic.http(5, 9, (("Date", "2"),))
    assert Saying(first).content == Saying(again).content
    assert Saying(traffic.sql(0, 1, "SELECT 1 /*route='a'*/")).content == Saying(traffic.sql(0, 1)).content
    assert Saying(replace(first, answer=HttpResponse(500))).content != Saying(first).content
    assert Saying(replace(traffic.sql(0, 1, "BEGIN"), isolation="serializable")).content != (
        Saying(traffic.sql(0, 1, "BEGIN")).content
    )
