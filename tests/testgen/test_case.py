"""From a flow to a case."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import pytest

from flowtape.capture.configuration import Dependency
from flowtape.capture.exchange import (
    HttpRequest,
    HttpResponse,
    RedisCommand,
    RedisReply,
    Resp,
)
from flowtape.capture.flow import Call, Evidence, Flow
from flowtape.replay.flowfile import Case, dump, parse
from flowtape.testgen.case import case_of

DEPENDENCIES = {
    "db": Dependency(protocol="postgresql", address="127.0.0.1:5432"),
    "payments": Dependency(protocol="http", address="https://payments.internal/v1"),
    "mail": Dependency(protocol="http", address="mail.internal:8025"),
}


def case(flow: Flow) -> Case:
    return case_of(flow, DEPENDENCIES)


A = "INSERT INTO t VALUES (1) RETURNING a"


def get(build: Any, started: float, took: float) -> Call:
    command = RedisCommand((b"GET", b"a"))
    found: Call = build.call("cache", command, RedisReply(Resp("null")), started, took)
    return found


def test_calls_that_were_under_way_together_are_counted(build: Any) -> None:
    calls = [get(build, 1, 10), get(build, 2, 10), get(build, 3, 3), get(build, 20, 1)]
    assert [call.overlaps for call in case(build.flow(*calls)).calls] == [0, 1, 2, 0]


def test_transaction_control_neither_overlaps_nor_parts(build: Any) -> None:
    calls = [get(build, 1, 10), build.sql("BEGIN", transaction="t", started=1.2), get(build, 2, 10)]
    assert [call.overlaps for call in case(build.flow(*calls)).calls] == [0, 1]


def test_http_calls_know_where_they_went(build: Any) -> None:
    request, response = HttpRequest("POST", "/charges"), HttpResponse(201)
    calls = [build.call(name, request, response) for name in ("payments", "mail", "unknown")]
    origins = [call.origin for call in case(build.flow(*calls, build.sql("SELECT 1"))).calls]
    assert origins == ["https://payments.internal", "http://mail.internal:8025", "http://127.0.0.1:9", ""]


def test_bodies_are_decoded_on_both_sides(build: Any) -> None:
    packed = (("Content-Encoding", "gzip"), ("Content-Length", "20"))
    call = build.call("payments", HttpRequest("GET", "/"), HttpResponse(200, "", packed, gzip.compress(b"paid")))
    flow = build.flow(call)
    flow = replace(flow, entry=replace(flow.entry, answer=HttpResponse(200, "", packed, gzip.compress(b"done"))))
    found = case(flow)
    assert found.response == HttpResponse(200, body=b"done")
    assert found.calls[0].answer == HttpResponse(200, body=b"paid")


def test_it_says_where_it_is_from(build: Any) -> None:
    sure, unsure = build.sql("SELECT 1"), build.sql("SELECT 2")
    sure = Call(sure.exchange, (Evidence("trace context", "", 1.0), Evidence("alone", "", 0.9)))
    unsure = Call(unsure.exchange, (Evidence("transaction", "", 0.7),))
    captured = case(build.flow(sure, unsure)).captured
    assert (captured.id, captured.service) == ("f0001", "shop 1.4.2")
    assert (captured.owner, captured.confidence) == ("alone, trace context, transaction", 0.7)
    alone = case(build.flow()).captured
    assert (alone.owner, alone.confidence) == ("", 1.0)


def test_a_flow_that_is_not_http_says_so(build: Any) -> None:
    flow = build.flow()
    for entry in (get(build, 1, 1).exchange, replace(flow.entry, answer=None)):
        with pytest.raises(TypeError, match="f0001"):
            case(replace(flow, entry=entry))


def test_a_case_can_be_written_and_read(build: Any) -> None:
    found = case(
        build.flow(
            build.sql("BEGIN", transaction="t"),
            build.sql(A, None, "'; DROP TABLE", "a\nb: !!python/object/apply:os.system [id]", transaction="t"),
            build.sql("COMMIT", transaction="t"),
            get(build, 2, 1),
            build.call("payments", HttpRequest("POST", "/c"), HttpResponse(402, body=b'{"error": "card_declined"}')),
        )
    )
    assert parse(*dump(found)) == found
