from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import (
    Column,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlNotice,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.shapes import Integer, Shape, Token, Uuid
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape

ONE, TWO = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", "00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69"
SELECT = "SELECT name FROM users WHERE id = $1"
INSERT = "INSERT INTO users (id, name) VALUES ($1, $2)"


def rows(*values: str) -> SqlResult:
    return SqlResult((Column("name", 25),), tuple((value,) for value in values), f"SELECT {len(values)}")


def read(id_: str, *values: str) -> RecordedCall:
    return RecordedCall("db", SqlStatement(SELECT, (id_,), (23,)), rows(*values))


def write(id_: str, name: str, transaction: int | None = None, committed: bool | None = None) -> RecordedCall:
    return RecordedCall(
        "db", SqlStatement(INSERT, (id_, name)), SqlResult(None, (), "INSERT 0 1"), transaction, committed
    )


def tape(
    *calls: RecordedCall, session: tuple[RecordedCall, ...] = (), learning: bool = False, **variables: Shape
) -> Tape:
    case = Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls, variables)
    return Tape(case, Session(session), learning=learning)


def test_equal_questions_are_answered_in_their_order() -> None:
    found = tape(read("1", "a"), read("1", "b"))
    assert found.ask("db", SqlStatement(SELECT, ("1",))) == rows("a")
    assert found.ask("db", SqlStatement("select name from users where id = 1")) == rows("b")


def test_a_read_is_repeated_until_something_is_written() -> None:
    found = tape(read("1", "a"), write("2", "b"))
    question = SqlStatement(SELECT, ("1",))
    assert found.ask("db", question) == found.ask("db", question) == rows("a")
    assert "asked again" in found.observed[-1].note
    assert [seen.again for seen in found.observed] == [False, True]
    found.ask("db", SqlStatement(INSERT, ("2", "b")))
    assert isinstance(found.ask("db", question), Miss)


def test_calls_that_differ_in_their_variables_alone_are_used_in_any_order() -> None:
    found = tape(write("$one", "x"), write("$two", "x"), write("$one", "x"), one=Uuid(), two=Uuid())
    for order in (ONE, TWO, ONE):
        assert not isinstance(found.ask("db", SqlStatement(INSERT, (order, "x"))), Miss)
    assert isinstance(found.ask("db", SqlStatement(INSERT, (TWO, "x"))), Miss)
    assert found.variables.bound == {"one": ONE, "two": TWO}


def test_an_earlier_transaction_of_a_connection_keeps_its_end() -> None:
    found = tape(write("1", "a", 1, True), write("2", "b", 2, False))
    found.ask("db", SqlStatement(INSERT, ("1", "a")), "c1")
    found.transaction_ended("db", "c1", committed=True)
    found.ask("db", SqlStatement(INSERT, ("2", "b")), "c1")
    assert not found.settled()
    found.transaction_ended("other", "c1", committed=True)
    assert not found.settled()
    found.transaction_ended("db", "c1", committed=False)
    assert found.settled()
    assert [effect.committed for effect in found.effects()] == [True, False]


def test_a_write_is_never_repeated() -> None:
    found = tape(write("2", "b"))
    assert not isinstance(found.ask("db", SqlStatement(INSERT, ("2", "b"))), Miss)
    again = found.ask("db", SqlStatement(INSERT, ("2", "b")))
    assert isinstance(again, Miss)
    assert "fewer times than it was asked" in again.text
    assert len(found.effects()) == 2


def test_the_session_answers_at_any_time_and_counts_for_nothing() -> None:
    found = tape(session=(RecordedCall("db", SqlStatement("SHOW x"), rows("1")), write("0", "session")))
    for _ in range(3):
        assert found.ask("db", SqlStatement("SHOW x")) == rows("1")
    found.ask("db", SqlStatement(INSERT, ("0", "session")))
    assert found.effects() == found.recorded_effects()
    assert not found.misses


def test_a_miss_names_the_nearest_call_and_what_differs() -> None:
    found = tape(read("1", "a"), write("2", "b"))
    answer = found.ask("db", SqlStatement(INSERT, ("2", "c")))
    assert isinstance(answer, Miss)
    assert "nearest   INSERT INTO users" in answer.text
    assert "name: recorded b, got c" in answer.text
    assert "id: " not in answer.text.split("differs", 1)[1]


def test_another_dependency_is_never_asked_for_an_answer() -> None:
    answer = tape(read("1", "a")).ask("other", SqlStatement(SELECT, ("1",)))
    assert isinstance(answer, Miss)
    assert "nothing like it (0 calls to other in this flow)" in answer.text


def test_what_a_server_offers_itself_is_no_miss_and_comes_last() -> None:
    found = tape(read("1", "a"))
    assert found.ask("db", SqlStatement(SELECT, ("1",)), otherwise=rows("own")) == rows("a")
    assert found.ask("db", SqlStatement("SELECT version()"), otherwise=rows("own")) == rows("own")
    assert not found.misses


def test_a_call_without_an_answer_is_a_miss() -> None:
    answer = tape(RecordedCall("cache", RedisCommand((b"GET", b"a")), None)).ask("cache", RedisCommand((b"GET", b"a")))
    assert isinstance(answer, Miss)
    assert "no answer" in answer.text


def test_a_variable_is_bound_by_a_question_and_put_into_the_next_answers() -> None:
    reply = RecordedCall("cache", RedisCommand((b"GET", b"u:$id")), RedisReply(Resp("bulk", b"is $id")))
    found = tape(write("$id", "a"), reply, write("$id", "b"), id=Uuid())
    assert not isinstance(found.ask("db", SqlStatement(INSERT, (ONE, "a"))), Miss)
    assert isinstance(found.ask("cache", RedisCommand((b"GET", f"u:{TWO}".encode()))), Miss)
    assert found.ask("cache", RedisCommand((b"GET", f"u:{ONE}".encode()))) == RedisReply(
        Resp("bulk", f"is {ONE}".encode())
    )
    assert isinstance(found.ask("db", SqlStatement(INSERT, (TWO, "b"))), Miss)
    assert not isinstance(found.ask("db", SqlStatement(INSERT, (ONE, "b"))), Miss)


def test_a_variable_of_the_wrong_shape_is_a_miss() -> None:
    found = tape(write("$id", "a"), id=Uuid())
    assert isinstance(found.ask("db", SqlStatement(INSERT, ("17", "a"))), Miss)
    assert found.variables.bound == {}


def test_a_write_carries_how_its_transaction_ended() -> None:
    found = tape(write("1", "a", 1, True), write("2", "b", 2, True), write("3", "c"))
    found.ask("db", SqlStatement(INSERT, ("3", "c")))
    found.ask("db", SqlStatement(INSERT, ("1", "a")), "c1")
    found.ask("db", SqlStatement(INSERT, ("2", "b")), "c2")
    assert not found.settled()
    found.transaction_ended("db", "c2", committed=False)
    found.transaction_ended("db", "c1", committed=True, isolation="serializable")
    assert [(seen.isolation, seen.ended) for seen in found.observed] == [("", None), ("serializable", 3), ("", 3)]
    assert found.settled()
    assert [effect.committed for effect in found.effects()] == [None, True, False]
    assert found.effects() != found.recorded_effects()


def test_a_learning_tape_answers_other_arguments_and_says_so() -> None:
    found = tape(read("1", "a"), write("2", "b"), learning=True)
    assert found.ask("db", SqlStatement(SELECT, ("9",))) == rows("a")
    assert [seen.learned for seen in found.observed] == [True]
    assert isinstance(found.ask("db", SqlStatement("SELECT 1 FROM other")), Miss)


def test_a_shape_is_told_and_nothing_used_up() -> None:
    found = tape(read("1", "a"))
    shape = found.shape("db", "select name from users where id = $1")
    assert not isinstance(shape, Miss)
    assert (shape.parameter_types, shape.columns) == ((23,), rows().columns)
    assert isinstance(found.shape("db", "SELECT other"), Miss)
    assert not found.misses
    assert found.never_asked() == [read("1", "a")]


@given(st.permutations(["1", "2", "3", "4"]))
def test_independent_calls_may_come_in_any_order(order: list[str]) -> None:
    found = tape(*(write(name, "x") for name in "1234"))
    for name in order:
        assert not isinstance(found.ask("db", SqlStatement(INSERT, (name, "x"))), Miss)
    assert found.effects() == found.recorded_effects()


def test_a_variable_in_a_path_may_look_like_a_word() -> None:
    call = RecordedCall("shop", HttpRequest("DELETE", "/tokens/$token"), HttpResponse(204))
    for text in ("abcdefgh", "12345678"):
        found = tape(call, token=Token(8, "alnum"))
        assert found.ask("shop", HttpRequest("DELETE", f"/tokens/{text}")) == HttpResponse(204)
    assert isinstance(
        tape(call, token=Token(8, "alnum"), learning=True).ask("shop", HttpRequest("DELETE", "/others/x")), Miss
    )


def test_a_read_is_answered_from_its_own_side_of_a_write() -> None:
    found = tape(read("1", "old"), write("1", "new"), read("1", "new"))
    question, insert = SqlStatement(SELECT, ("1",)), SqlStatement(INSERT, ("1", "new"))
    assert found.ask("db", question) == found.ask("db", question) == rows("old")
    found.ask("db", insert)
    assert found.ask("db", question) == rows("new")


def test_a_read_whose_answer_is_from_the_other_side_of_a_write_is_a_miss_that_says_so() -> None:
    found = tape(write("1", "new"), read("1", "new"))
    answer = found.ask("db", SqlStatement(SELECT, ("1",)))
    assert isinstance(answer, Miss)
    assert answer.text.endswith(
        "the record's answer is from after INSERT INTO users (id, name) VALUES ($1, $2)  [id = 1, name = new]"
    )
    found = tape(read("1", "old"), write("1", "new"))
    found.ask("db", SqlStatement(INSERT, ("1", "new")))
    answer = found.ask("db", SqlStatement(SELECT, ("1",)))
    assert isinstance(answer, Miss)
    assert "the record's answer is from before INSERT" in answer.text


def test_a_read_may_pass_a_write_of_other_rows() -> None:
    found = tape(write("2", "b"), read("1", "a"))
    assert found.ask("db", SqlStatement(SELECT, ("1",))) == rows("a")


def test_a_learning_tape_does_not_guess_across_a_write() -> None:
    found = tape(write("1", "new"), read("1", "new"), learning=True)
    assert isinstance(found.ask("db", SqlStatement(SELECT, ("1",))), Miss)


def test_a_write_that_fails_is_undone_in_a_transaction_or_without_one() -> None:
    failed = SqlResult(error=SqlNotice((("S", "ERROR"), ("C", "23503"), ("M", "no such user"))))
    question = SqlStatement(INSERT, ("1", "a"))
    in_transaction = tape(RecordedCall("db", question, failed, 1, committed=False))
    assert in_transaction.ask("db", question) == failed
    assert in_transaction.effects() == in_transaction.recorded_effects()
    succeeded = tape(write("1", "a", 1, committed=False))
    succeeded.ask("db", question)
    assert succeeded.effects() != succeeded.recorded_effects()


@pytest.mark.parametrize(
    "question",
    [
        lambda value: HttpRequest("POST", "/", (("content-type", "application/json"),), f'{{"n": {value}}}'.encode()),
        lambda value: RedisCommand((b"SET", b"k", f'{{"a": 1, "n": {value}}}'.encode())),
        lambda value: SqlStatement("INSERT INTO t (a, b) VALUES ($1, $2)", ("x", f'[{{"n":{value}}}]'), (25, 3802)),
    ],
)
def test_a_number_that_is_sent_as_a_text_or_a_text_as_a_number_is_a_miss(question: Callable[[str], Question]) -> None:
    """A JSON number's type belongs to its shape, wherever JSON is sent."""
    for template, recorded, others in (
        ("$n", "12345678", ('"12345678"', "12345678.0", "null", "true")),
        ("${n}", '"12345678"', ("12345678", "null")),
    ):
        case = Case(
            Captured(0),
            HttpRequest("GET", "/"),
            HttpResponse(200),
            (RecordedCall("d", question(f'"{template}"'), HttpResponse(200)),),
            {"n": Integer(8, "integer")},
        )
        assert isinstance(Tape(case, Session()).ask("d", question(recorded)), HttpResponse)
        for other in others:
            found = Tape(case, Session())
            assert isinstance(found.ask("d", question(other)), Miss), (template, other)
