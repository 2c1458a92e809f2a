"""The transactions of a flow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

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
from flowtape.capture.flow import Call, Flow
from flowtape.replay.flowfile import Case, dump, parse
from flowtape.testgen.case import case_of


def case(flow: Flow) -> Case:
    return case_of(flow, {})


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


def test_what_says_the_mode_is_no_call_and_the_calls_have_it(build: Any) -> None:
    texts = ["BEGIN", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", A, "SELECT 1", "COMMIT", "SET LOCAL x = 1"]
    calls = [build.sql(text, transaction="t") for text in texts]
    calls = [Call(replace(call.exchange, isolation="serializable"), call.evidence) for call in calls]
    found = case(build.flow(*calls))
    assert [(call.transaction, call.isolation) for call in found.calls[:2]] == [
        (1, "serializable"),
        (None, "serializable"),
    ]
    assert len(found.calls) == 3
    assert parse(*dump(found)) == found


def test_a_lock_knows_its_transaction_and_a_plain_read_does_not(build: Any) -> None:
    texts = ["BEGIN", "SELECT a FROM t FOR UPDATE", "SELECT a FROM t", A, "ROLLBACK"]
    found = case(build.flow(*(build.sql(text, transaction="t") for text in texts)))
    assert [(call.transaction, call.committed) for call in found.calls] == [(1, None), (None, None), (1, False)]


def around(build: Any, *, end: str = "COMMIT", within: str = "t") -> list[tuple[str, int | None, int | None]]:
    """A charge and a cache write before COMMIT, the same after it: what each knows of it."""

    def charge(at: float) -> Call:
        found: Call = build.call("payments", HttpRequest("POST", "/charges"), HttpResponse(201), at, 1)
        return found

    def forget(at: float) -> Call:
        found: Call = build.call("cache", RedisCommand((b"DEL", b"a")), RedisReply(Resp("integer", 1)), at, 1)
        return found

    def look(at: float) -> Call:
        found: Call = build.call("payments", HttpRequest("GET", "/rates"), HttpResponse(200), at, 1)
        return found

    found = case(
        build.flow(
            build.sql("BEGIN", transaction=within, started=0),
            build.sql(A, transaction=within, started=10),
            charge(20),
            forget(30),
            look(40),
            build.sql(end, transaction=within, started=50),
            charge(60),
            forget(70),
            look(80),
        )
    )
    assert parse(*dump(found)) == found
    return [(call.dependency, call.before_commit, call.after_commit) for call in found.calls]


def test_writes_elsewhere_know_on_which_side_of_a_commit_they_were(build: Any) -> None:
    assert around(build) == [
        ("db", None, None),
        ("payments", 1, None),
        ("cache", None, None),
        ("payments", None, None),
        ("payments", None, 1),
        ("cache", None, 1),
        ("payments", None, None),
    ]


def test_nothing_is_said_of_a_rollback_or_of_a_transaction_of_reads(build: Any) -> None:
    assert {(before, after) for _, before, after in around(build, end="ROLLBACK")} == {(None, None)}
    assert {(before, after) for _, before, after in around(build, within="")} == {(None, None)}


def test_what_was_under_way_at_the_commit_is_on_neither_side(build: Any) -> None:
    found = case(
        build.flow(
            build.sql(A, transaction="t", started=10),
            build.call("payments", HttpRequest("POST", "/charges"), HttpResponse(201), 20, 40),
            build.sql("COMMIT", transaction="t", started=50),
        )
    )
    assert [(call.before_commit, call.after_commit) for call in found.calls] == [(None, None)] * 2
