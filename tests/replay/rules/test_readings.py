"""What else a recorded call answers, and that it is used up by it."""

from __future__ import annotations

from flowtape.capture.exchange import (
    Column,
    HttpRequest,
    HttpResponse,
    Question,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.index import Recorded
from flowtape.replay.match import asked
from flowtape.replay.rules.readings import answer_to, asked_otherwise, readings
from flowtape.replay.shapes import Shape, Uuid
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape

ONE, TWO = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", "00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69"
COLUMNS = (Column("id", 23), Column("name", 25))


def recorded(call: RecordedCall) -> Recorded:
    return Recorded(0, call, asked(call.question), {})


def tape(*calls: RecordedCall, **variables: Shape) -> Tape:
    return Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls, variables), Session())


def select(text: str, *parameters: str) -> RecordedCall:
    return RecordedCall("db", SqlStatement(text, parameters), SqlResult(COLUMNS, (("1", "ann"),), "SELECT 1"))


def test_a_statement_is_read_without_its_list_and_used_up_with_the_whole() -> None:
    whole = recorded(select("SELECT id, name FROM users"))
    (reading,) = readings(whole, lambda _: [])
    question = SqlStatement("SELECT name FROM users")
    assert asked_otherwise(question, asked(question)) is not None
    assert answer_to(reading, question) == SqlResult(COLUMNS[1:], (("ann",),), "SELECT 1")
    reading.use(())
    assert whole.used


def test_a_whole_that_is_used_has_no_readings_left() -> None:
    whole = recorded(select("SELECT id, name FROM users"))
    (reading,) = readings(whole, lambda _: [])
    whole.use(())
    assert reading.used
    (late,) = readings(whole, lambda _: [])
    assert late.used


def test_what_has_no_answer_or_is_not_understood_has_no_reading() -> None:
    unanswered = RecordedCall("db", SqlStatement("SELECT id FROM users"), None)
    strange = select("SELECT id name x FROM FROM a")
    http = RecordedCall("shop", HttpRequest("GET", "/"), HttpResponse(200))
    for call in (unanswered, strange, http):
        assert list(readings(recorded(call), lambda _: [])) == []
    question: Question = HttpRequest("GET", "/")
    assert asked_otherwise(question, asked(question)) is None


def test_a_recorded_read_is_not_answered_twice_for_two_lists() -> None:
    found = tape(select("SELECT id, name FROM users"))
    assert not isinstance(found.ask("db", SqlStatement("SELECT name FROM users")), Miss)
    assert isinstance(found.ask("db", SqlStatement("SELECT id FROM users")), Miss)
    assert not found.never_asked()


def test_variables_are_bound_by_what_is_read_otherwise() -> None:
    insert = RecordedCall(
        "db", SqlStatement("INSERT INTO users (id, name) VALUES ($1, $2) RETURNING id, name", ("$id", "ann")),
        SqlResult(COLUMNS, (("$id", "ann"),), "INSERT 0 1"),
    )  # fmt: skip
    found = tape(insert, select("SELECT id, name FROM users WHERE id = $1", "$id"), id=Uuid())
    answer = found.ask(
        "db", SqlStatement("INSERT INTO users (name, id) VALUES ($1, $2) RETURNING id AS number", ("ann", ONE))
    )
    assert answer == SqlResult((Column("number", 23),), ((ONE,),), "INSERT 0 1")
    assert isinstance(found.ask("db", SqlStatement("SELECT name FROM users WHERE id = $1", (TWO,))), Miss)
    assert not isinstance(found.ask("db", SqlStatement("SELECT name FROM users WHERE id = $1", (ONE,))), Miss)
    assert found.effects() == found.recorded_effects()


def test_a_write_of_one_value_of_a_list_is_the_same_effect() -> None:
    delete = RecordedCall(
        "db", SqlStatement("DELETE FROM users WHERE id = $1 AND name IN ($2)", ("$id", "ann")), SqlResult(tag="DELETE 1")
    )  # fmt: skip
    read = select("SELECT id, name FROM users WHERE id = $1", "$id")
    found = tape(read, delete, id=Uuid())
    assert not isinstance(found.ask("db", SqlStatement("SELECT id, name FROM users WHERE id IN ($1)", (ONE,))), Miss)
    other = SqlStatement("DELETE FROM users WHERE name = $1 AND id = ANY($2)", ("ann", f"{{{TWO}}}"))
    assert isinstance(found.ask("db", other), Miss)
    assert found.effects() != found.recorded_effects()
    again = tape(read, delete, id=Uuid())
    assert not isinstance(again.ask("db", SqlStatement("SELECT id, name FROM users WHERE id IN ($1)", (ONE,))), Miss)
    same = SqlStatement("DELETE FROM users WHERE name = $1 AND id = ANY($2)", ("ann", f"{{{ONE}}}"))
    assert not isinstance(again.ask("db", same), Miss)
    assert again.effects() == again.recorded_effects()


def test_a_write_that_returns_something_else_is_the_same_effect_and_another_value_is_another() -> None:
    insert = RecordedCall(
        "db", SqlStatement("INSERT INTO users (id, name) VALUES ($1, $2) RETURNING id", ("1", "ann")),
        SqlResult(COLUMNS[:1], (("1",),), "INSERT 0 1"),
    )  # fmt: skip
    same = tape(insert)
    assert not isinstance(same.ask("db", SqlStatement("INSERT INTO users (name, id) VALUES ('ann', 1)")), Miss)
    assert same.effects() == same.recorded_effects()
    other = tape(insert)
    assert isinstance(other.ask("db", SqlStatement("INSERT INTO users (name, id) VALUES ('bob', 1)")), Miss)
    assert other.effects() != other.recorded_effects()
