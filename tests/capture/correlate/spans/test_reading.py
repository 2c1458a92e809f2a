from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flowtape.capture.correlate.spans.reading import (
    Context,
    Kind,
    Said,
    claim,
    context,
    heard,
    of_exchange,
    of_span,
    serves,
    stands_for,
)
from flowtape.capture.exchange import Exchange, OpaqueBytes
from flowtape.capture.span import Span


def kinds(service: Any, span: Span) -> list[Kind]:
    return [kind for kind, _ in of_span(span, service.peers)]


def kind(exchange: Exchange) -> Kind:
    read = of_exchange(exchange)
    assert read is not None
    return read[0]


def fits(service: Any, span: Span, exchange: Exchange, late: int = 0) -> bool:
    (kind_of_span, said_of_span), *_ = of_span(span, service.peers)
    read = of_exchange(exchange)
    assert read is not None
    if kind_of_span != read[0]:
        return False
    test = serves if exchange.connection.dependency is None else None
    one, other = claim(span, said_of_span), heard(exchange, *read)
    return test(other, one) if test else stands_for(late)(one, other)


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("SELECT a FROM t WHERE id = %s AND b = %s", "SELECT a FROM t WHERE id = $1 AND b = $2"),
        ("SELECT a FROM t WHERE id = %(id)s", "SELECT a FROM t WHERE id = 42"),
        ("SELECT a FROM t WHERE id IN (%(a)s, %(b)s)", "SELECT a FROM t WHERE id IN (1, 2)"),
        (
            "INSERT INTO t VALUES (%(id)s::UUID, %(at)s)",
            "INSERT INTO t VALUES ('a'::uuid::UUID, '2026-01-01'::timestamptz)",
        ),
        ("select  a\nfrom t", "SELECT a FROM t /*traceparent='00-1-2-01'*/"),
    ],
)
def test_a_statement_is_the_same_however_the_driver_puts_its_values_in(service: Any, said: str, sent: str) -> None:
    assert kinds(service, service.asks_sql(1, 0, 1, text=said)) == [kind(service.sql(0, 1, sent))]


def test_another_statement_is_another(service: Any) -> None:
    assert kinds(service, service.asks_sql(1, 0, 1, text="SELECT b FROM t")) != [kind(service.sql(0, 1))]


def test_both_conventions_are_read(service: Any) -> None:
    new = {"db.system.name": "postgresql", "db.query.text": "SELECT a FROM t", "server.port": 5432}
    assert kinds(service, service.span(1, 0, 1, new)) == [kind(service.sql(0, 1, "SELECT a FROM t"))]


@pytest.mark.parametrize(
    ("text", "words", "agrees"),
    [
        ("GET ?", (b"get", b"cart:1"), True),
        ("SET ? ? ? ?", (b"SET", b"k", b"v", b"EX", b"60"), True),
        ("SET ? ?", (b"SET", b"k", b"v", b"EX", b"60"), False),
        ("SET k [1 other arguments]", (b"SET", b"k", b"v"), True),
        ("GET cart:1", (b"GET", b"cart:1"), True),
        ("DEL ?", (b"GET", b"cart:1"), False),
    ],
)
def test_a_command_is_told_by_its_name_and_by_how_many_words_are_hidden(
    service: Any, text: str, words: tuple[bytes, ...], *, agrees: bool
) -> None:
    assert fits(service, service.asks_redis(1, 0, 9, text), service.redis(1, 2, *words)) is agrees


def test_a_pipeline_stands_for_each_of_its_commands(service: Any) -> None:
    assert [name for *_, name in kinds(service, service.asks_redis(1, 0, 9, "INCRBY ? ?\nGET ?\n"))] == [
        "INCRBY",
        "GET",
    ]


@pytest.mark.parametrize(
    "attributes",
    [
        {"db.system": "postgresql"},
        {"db.system": "mongodb", "db.statement": "{}", "server.port": 27017},
        {},
        {"http.method": "GET"},
    ],
)
def test_what_says_too_little_or_of_another_stands_for_nothing(service: Any, attributes: dict[str, str | int]) -> None:
    assert kinds(service, service.span(1, 0, 1, attributes)) == []
    assert kinds(service, service.span(1, 0, 1, attributes, kind="server")) in ([], [(None, "GET", "/")])


def test_what_failed_and_what_did_not_are_not_the_same(service: Any) -> None:
    for failed in (False, True):
        for said in (False, True):
            assert fits(service, service.asks_sql(1, 0, 9, failed=said), service.sql(1, 2, failed=failed)) is (
                failed == said
            )
            assert fits(service, service.asks_redis(1, 0, 9, failed=said), service.redis(1, 2, failed=failed)) is (
                failed == said
            )
    assert not fits(service, service.asks_http(1, 0, 9, status=404), service.http(1, 2))
    assert fits(service, service.asks_sql(1, 0, 9, failed=True), replace(service.sql(1, 2), answer=None))


def test_a_call_lies_within_its_span(service: Any) -> None:
    span = service.asks_sql(1, 10, 20)
    times = {(11, 19): True, (10, 20): True, (9, 19): False, (11, 21): False}
    assert {each: fits(service, span, service.sql(*each)) for each in times} == times
    assert fits(service, span, service.sql(11, 21), late=2_000_000)


def test_a_clock_in_milliseconds_is_given_its_slack(service: Any) -> None:
    call = service.sql(10, 20)
    assert fits(service, service.asks_sql(1, 9, 19, language="nodejs"), call)
    assert not fits(service, service.asks_sql(1, 10.5, 20, language="nodejs"), call)
    assert fits(service, service.asks_sql(1, 11, 19, language="java"), call)
    assert not fits(service, service.asks_sql(1, 9, 19), call)
    assert not fits(service, service.asks_sql(1, 11, 21), call)


def test_a_request_may_seem_to_begin_after_its_span_by_a_clock_in_milliseconds(service: Any) -> None:
    assert fits(service, service.server(1, 10, 19, language="nodejs"), service.entry(10.9, 30))
    assert not fits(service, service.server(1, 10, 19), service.entry(10.9, 30))


def test_an_http_call_lasts_until_its_answer_begins(service: Any) -> None:
    """A client's span ends at the response's head: the body is read later."""
    call = replace(service.http(11, 15), ended=service.at(50))
    assert fits(service, service.asks_http(1, 10, 20), call)


def test_a_span_that_ends_after_its_connection_went_on_is_another_s(service: Any) -> None:
    (_, said), *_ = of_span(service.asks_sql(1, 0, 30), service.peers)
    call = heard(service.sql(1, 5), kind(service.sql(1, 5)), said)
    call.before = service.at(20)
    fit = stands_for(0)
    assert not fit(claim(service.asks_sql(1, 0, 30), said), call)
    assert fit(claim(service.asks_sql(1, 0, 19), said), call)
    assert fit(claim(service.asks_sql(1, 0, 21, language="nodejs"), said), call)


def test_a_request_is_known_by_its_client_s_port_and_its_target(service: Any) -> None:
    entry = service.entry(0, 30, "/orders/a%20b?page=2", port=40_001)
    target = {"target": "/orders/a b?page=2"}
    assert fits(service, service.server(1, 1, 29, port=40_001, **target), entry)
    assert fits(service, service.server(1, 1, 29, port=0, **target), entry)
    assert not fits(service, service.server(1, 1, 29, port=40_002, **target), entry)
    assert not fits(service, service.server(1, 1, 29, target="/orders/a b?page=3", port=40_001), entry)
    assert fits(service, service.server(1, 1, 90, port=40_001, **target), entry)  # it works on after the response
    assert not fits(service, service.server(1, 31, 90, port=40_001, **target), entry)


def test_the_conventions_of_today_tell_a_request_too(service: Any) -> None:
    new = {"http.request.method": "GET", "url.path": "/orders", "url.query": "page=2", "http.response.status_code": 200}
    assert fits(service, service.span(1, 1, 2, new | {"client.port": 40_000}, kind="server"), service.entry(0, 3))
    assert not fits(service, service.span(1, 1, 2, new | {"url.query": "page=3"}, kind="server"), service.entry(0, 3))
    assert not fits(
        service, service.span(1, 1, 2, new | {"http.response.status_code": 500}, kind="server"), service.entry(0, 3)
    )


def test_a_request_that_names_its_caller_is_that_caller_s_child(service: Any) -> None:
    headers = (("Traceparent", f"00-{7:032x}-{9:016x}-01"),)
    entry = service.entry(0, 30, headers=headers)
    assert context(entry) == Context(f"{7:032x}", f"{9:016x}", sampled=True)
    assert fits(service, service.server(1, 1, 2, parent=9, trace=7), entry)
    assert not fits(service, service.server(1, 1, 2, parent=8, trace=7), entry)
    assert fits(service, service.server(1, 1, 2), entry)  # a service that begins a trace of its own


def test_context_is_read_from_comments_and_nonsense_is_none(service: Any) -> None:
    text = f"SELECT 1 /*traceparent='00-{7:032x}-{9:016x}-00'*/"
    assert context(service.sql(0, 1, text)) == Context(f"{7:032x}", f"{9:016x}", sampled=False)
    assert context(service.entry(0, 1, headers=(("traceparent", "00-xyz"),))) is None


def test_what_nobody_reads_stands_for_nothing(service: Any) -> None:
    assert of_exchange(replace(service.sql(0, 1), question=OpaqueBytes(1), answer=OpaqueBytes(1))) is None


def test_nothing_known_contradicts_nothing() -> None:
    assert Said().agrees(Said(200, 3, "a", 1))
    assert Said(200, 3, "a", 1).agrees(Said(200, 3, "a", 1))
    for other in (Said(500), Said(size=4), Said(query=""), Said(port=2)):
        assert not Said(200, 3, "a", 1).agrees(other)
    assert Said(port=1).without_port().agrees(Said(port=2))
