"""What the record tells of tables."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import Column, HttpRequest, HttpResponse, SqlNotice, SqlResult, SqlStatement
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.rules.tables import known_tables
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape


def call(text: str, *names: str, dependency: str = "db") -> RecordedCall:
    answer = SqlResult(tuple(Column(name, 25) for name in names), (tuple("1" for _ in names),), "SELECT 1")
    return RecordedCall(dependency, SqlStatement(text), answer)


USERS = call("SELECT * FROM users WHERE id = 1", "id", "name")
ORDERS = call("INSERT INTO orders (id) VALUES (1) RETURNING *", "id", "total", "user_id")


def test_all_columns_of_a_table_are_told_where_all_were_asked_for() -> None:
    other = call("SELECT u.* FROM users u", "x", dependency="other")
    assert known_tables([USERS, ORDERS, other]) == {
        "db": {("users", ("id", "name")), ("orders", ("id", "total", "user_id"))},
        "other": {("users", ("x",))},
    }


@pytest.mark.parametrize(
    "one",
    [
        call("SELECT id, name FROM users", "id", "name"),
        call("SELECT *, id AS x FROM users", "id", "name", "x"),
        call("SELECT * FROM users, orders", "id", "name", "total"),
        call("SELECT * FROM (SELECT id FROM users) q", "id"),
        call("WITH users AS (SELECT 1 AS x) SELECT * FROM users", "x"),
        call("SELECT * FROM f(1)", "x"),
        RecordedCall("db", SqlStatement("SELECT * FROM users"), None),
        RecordedCall("db", SqlStatement("SELECT * FROM users"), SqlResult(error=SqlNotice((("C", "42P01"),)))),
        RecordedCall("http", HttpRequest("GET", "/"), HttpResponse(200)),
    ],
)
def test_less_tells_nothing(one: RecordedCall) -> None:
    assert not any(known_tables([one]).values())


@pytest.mark.parametrize(
    "other",
    [
        call("SELECT * FROM users", "id", "name", "age"),
        call("SET search_path TO elsewhere"),
        RecordedCall("db", SqlStatement("SELECT set_config($1, $2, false)", ("search_path", "x")), None),
        call("ALTER TABLE users ADD COLUMN age integer"),
        call("CREATE TEMP TABLE users (id integer)"),
    ],
)
def test_what_the_record_may_change_is_not_known(other: RecordedCall) -> None:
    assert not any(known_tables([USERS, other]).values())


def tape(*calls: RecordedCall, session: tuple[RecordedCall, ...] = ()) -> Tape:
    return Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls, {}), Session(session))


NAMED = call("SELECT id, name FROM users WHERE id = 2", "id", "name")


@pytest.mark.parametrize("known", [tape(NAMED, USERS), tape(NAMED, session=(USERS,))])
def test_a_star_is_answered_out_of_the_columns_that_it_stands_for(known: Tape) -> None:
    assert known.ask("db", SqlStatement("SELECT * FROM users WHERE id = 2")) == NAMED.answer
    assert known.shape("db", "SELECT * FROM users WHERE id = 2") == known.shape("db", NAMED.question.text)  # type: ignore[union-attr]


@pytest.mark.parametrize("unknown", [tape(NAMED), tape(NAMED, ORDERS), tape(NAMED, session=(ORDERS,))])
def test_a_star_over_a_table_that_is_not_known_is_a_miss(unknown: Tape) -> None:
    assert isinstance(unknown.ask("db", SqlStatement("SELECT * FROM users WHERE id = 2")), Miss)
