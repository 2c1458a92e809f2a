"""Which flows become tests."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import HttpRequest, HttpResponse, OpaqueBytes, RedisCommand, RedisReply, Resp
from flowtape.capture.flow import Flow
from flowtape.testgen.select import behaviour, choose, fingerprint, of

SELECT = "SELECT * FROM carts WHERE id = $1"


def test_equal_behaviour_is_taken_so_often_and_no_more(build: Any) -> None:
    flows = [build.flow(build.sql(SELECT, str(number)), asked=b'{"cart": %d}' % number) for number in range(5)]
    other = build.flow(build.sql(SELECT, "9"), status=404, body=b'{"error": "gone"}')
    selection = choose([*flows, other], 2)
    assert [[flow.id for flow in found] for found in selection.chosen.values()] == [["f0001", "f0002"], [other.id]]
    assert selection.alike == 3
    assert selection.problems == {}


def test_what_has_a_problem_is_counted_by_its_reason_and_left_out(build: Any) -> None:
    flows = [
        build.flow(problem="ambiguous: two requests at once"),
        build.flow(problem="ambiguous: another"),
        build.flow(problem="incomplete"),
    ]
    selection = choose(flows, 5)
    assert (selection.chosen, selection.alike) == ({}, 0)
    assert selection.problems == {"ambiguous": 2, "incomplete": 1}


def test_what_the_suite_has_counts(build: Any) -> None:
    first, second, third = (build.flow(build.sql(SELECT, "1")) for _ in range(3))
    assert choose([second], 1, {behaviour(first): 1}).alike == 1
    assert [*choose([first, second, third], 3, {behaviour(first): 1}, {first.id}).chosen.values()] == [(second, third)]


def _flow(build: Any, **different: Any) -> Flow:
    calls = different.pop("calls", [build.sql(SELECT, "1")])
    found: Flow = build.flow(*calls, **different)
    return found


@pytest.mark.parametrize(
    "different",
    [
        {"method": "PUT"},
        {"target": "/carts"},
        {"status": 200},
        {"body": b'{"id": "7"}'},
        {"body": b'{"id": 7, "at": null}'},
        {"body": b'{"id": true}'},
        {"body": b"[]"},
        {"body": b"plain"},
        {"body": b""},
        {"asked": b'{"cart": 1, "coupon": "X"}'},
        {"asked": b""},
    ],
)
def test_what_differs_in_what_it_did_is_another_behaviour(build: Any, different: dict[str, Any]) -> None:
    assert behaviour(_flow(build)) != behaviour(_flow(build, **different))


def test_other_calls_are_another_behaviour(build: Any) -> None:
    insert = build.sql("INSERT INTO orders VALUES ($1)", "1")
    select = build.sql(SELECT, "1")
    seen = [behaviour(build.flow(*calls)) for calls in ([], [select], [insert], [select, insert], [insert, select])]
    assert len(set(seen)) == 5


@pytest.mark.parametrize(
    "alike",
    [
        {"target": "/orders?page=2"},
        {"body": b'{"id":  8}'},
        {"body": b'{"id": 7.5}'},
        {"asked": b'{"cart": 99}'},
    ],
)
def test_values_and_spelling_make_no_other_behaviour(build: Any, alike: dict[str, Any]) -> None:
    assert behaviour(_flow(build)) == behaviour(_flow(build, **alike))


def test_the_same_question_put_differently_is_no_other_behaviour(build: Any) -> None:
    spelled = build.sql("select  *  from carts WHERE id=42 /* x */")
    assert behaviour(build.flow(build.sql(SELECT, "1"))) == behaviour(build.flow(spelled))


def test_how_often_a_loop_went_round_is_no_other_behaviour(build: Any) -> None:
    read, write = build.sql(SELECT, "1"), build.sql("INSERT INTO lines VALUES ($1)", "1")
    assert behaviour(build.flow(read, write, write, write)) == behaviour(build.flow(read, write))
    assert behaviour(build.flow(read, write, read, write)) == behaviour(build.flow(read, write))


def test_a_lists_length_is_no_shape_but_its_kinds_are(build: Any) -> None:
    def shape(data: object) -> str:
        return behaviour(build.flow(body=json.dumps(data).encode())).response

    assert shape([1, 2, 3]) == shape([7])
    assert shape([{"a": 1}, {"a": 2}]) == shape([{"a": 3}])
    assert shape([1, "x"]) != shape([1])
    assert shape([]) != shape([1])


def test_bodies_are_compared_beneath_their_coding() -> None:
    request = HttpRequest("GET", "/")
    body = b'{"id": 7}'
    plain = HttpResponse(200, "", (), body)
    packed = HttpResponse(200, "", (("Content-Encoding", "gzip"),), gzip.compress(body))
    assert of(request, plain, []) == of(request, packed, [])


def test_a_body_that_cannot_be_read_is_known_by_its_type() -> None:
    request = HttpRequest("GET", "/")
    bomb = gzip.compress(bytes(65 * 1024 * 1024), 9)
    coded = (("Content-Encoding", "gzip"), ("Content-Type", "text/html; charset=utf-8"))
    assert of(request, HttpResponse(200, "", coded, bomb), []).response == "text/html"
    assert of(request, HttpResponse(200, "", (), b"[" * 100_000), []).response == "bytes"
    assert of(request, HttpResponse(200, "", (), b"9" * 5000), []).response == "bytes"
    deeper = [json.dumps(json.loads("[" * depth + "]" * depth)).encode() for depth in (50, 60)]
    assert len({of(request, HttpResponse(200, "", (), body), []) for body in deeper}) == 1


def test_redis_keys_are_known_by_their_words() -> None:
    assert fingerprint("cache", RedisCommand((b"get", b"cart:42"))) == fingerprint(
        "cache", RedisCommand((b"GET", b"cart:7"))
    )
    assert fingerprint("cache", RedisCommand((b"GET", b"cart:42"))) != fingerprint(
        "cache", RedisCommand((b"GET", b"user:42"))
    )
    assert fingerprint("cache", RedisCommand((b"GET", b"x"))) != fingerprint("other", RedisCommand((b"GET", b"x")))
    assert fingerprint("cache", RedisCommand(())) != fingerprint("cache", RedisCommand((b"PING",)))
    assert fingerprint("x", OpaqueBytes(5)) == fingerprint("x", OpaqueBytes(6))


def test_other_services_are_asked_at_their_endpoints() -> None:
    assert fingerprint("p", HttpRequest("GET", "/c/1?x")) == fingerprint("p", HttpRequest("GET", "/c/2"))
    assert fingerprint("p", HttpRequest("GET", "/c/1")) != fingerprint("p", HttpRequest("POST", "/c/1"))


def test_a_flow_that_is_not_http_says_so(build: Any) -> None:
    flow = build.flow()
    reply = build.call("cache", RedisCommand((b"GET", b"a")), RedisReply(Resp("null"))).exchange
    with pytest.raises(TypeError, match="f0001"):
        behaviour(Flow(flow.id, "shop", "", reply))


@given(st.text(), st.binary(max_size=50), st.text())
def test_anything_has_a_behaviour(target: str, body: bytes, text: str) -> None:
    questions = [("db", RedisCommand((body, body)))]
    request = HttpRequest(text, target, ((text, text),), body)
    assert of(request, HttpResponse(200, text, (), body), questions) == of(
        request, HttpResponse(200, "", (), body), questions
    )
