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
    SqlNotice,
    SqlResult,
    SqlStatement,
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


def transacted(build: Any, *texts: str, answers: dict[str, SqlResult] | None = None) -> dict[str, bool | None]:
    """For each statement in `texts`, all of one transaction, whether it counts as committed."""
    calls = []
    for number, text in enumerate(texts):
        call = build.sql(text, transaction="t1", started=number)
        if text in (answers or {}):
            call = Call(replace(call.exchange, answer=(answers or {})[text]), call.evidence)
        calls.append(call)
    found = case(build.flow(*calls))
    assert {one.transaction for one in found.calls} <= {1}
    return {
        one.question.text.split()[-1]: one.committed for one in found.calls if isinstance(one.question, SqlStatement)
    }


A, B, C = (f"INSERT INTO t VALUES (1) RETURNING {name}" for name in "abc")
REFUSED = SqlResult(error=SqlNotice((("S", "ERROR"), ("C", "3B001"))))


def test_what_was_committed_is(build: Any) -> None:
    assert transacted(build, "BEGIN", A, B, "COMMIT") == {"a": True, "b": True}
    assert transacted(build, "BEGIN", A, "END") == {"a": True}


def test_what_was_rolled_back_is_not(build: Any) -> None:
    assert transacted(build, "BEGIN", A, B, "ROLLBACK") == {"a": False, "b": False}


def test_what_did_not_end_in_the_flow_is_neither(build: Any) -> None:
    assert transacted(build, "BEGIN", A) == {"a": None}
    assert transacted(build, A) == {"a": None}


@pytest.mark.parametrize("answer", [SqlResult(tag="ROLLBACK"), REFUSED])
def test_a_commit_that_failed_committed_nothing(build: Any, answer: SqlResult) -> None:
    assert transacted(build, "BEGIN", A, "COMMIT", answers={"COMMIT": answer}) == {"a": False}


def test_a_savepoint_takes_back_what_came_after_it(build: Any) -> None:
    assert transacted(build, "BEGIN", A, "SAVEPOINT s", B, "ROLLBACK TO SAVEPOINT s", C, "COMMIT") == {
        "a": True,
        "b": False,
        "c": True,
    }


def test_an_outer_savepoint_takes_back_what_inner_ones_hold(build: Any) -> None:
    texts = ["BEGIN", "SAVEPOINT outer_", A, 'SAVEPOINT "inner"', B, "ROLLBACK TO outer_", C, "COMMIT"]
    assert transacted(build, *texts) == {"a": False, "b": False, "c": True}


def test_a_released_savepoint_is_none_any_more(build: Any) -> None:
    nested = ["BEGIN", "SAVEPOINT s", A, "SAVEPOINT s", B, "RELEASE SAVEPOINT s", "ROLLBACK TO s", C, "COMMIT"]
    assert transacted(build, *nested) == {"a": False, "b": False, "c": True}
    released = ["BEGIN", "SAVEPOINT s", A, "RELEASE s", B, "COMMIT"]
    assert transacted(build, *released) == {"a": True, "b": True}


def test_a_savepoint_can_be_gone_back_to_twice(build: Any) -> None:
    texts = ["BEGIN", A, "SAVEPOINT s", B, "ROLLBACK TO s", C, "ROLLBACK TO s", "COMMIT"]
    assert transacted(build, *texts) == {"a": True, "b": False, "c": False}


def test_a_savepoint_that_nobody_set_takes_nothing_back(build: Any) -> None:
    assert transacted(build, "BEGIN", A, "ROLLBACK TO s", "COMMIT", answers={"ROLLBACK TO s": REFUSED}) == {"a": True}
    assert transacted(build, A, "ROLLBACK TO s", "COMMIT") == {"a": True}
    texts = ["BEGIN", "SAVEPOINT s", A, "RELEASE s", "COMMIT"]
    assert transacted(build, *texts, answers={"RELEASE s": REFUSED}) == {"a": True}


def test_transactions_are_numbered_and_their_control_is_no_call(build: Any) -> None:
    found = case(
        build.flow(
            build.sql("BEGIN", transaction="x"),
            build.sql(A, transaction="x"),
            build.sql("SELECT 1"),
            build.sql("BEGIN", transaction="y"),
            build.sql(B, transaction="y"),
            build.sql("COMMIT", transaction="x"),
            build.sql("ROLLBACK", transaction="y"),
        )
    )
    assert [(call.transaction, call.committed) for call in found.calls] == [(1, True), (None, None), (2, False)]


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
