from __future__ import annotations

import json

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp
from flowtape.replay.application.outcome import Outcome
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session, parse
from flowtape.replay.observation import observation, observed_case
from flowtape.replay.stage import Run
from flowtape.replay.tape import Tape
from flowtape.replay.verdict import Verdict


def run() -> Run:
    one = RecordedCall("cache", RedisCommand((b"GET", b"a")), RedisReply(Resp("bulk", b"1")), overlaps=1)
    case = Case(Captured(5), HttpRequest("GET", "/"), HttpResponse(200), (one,))
    ping = RecordedCall("cache", RedisCommand((b"PING",)), RedisReply(Resp("simple", "PONG")))
    tape = Tape(case, Session((ping,)), learning=True)
    for command in (b"PING", b"GET b", b"DEL c"):
        tape.ask("cache", RedisCommand(tuple(command.split())))
    return Run(case, tape, Outcome(HttpResponse(418, "", (), b"tea"), "it raised"))


def test_what_was_asked_is_told_and_the_session_is_not() -> None:
    found = observed_case(run())
    assert found.response.status == 418
    assert [call.question for call in found.calls] == [RedisCommand((b"GET", b"b")), RedisCommand((b"DEL", b"c"))]
    assert [call.answer for call in found.calls] == [RedisReply(Resp("bulk", b"1")), None]


def test_it_can_be_kept_as_json_and_read_back() -> None:
    done = run()
    data = json.loads(json.dumps(observation(done, "a.yaml", Verdict("regression", ("x",)))))
    assert parse(data["observed"], data["cassette"]) == observed_case(done)
    assert [(call["recorded"], call["learned"]) for call in data["calls"]] == [(0, True), (None, False)]
    assert (data["flow"], data["verdict"], data["lines"], data["error"]) == ("a.yaml", "regression", ["x"], "it raised")
