from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from uuid import UUID

import pytest
from itsdangerous import TimestampSigner

from flowtape.capture.exchange import (
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.accept import NotAcceptableError, accepted
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.shapes import Duration, Integer, Pinned, Secrets, Signed, Token, Uuid
from flowtape.replay.tape import Tape

ONE = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69"
INSERT = "INSERT INTO orders (id, total) VALUES ($1, $2)"
JSON = (("content-type", "application/json"),)
CASE = Case(
    Captured(0),
    HttpRequest("POST", "/orders"),
    HttpResponse(201, "Created", (*JSON, ("date", "then")), b'{"id":"$id"}'),
    (
        RecordedCall("db", SqlStatement("SELECT 1 FROM t WHERE id = $1", ("1",)), SqlResult((), (), "SELECT 0")),
        RecordedCall("db", SqlStatement(INSERT, ("$id", "1"), (2950, 23)), SqlResult(None, (), "INSERT 0 1"), 1, True),
        RecordedCall("cache", RedisCommand((b"DEL", b"o:$id")), RedisReply(Resp("integer", 1))),
    ),
    {"id": Uuid()},
)
READ = SqlStatement("SELECT 1 FROM t WHERE id = 1")


def after(response: HttpResponse, *questions: tuple[str, Question], committed: bool = True) -> Case:
    tape = Tape(CASE, Session(), learning=True)
    for dependency, question in questions:
        tape.ask(dependency, question, "c1" if isinstance(question, SqlStatement) and "INSERT" in question.text else "")
    tape.transaction_ended("db", "c1", committed=committed)
    return accepted(CASE, tape, response)


def insert(total: str) -> tuple[str, Question]:
    return "db", SqlStatement(INSERT, (ONE, total))


DELETE: tuple[str, Question] = ("cache", RedisCommand((b"DEL", f"o:{ONE}".encode())))
SAME = HttpResponse(201, "", (*JSON, ("date", "now")), f'{{"id": "{ONE}"}}'.encode())


def test_what_did_not_change_stays_as_it_was() -> None:
    assert after(SAME, ("db", READ), insert("1"), DELETE) == CASE


def test_new_values_are_taken_and_variables_keep_their_names() -> None:
    changed = HttpResponse(200, "", JSON, f'{{"order": {{"id": "{ONE}"}}, "total": 2}}'.encode())
    found = after(changed, ("db", READ), insert("2"), DELETE)
    assert found.response == HttpResponse(200, "", (*JSON, ("date", "then")), b'{"order": {"id": "$id"}, "total": 2}')
    assert found.calls[1].question == SqlStatement(INSERT, ("$id", "2"), (2950, 23))
    assert found.calls[2] == CASE.calls[2]


def test_a_dropped_write_goes_and_a_read_stays() -> None:
    assert after(SAME, insert("1")).calls == CASE.calls[:2]


def test_how_a_transaction_ended_is_taken() -> None:
    assert after(SAME, ("db", READ), insert("1"), DELETE, committed=False).calls[1].committed is False


def test_a_read_that_is_asked_more_often_raises_its_budget() -> None:
    found = after(SAME, ("db", READ), ("db", READ), ("db", READ), insert("1"), DELETE)
    assert [call.budget for call in found.calls] == [3, 1, 1]


def test_a_lock_that_is_no_longer_taken_goes_and_a_mode_is_taken() -> None:
    lock = RecordedCall("db", SqlStatement("SELECT 1 FROM t FOR UPDATE"), SqlResult((), (), "SELECT 0"), 1)
    case = replace(CASE, calls=(lock, *CASE.calls))
    tape = Tape(case, Session(), learning=True)
    tape.ask(*insert("1"), "c1")
    tape.transaction_ended("db", "c1", committed=True, isolation="serializable")
    tape.ask(*DELETE)
    found = accepted(case, tape, SAME)
    assert found.calls == (CASE.calls[0], replace(CASE.calls[1], isolation="serializable"), CASE.calls[2])


@pytest.mark.parametrize(
    "question", [("db", SqlStatement("SELECT 2 FROM u")), ("cache", RedisCommand((b"SET", b"a", b"b"))), ("db", SqlStatement("SELECT 1 FROM t WHERE id = 2"))]
)  # fmt: skip
def test_what_has_no_recorded_answer_is_not_acceptable(question: tuple[str, Question]) -> None:
    with pytest.raises(NotAcceptableError, match="flowtape generate"):
        after(SAME, question, insert("1"), DELETE)


def test_what_is_pinned_stays_pinned_and_lists_that_are_gone_are_unordered_no_more() -> None:
    pinned = {"id": Pinned(ONE, Uuid()), "other": Uuid()}
    case = replace(CASE, variables=pinned, response=HttpResponse(201, "Created", JSON, b'{"id":"$id","tags":["a"],"old":["a"]}'),
                   unordered=("response.json.tags", "response.json.old"))  # fmt: skip
    tape = Tape(case, Session(), learning=True)
    for dependency, question in (("db", READ), insert("1"), DELETE):
        tape.ask(dependency, question)
    found = accepted(case, tape, HttpResponse(201, "", JSON, f'{{"id": "{ONE}", "tags": ["b"]}}'.encode()))
    assert (found.variables, found.unordered) == (pinned, ("response.json.tags",))
    assert found.response.body == b'{"id": "$id", "tags": ["b"]}'


def test_lengths_and_escapes_around_a_variable_stay_true() -> None:
    for type_, before, now in (
        ("application/x-protobuf", b"\x0a\x03$id\x10\x01", b"\x0a\x24" + ONE.encode() + b"\x10\x02"),
        ("application/x-www-form-urlencoded", b"id=$id&n=1", f"id={ONE}&n=2".encode()),
    ):
        headers = (("content-type", type_),)
        case = replace(CASE, calls=(), response=HttpResponse(200, "", headers, before))
        found = accepted(case, Tape(case, Session(), learning=True), HttpResponse(200, "", headers, now))
        assert found.response.body == before[:-1] + now[-1:]


def test_a_number_keeps_its_name_as_a_number_and_a_text_as_a_text() -> None:
    shapes = {"n": Integer(8, "integer")}
    case = replace(CASE, calls=(), response=HttpResponse(200, "", JSON, b'{"n": "$n"}'), variables=shapes)
    tape = Tape(case, Session(), learning=True)
    now = HttpResponse(200, "", JSON, b'{"n": 12345678, "s": "12345678", "t": "no 12345678", "m": 5}')
    assert accepted(case, tape, now).response.body == b'{"n": "$n", "s": "${n}", "t": "no $n", "m": 5}'


def test_a_short_value_keeps_its_name_in_its_place_and_gets_none_elsewhere() -> None:
    elapsed = Duration("ms", json="integer")
    question = SqlStatement("INSERT INTO timings (ms, n) VALUES ($1, $2)", ("$took", "7"), (23, 23))
    call = RecordedCall("db", question, SqlResult(None, (), "INSERT 0 1"))
    before = HttpResponse(200, "", JSON, b'{"took": "$took", "items": [{"ms": "$took"}], "n": 7}')
    case = replace(CASE, calls=(call,), response=before, variables={"took": elapsed})
    tape = Tape(case, Session(), learning=True)
    tape.ask("db", replace(question, parameters=("12", "12")), "")
    now = HttpResponse(200, "", JSON, b'{"took": 12, "items": [{"ms": 12, "n": 12}, {"ms": 12}], "n": 12}')
    found = accepted(case, tape, now)
    assert json.loads(found.response.body) == {
        "took": "$took", "items": [{"ms": "$took", "n": 12}, {"ms": 12}], "n": 12,
    }  # fmt: skip
    (kept,) = found.calls
    assert kept.question == replace(question, parameters=("$took", "12"))


def test_a_token_that_claims_something_else_is_accepted_with_what_it_claims() -> None:
    def cookie(n: int, user: int) -> str:
        content = {"user_id": user, "nonce": str(UUID(int=n, version=4)), "seen": ["a"] * user}
        return str(TimestampSigner("replay").sign(b64encode(json.dumps(content).encode())).decode())

    shape = Signed("starlette session", '{"user_id":7,"nonce":"$nonce"}', verified=True)
    header = ("Set-Cookie", "session=$session; Path=/; expires=$until")
    shapes = {"session": shape, "nonce": Uuid(4), "until": Token(5, "digits")}
    before = HttpResponse(200, "", (header,), b"")
    case = replace(CASE, calls=(), response=before, variables=shapes)
    for now in (("Set-Cookie", f"session={cookie(n, 2)}; Path=/; expires=1234{n}") for n in (1, 2)):
        tape = Tape(case, Session(), learning=True, secrets=Secrets(key="replay"))
        found = accepted(case, tape, HttpResponse(200, "", (now,), b""))
        assert found.response.headers == (header,)
        claims = '{"user_id":2,"nonce":"$nonce","seen":["a","a"]}'
        assert found.variables == {**shapes, "session": shape.claiming(claims)}
