from __future__ import annotations

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.tape import Tape
from flowtape.replay.verdict import Verdict, judge, report

OK = RedisReply(Resp("simple", "OK"))
CALLS = (
    RecordedCall("cache", RedisCommand((b"GET", b"a")), OK),
    RecordedCall("cache", RedisCommand((b"SET", b"a", b"1")), OK),
)


def judged(*commands: bytes, lines: tuple[str, ...] = (), refused: tuple[str, ...] = ()) -> Verdict:
    tape = Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), CALLS), Session())
    for command in commands:
        tape.ask("cache", RedisCommand(tuple(command.split())))
    return judge(lines, tape.recorded_effects(), tape.effects(), tape, refused)


def test_what_was_recorded_passes() -> None:
    assert judged(b"GET a", b"SET a 1") == Verdict("passed")


def test_a_read_that_is_no_longer_asked_is_a_note() -> None:
    verdict = judged(b"SET a 1")
    assert verdict.kind == "passed"
    assert verdict.notes == ("cache: never asked now: GET a",)


def test_a_difference_is_a_regression() -> None:
    assert judged(b"GET a", b"SET a 1", lines=("response.status: …",)).kind == "regression"
    assert judged(b"GET a").lines == ("missing   cache: SET a 1",)


def test_an_unknown_read_is_drift_and_an_unknown_write_a_regression() -> None:
    assert judged(b"GET b", b"SET a 1").kind == "drift"
    assert judged(b"GET a", b"SET a 2") == Verdict("regression", judged(b"GET a", b"SET a 2").lines, acceptable=True)
    assert not judged(b"GET a", b"SET a 1", b"DEL a").acceptable


def test_what_is_missed_in_a_loop_is_told_once_with_its_count() -> None:
    verdict = judged(b"GET b", b"GET c", b"GET d", b"STRLEN a", b"SET a 1")
    assert verdict.kind == "drift"
    assert [line.split("asked")[-1].strip() for line in verdict.lines if "asked  " in line] == ["GET b", "STRLEN a"]
    assert "  and the same with other values, 3 times in all: is it asked in a loop?" in verdict.lines


def test_a_read_over_its_budget_is_a_regression_that_the_test_s_own_assertions_do_not_show() -> None:
    verdict = judged(b"GET a", b"GET a", b"SET a 1")
    assert (verdict.kind, verdict.acceptable, verdict.untold) == ("regression", True, True)
    assert verdict.lines == ("too often cache: GET a\n          asked twice now, recorded once",)
    assert not judged(b"GET a", b"DEL a").untold


def test_a_refused_connection_is_drift() -> None:
    assert judged(b"GET a", b"SET a 1", refused=("x is no dependency",)).lines[0] == "x is no dependency"


def test_a_report_ends_with_what_to_do() -> None:
    text = report(judged(b"GET a", b"SET a 2"), "a.yaml", "pytest t.py", extra=["it said"])
    assert text.splitlines()[0] == "regression in a.yaml: the service does not do what it did"
    assert "it said" in text
    assert text.splitlines()[-1].endswith("pytest t.py --flowtape-accept")
    assert "flowtape generate" in report(judged(b"GET b"), "a.yaml", "pytest t.py").splitlines()[-1]
