from __future__ import annotations

from flowtape.capture.exchange import Column, RedisCommand, RedisReply, Resp, SqlNotice, SqlResult, SqlStatement
from flowtape.replay.flowfile import RecordedCall, Session
from flowtape.replay.index import Index, Recorded, indexed
from flowtape.replay.match import asked

SELECT = "SELECT name FROM users WHERE id = $1"
ROWS = SqlResult((Column("name", 25),), (("a",),), "SELECT 1")
FAILED = SqlResult(error=SqlNotice((("C", "57014"),)))


def recorded(index: int, id_: str, answer: SqlResult | None = ROWS, **open_: str) -> Recorded:
    call = RecordedCall("db", SqlStatement(SELECT, (id_,)), answer)
    return Recorded(index, call, asked(call.question), dict(open_))


def found(index: Index, id_: str) -> list[int]:
    return [each.index for row in index.find("db", asked(SqlStatement(SELECT, (id_,)))) for each in row]


def test_a_question_finds_the_calls_that_ask_the_same_in_their_order() -> None:
    index = Index()
    for at, id_ in enumerate(["1", "2", "1"]):
        index.add(recorded(at, id_))
    assert found(index, "1") == [0, 2]
    assert found(index, "3") == []
    assert not list(index.find("other", asked(SqlStatement(SELECT, ("1",)))))


def test_a_call_with_a_variable_is_found_whatever_stands_in_its_place() -> None:
    index = Index()
    index.add(recorded(0, "1"))
    index.add(recorded(1, "$user", id="$user"))
    assert found(index, "1") == [0, 1]
    assert found(index, "2") == [1]


def test_a_shape_is_learned_from_the_call_that_tells_most() -> None:
    index = Index()
    for at, answer in enumerate([None, FAILED, ROWS, FAILED]):
        index.add(recorded(at, "1", answer))
    assert [call.answer for call in index.shapes.values()] == [ROWS]


def test_a_session_is_read_once() -> None:
    session = Session((RecordedCall("cache", RedisCommand((b"PING",)), RedisReply(Resp("simple", "PONG"))),))
    assert indexed(session) is indexed(session)
