from __future__ import annotations

from typing import Any

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.testgen.causes import BROKEN, MISSING_CALL, NOT_ITS_OWN, ORDER, STATE, UNDECLARED, UNKNOWN, Cause, Problem
from flowtape.testgen.failures import failed, first_lines, missing, never_asked

LEARNED = Problem(UNKNOWN, "response.status", "recorded 200, at replay 500")


@pytest.mark.parametrize(
    ("text", "cause", "path"),
    [
        ('E   response.json.word: recorded "same", got "other"', STATE, "response.json.word"),
        (
            "drift in a.yaml: flowtape\nE cache was asked what the record does not hold:\nE   asked  GET a",
            MISSING_CALL,
            "cache",
        ),
        ("E NotRecordedError: mail was asked what the record does not hold (above)", MISSING_CALL, "mail"),
        ("E   order     db: INSERT a; db: INSERT b", ORDER, "db"),
        ("E   missing   db: INSERT INTO a", STATE, "db"),
        ("E drift in a.yaml\nE 10.0.0.1:80 was refused", UNDECLARED, ""),
        ("E broken: a.yaml could not be replayed", BROKEN, ""),
        ("something else", UNKNOWN, ""),
    ],
)
def test_a_failure_has_its_cause_and_its_place(text: str, cause: Cause, path: str) -> None:
    found = failed(text)
    assert (found.cause, found.path) == (cause, path)
    assert found.detail


def test_a_run_that_asked_in_vain_explains_what_differs() -> None:
    note = "db was asked what the record does not hold:\n  asked  SELECT 1"
    seen = {"calls": [{"recorded": 0, "note": ""}, {"recorded": None, "note": note}], "refused": []}
    assert missing(seen, LEARNED) == Problem(MISSING_CALL, "response.status", note)
    assert missing({"calls": [], "refused": ["10.0.0.1:80"]}, LEARNED) == Problem(
        UNDECLARED, "response.status", "10.0.0.1:80"
    )
    assert missing({"calls": []}, LEARNED) is None


def test_a_reason_is_a_few_lines() -> None:
    assert first_lines("\n".join(f"E  {n}" for n in range(99))).splitlines() == [str(n) for n in range(8)]


def test_a_recorded_effect_that_no_run_asked_for_is_another_flows() -> None:
    calls = (
        RecordedCall("cache", RedisCommand((b"GET", b"a")), None),
        RecordedCall("cache", RedisCommand((b"DEL", b"a")), None),
        RecordedCall("cache", RedisCommand((b"DEL", b"b")), None),
    )
    case = Case(Captured(1), HttpRequest("GET", "/"), HttpResponse(200), calls)
    runs: list[dict[str, Any]] = [{"calls": [{"recorded": 1}, {"recorded": None}]}, {"calls": [{"recorded": 2}]}]
    assert never_asked(case, runs) is None
    problem = never_asked(case, runs[:1])
    assert problem is not None
    assert str(problem) == "calls[2]: recorded `DEL b` of cache, and asked for in no replay"
    assert problem.cause is NOT_ITS_OWN
