"""Statements run: by the record first, by the session's own state where it can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowtape.capture import sql
from flowtape.capture.exchange import Column, SqlNotice, SqlResult, SqlStatement
from flowtape.replay.protocols.postgresql.backend import Backend, Bound, complete, tag_of
from flowtape.replay.protocols.postgresql.errors import MISS_CODE, Refused

A = (Column("a", 23),)


def bound(text: str, *parameters: str) -> Bound:
    return Bound(text, sql.read(text), parameters)


@pytest.fixture
def backend(talk: Any) -> Callable[..., Backend]:
    def make(*exchanges: Any) -> Backend:
        made: Backend = talk(*exchanges).session.backend
        return made

    return make


def code(run: Callable[[], object]) -> str:
    with pytest.raises(Refused) as raised:
        run()
    return raised.value.notice.field("C")


def test_the_record_wins_over_the_servers_own_answer(backend: Any, recorded: Any) -> None:
    answer = SqlResult(A, (("5",),), "SELECT 1")
    assert backend(recorded(SqlStatement("SELECT 1"), answer, session=True)).run(bound("SELECT 1")) == answer
    assert backend().run(bound("SELECT 1")).rows == (("1",),)


def test_a_miss_is_refused_and_told(backend: Any) -> None:
    made = backend()
    assert code(lambda: made.run(bound("SELECT a FROM t"))) == MISS_CODE
    assert [question.text for question in made.source.misses] == ["SELECT a FROM t"]


def test_what_the_server_answers_itself_is_no_miss(backend: Any) -> None:
    made = backend()
    made.start([("user", "ann")])
    for text in ("BEGIN", "SET x = 1", "SHOW x", "SELECT version()", "COMMIT"):
        made.run(bound(text))
        made.done(bound(text))
    made.describe("SELECT version()", sql.read("SELECT version()"), ())
    assert made.source.misses == []
    assert made.source.ended == [("db-1", True)]


def test_questions_in_a_transaction_name_their_connection(backend: Any, recorded: Any) -> None:
    made = backend(*(recorded(SqlStatement("DELETE FROM t"), SqlResult(tag="DELETE 1")) for _ in range(2)))
    for text in ("DELETE FROM t", "BEGIN", "DELETE FROM t"):
        made.run(bound(text))
    assert [name for question, name in made.source.asked if question.text == "DELETE FROM t"] == ["", "db-1"]


def test_a_commit_that_failed_fails_again(backend: Any, recorded: Any) -> None:
    error = SqlNotice((("C", "23503"), ("M", "violates")))
    made = backend(recorded(SqlStatement("COMMIT"), SqlResult(error=error)))
    made.run(bound("BEGIN"))
    assert code(lambda: made.run(bound("COMMIT"))) == "23503"
    assert made.transaction.status == "I"
    assert made.source.ended == [("db-1", False)]


def test_the_recorded_start_up_is_told_and_the_client_may_change_it(backend: Any, recorded: Any) -> None:
    columns = (Column("name", 25), Column("setting", 25))
    rows = (("server_version", "12.3"), ("TimeZone", "Asia/Tokyo"))
    made = backend(recorded(SqlStatement("-- startup"), SqlResult(columns, rows), session=True))
    made.start([("user", "ann"), ("options", "-c search_path=x"), ("TimeZone", "UTC")])
    assert made.settings.reported() == [("server_version", "12.3"), ("TimeZone", "UTC")]
    assert made.settings.get("search_path") == "x"
    assert made.identity.database == "ann"


def test_settings_follow_what_succeeded(backend: Any) -> None:
    made = backend()
    made.done(bound("SELECT set_config($1, $2, false)", "TimeZone", "X"))
    assert made.settings.get("TimeZone") == "X"
    made.done(bound("SET TimeZone = 'Y'"))
    assert made.settings.changes() == [("TimeZone", "Y")]


def test_shapes_are_complete(backend: Any, recorded: Any) -> None:
    made = backend(recorded(SqlStatement("SELECT a FROM t WHERE b = $1", ("1",), (20,)), SqlResult(A, (), "SELECT 0")))
    text = "SELECT a FROM t x WHERE x.b = $1"
    assert made.describe(text, sql.read(text), ()).parameter_types == (20,)
    assert made.describe(text, sql.read(text), (23,)).parameter_types == (23,)
    assert made.describe(text, sql.read(text), (23,)).columns == A
    assert complete((0, 23), (20, 20), 3) == (20, 23, 25)


def test_a_described_statement_that_failed_fails_again(backend: Any, recorded: Any) -> None:
    error = SqlNotice((("C", "42703"), ("M", "no such column")))
    made = backend(recorded(SqlStatement("SELECT b FROM t", describe=True), SqlResult(error=error)))
    assert code(lambda: made.describe("SELECT b FROM t", sql.read("SELECT b FROM t"), ())) == "42703"


def test_declared_cursors_open_and_close(backend: Any, recorded: Any) -> None:
    made = backend(recorded(SqlStatement('FETCH FORWARD 5 FROM "it"'), SqlResult(A, (), "FETCH 0")))
    made.done(bound('DECLARE "it" CURSOR FOR SELECT a FROM t'))
    assert made.cursor_columns("it") == A
    made.done(bound("CLOSE it"))
    assert made.cursors == set()
    made.done(bound("DECLARE one CURSOR FOR SELECT 1"))
    made.done(bound("CLOSE ALL"))
    assert made.cursors == set()


def test_tags_count_what_was_sent() -> None:
    assert tag_of(SqlResult(A, (), "SELECT 9"), bound("SELECT a FROM t"), 2) == "SELECT 2"
    assert tag_of(SqlResult(A, (), ""), bound("SELECT a FROM t"), 2) == "SELECT 2"
    assert tag_of(SqlResult(None, (), "INSERT 0 3"), bound("INSERT INTO t VALUES (1)"), 0) == "INSERT 0 3"


def test_a_transaction_s_mode_is_told_to_the_source_and_to_whoever_asks(backend: Any) -> None:
    made = backend()
    made.start([("user", "ann"), ("default_transaction_read_only", "on")])
    told: list[str] = []
    for text in (
        "SHOW transaction_read_only",
        "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
        "SHOW transaction isolation level",
        "COMMIT",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE",
        "START TRANSACTION",
        "SET TRANSACTION READ ONLY",
        "ROLLBACK",
        "SHOW transaction isolation level",
    ):
        answer = made.run(bound(text))
        made.done(bound(text))
        told += [row[0] for row in answer.rows]
    assert told == ["on", "serializable", "repeatable read"]
    assert made.source.modes == ["serializable", "repeatable read, read only"]
