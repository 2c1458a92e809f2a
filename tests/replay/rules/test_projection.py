"""What a record holds of a question that asks for other columns: exactly what a real PostgreSQL answers it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.capture.sql.rules.pairs import SCHEMA
from tests.replay.rules.projections import HELD, HELD_WHERE_KNOWN, NOT_HELD, NOT_HELD_WHERE_KNOWN

from flowtape.capture.exchange import Column, HttpRequest, HttpResponse, SqlNotice, SqlResult, SqlStatement
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.rules.projection import projected
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape

DATA = """
INSERT INTO users VALUES (1, 'ann', 'a@x', 2, NULL, 'A'), (2, 'Bob', 'b@x', 3, 1, NULL), (3, NULL, NULL, 2, 1, 'C'), (4, 'ann', 'd@x', 2, NULL, 'A');
INSERT INTO orders VALUES (1, 1, 4.50, 'new', '{a,b}'), (2, 2, 3, 'paid', NULL), (3, 1, NULL, 'new', '{c}'), (4, 3, 3, NULL, '{}');
"""


@pytest.fixture(scope="module")
def connection(postgresql_server: Any) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgresql_server.url) as connection:
        connection.execute("SET search_path TO pg_temp, public")
        connection.execute((SCHEMA.replace("CREATE TABLE", "CREATE TEMP TABLE") + DATA).encode())
        connection.commit()
        yield connection


def answered(connection: psycopg.Connection[Any], text: str) -> SqlResult:
    """What PostgreSQL answers, as it would be recorded."""
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.execute(text.encode())
        if cursor.description is None:
            return SqlResult(None, (), cursor.statusmessage or "")
        columns = tuple(Column(each.name, each.type_code) for each in cursor.description)
        rows = tuple(tuple(None if value is None else str(value) for value in row) for row in cursor.fetchall())
        return SqlResult(columns, rows, cursor.statusmessage or "")


def replayed(text: str, answer: SqlResult, wanted: str, known: tuple[RecordedCall, ...] = ()) -> SqlResult | Miss:
    call = RecordedCall("db", SqlStatement(text), answer)
    tape = Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), (call,), {}), Session(known))
    found = tape.ask("db", SqlStatement(wanted))
    assert isinstance(found, SqlResult | Miss)
    if not isinstance(found, Miss):
        assert tape.settled()
        assert not tape.never_asked()
        assert tape.effects() == tape.recorded_effects()
    return found


def comparable(found: SqlResult | Miss) -> object:
    assert isinstance(found, SqlResult), found
    return found.columns, sorted(map(repr, found.rows)), found.tag


@pytest.mark.parametrize(("recorded", "wanted"), HELD)
def test_what_the_record_holds_is_what_the_database_says(
    connection: psycopg.Connection[Any], recorded: str, wanted: str
) -> None:
    found = replayed(recorded, answered(connection, recorded), wanted)
    assert comparable(found) == comparable(answered(connection, wanted))


@pytest.mark.parametrize(("recorded", "wanted"), NOT_HELD)
def test_what_the_record_does_not_hold_is_a_miss(
    connection: psycopg.Connection[Any], recorded: str, wanted: str
) -> None:
    assert isinstance(replayed(recorded, answered(connection, recorded), wanted), Miss)


@pytest.fixture(scope="module")
def known(connection: psycopg.Connection[Any]) -> tuple[RecordedCall, ...]:
    """What tells of tables."""
    texts = ("SELECT * FROM users WHERE id = 99", "SELECT * FROM orders WHERE id = 99")
    return tuple(RecordedCall("db", SqlStatement(text), answered(connection, text)) for text in texts)


@pytest.mark.parametrize(("recorded", "wanted"), HELD_WHERE_KNOWN)
def test_what_is_held_where_the_columns_are_known_is_what_the_database_says(
    connection: psycopg.Connection[Any], known: tuple[RecordedCall, ...], recorded: str, wanted: str
) -> None:
    answer = answered(connection, recorded)
    assert comparable(replayed(recorded, answer, wanted, known)) == comparable(answered(connection, wanted))
    assert isinstance(replayed(recorded, answer, wanted), Miss)


@pytest.mark.parametrize(("recorded", "wanted"), NOT_HELD_WHERE_KNOWN)
def test_what_is_not_held_even_where_columns_are_known(
    connection: psycopg.Connection[Any], known: tuple[RecordedCall, ...], recorded: str, wanted: str
) -> None:
    assert isinstance(replayed(recorded, answered(connection, recorded), wanted, known), Miss)


def test_a_record_whose_columns_are_not_those_that_are_known_holds_nothing() -> None:
    answer = SqlResult((Column("id", 23), Column("x", 25)), (("7", "y"),), "SELECT 1")
    recorded, wanted = SqlStatement("SELECT * FROM t"), SqlStatement("SELECT a FROM t")
    assert projected(recorded, answer, wanted, frozenset({("t", ("id", "a"))})) is None


def test_an_exact_answer_comes_before_one_out_of_other_columns() -> None:
    star = SqlResult((Column("id", 23), Column("name", 25)), (("1", "ann"),), "SELECT 1")
    exact = SqlResult((Column("id", 23),), (("1",),), "SELECT 1")
    calls = (
        RecordedCall("db", SqlStatement("SELECT * FROM users"), star),
        RecordedCall("db", SqlStatement("SELECT id FROM users"), exact),
    )
    tape = Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls, {}), Session())
    assert tape.ask("db", SqlStatement("SELECT id FROM users")) == exact
    assert tape.never_asked() == [calls[0]]
    assert tape.ask("db", SqlStatement("SELECT name FROM users")) == SqlResult(
        (Column("name", 25),), (("ann",),), "SELECT 1"
    )
    assert tape.ask("db", SqlStatement("SELECT name FROM users")) == SqlResult(
        (Column("name", 25),), (("ann",),), "SELECT 1"
    )
    assert tape.observed[-1].again


def test_a_list_with_parameters_is_compared_with_their_values() -> None:
    recorded = SqlStatement("SELECT id, coalesce(age, $1) AS a FROM users WHERE id = $2", ("0", "7"))
    answer = SqlResult((Column("id", 23), Column("a", 23)), (("7", "0"),), "SELECT 1")
    same = SqlStatement("SELECT coalesce(age, 0) AS b FROM users WHERE id = $1", ("7",))
    assert projected(recorded, answer, same) == SqlResult((Column("b", 23),), (("0",),), "SELECT 1")
    assert projected(recorded, answer, SqlStatement("SELECT coalesce(age, 1) AS b FROM users WHERE id = 7")) is None


@pytest.mark.parametrize(("code", "held"), [("23505", True), ("40001", True), ("42703", False), ("22012", False)])
def test_an_error_is_the_answer_where_it_does_not_depend_on_the_list(code: str, held: bool) -> None:
    answer = SqlResult(error=SqlNotice((("C", code),)))
    recorded = SqlStatement("INSERT INTO users (id) VALUES (1) RETURNING id, age")
    wanted = SqlStatement("INSERT INTO users (id) VALUES (1) RETURNING id")
    assert projected(recorded, answer, wanted) == (answer if held else None)


@pytest.mark.parametrize("columns", [(), (Column("id", 23),), (Column("id", 23),) * 4])
def test_a_record_that_contradicts_itself_holds_nothing(columns: tuple[Column, ...]) -> None:
    answer = SqlResult(columns, (("1",) * len(columns),), "SELECT 1")
    wanted = SqlStatement("SELECT name FROM users")
    assert projected(SqlStatement("SELECT id, name, age FROM users"), answer, wanted) is None
