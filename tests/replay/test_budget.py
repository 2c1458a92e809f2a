"""What a flow may read, and how often."""

from __future__ import annotations

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp, SqlResult, SqlStatement
from flowtape.replay.budget import overruns
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape

SELECT = "SELECT name FROM users WHERE id = $1"
ROWS = SqlResult((), (), "SELECT 0")


def read(id_: str, budget: int = 1) -> RecordedCall:
    return RecordedCall("db", SqlStatement(SELECT, (id_,)), ROWS, budget=budget)


def tape(*calls: RecordedCall, session: tuple[RecordedCall, ...] = ()) -> Tape:
    return Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls), Session(session))


def asked(found: Tape, *ids: str) -> list[str]:
    for id_ in ids:
        assert not isinstance(found.ask("db", SqlStatement(SELECT, (id_,))), Miss)
    return overruns(found)


def test_what_was_recorded_is_within_its_budget() -> None:
    assert asked(tape(read("1"), read("2"), read("1")), "1", "2", "1") == []
    assert asked(tape(read("1"), read("2")), "2") == []


def test_a_statement_that_is_asked_once_more_is_too_much_and_says_how_often() -> None:
    assert asked(tape(read("1")), "1", "1") == [
        "too often db: SELECT name FROM users WHERE id = $1  [id = 1]\n          asked twice now, recorded once"
    ]
    (line,) = asked(tape(read("1"), read("2")), "1", "2", *"2222")
    assert "[id = 2]" in line
    assert line.endswith("asked 6 times now, recorded twice")


def test_one_call_may_be_asked_again_for_another_of_its_statement_that_is_not_asked() -> None:
    assert asked(tape(read("1"), read("2")), "1", "1") == []


def test_a_budget_in_the_flow_file_allows_more() -> None:
    assert asked(tape(read("1", budget=3)), *"111") == []
    (line,) = asked(tape(read("1", budget=3)), *"1111")
    assert line.endswith("asked 4 times now, its budget is 3")


def test_what_the_session_answers_costs_nothing() -> None:
    found = tape(read("1"), session=(RecordedCall("db", SqlStatement("SELECT 1"), ROWS),))
    for _ in range(9):
        found.ask("db", SqlStatement("SELECT 1"))
        found.ask("db", SqlStatement(SELECT, (), (), describe=True), otherwise=ROWS)
        found.ask("db", SqlStatement("SHOW TimeZone"), otherwise=ROWS)
    assert asked(found, "1") == []


def test_paths_are_statements_of_their_own() -> None:
    calls = [RecordedCall("rates", HttpRequest("GET", path), HttpResponse(200)) for path in ("/eur", "/usd")]
    found = tape(*calls)
    for path in ("/eur", "/eur"):
        assert not isinstance(found.ask("rates", HttpRequest("GET", path)), Miss)
    assert [line.splitlines()[0] for line in overruns(found)] == ["too often rates: GET /eur"]


def test_a_cache_that_is_asked_again_and_again_is_counted() -> None:
    found = tape(RecordedCall("cache", RedisCommand((b"GET", b"a")), RedisReply(Resp("null"))))
    for _ in range(3):
        found.ask("cache", RedisCommand((b"GET", b"a")))
    assert overruns(found) == ["too often cache: GET a\n          asked 3 times now, recorded once"]
