"""A flow recorded from one driver and replayed with another, by a service that asks the same in other words."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import psycopg
import psycopg2
import pytest
import sqlalchemy as sa
from tests.replay.protocols.postgresql.conftest import Listening, Loop, Place

from flowtape.capture import sql
from flowtape.capture.exchange import Address, HttpRequest, HttpResponse, SqlStatement
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.protocols.postgresql import serve
from flowtape.replay.tape import Tape

KEY = uuid.UUID("b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69")
AT = datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)
SETUP = """
DROP TABLE IF EXISTS ad_orders; DROP TABLE IF EXISTS ad_users;
CREATE TABLE ad_users (id serial PRIMARY KEY, key uuid, name text, age int);
CREATE TABLE ad_orders (id serial PRIMARY KEY, user_id int, total numeric(10, 2), placed_at timestamptz);
INSERT INTO ad_users (key, name, age) VALUES ('b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69', 'ann', 30), (NULL, 'bob', 40);
INSERT INTO ad_orders (user_id, total, placed_at) VALUES (1, 4.50, '2026-11-20 10:11:12+00'), (2, 7, NULL);
"""
Found = tuple[Any, ...]


def by_psycopg(place: Place, columns: str = "id, key, name, age") -> Found:
    with psycopg.connect(place.url, sslmode="disable") as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM ad_users WHERE key = %s", (KEY,))
        user = cursor.fetchone()
        assert user is not None
        cursor.execute("SELECT id, name FROM ad_users WHERE id IN (%s, %s) AND age > %s ORDER BY id", (1, 2, 18))
        names = cursor.fetchall()
        cursor.execute(
            "SELECT o.id, o.total, u.name FROM ad_users u JOIN ad_orders o ON o.user_id = u.id WHERE o.placed_at >= %s LIMIT %s",
            (AT, 5),
        )
        orders = cursor.fetchall()
        cursor.execute(
            "INSERT INTO ad_orders (user_id, total, placed_at) VALUES (%s, %s, %s) RETURNING id, total",
            (1, Decimal("9.90"), AT),
        )
        made = cursor.fetchone()
        assert made is not None
        cursor.execute("UPDATE ad_users SET age = %s, name = %s WHERE id = %s AND age = %s", (31, "Ann", 1, 30))
        return user[2], names, orders, made[0], cursor.rowcount


def by_psycopg2(place: Place) -> Found:
    """Everything written out in the text, by the simple protocol."""
    connection = psycopg2.connect(place.url, sslmode="disable")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT name, id AS number FROM ad_users AS u WHERE %s::uuid = u.key", (str(KEY),))
            name = cursor.fetchone()[0]
            cursor.execute(
                "SELECT u.id, u.name FROM ad_users u WHERE u.age > 18 AND u.id = ANY(%s) ORDER BY u.id", ([2, 1],)
            )
            names = cursor.fetchall()
            cursor.execute(
                "SELECT orders.id, orders.total, users.name FROM ad_orders orders, ad_users users"
                " WHERE users.id = orders.user_id AND %s <= orders.placed_at FETCH FIRST 5 ROWS ONLY",
                (AT,),
            )
            orders = cursor.fetchall()
            cursor.execute(
                "INSERT INTO ad_orders (placed_at, total, user_id) VALUES (%s, %s, %s) RETURNING id",
                (AT, Decimal("9.9"), 1),
            )
            made = cursor.fetchone()[0]
            cursor.execute("UPDATE ad_users SET name = 'Ann', age = 31 WHERE age = 30 AND id = 1")
            return name, names, orders, made, cursor.rowcount
    finally:
        connection.close()


def by_asyncpg(place: Place) -> Found:
    async def run() -> Found:
        connection = await asyncpg.connect(place.url, ssl=False)
        try:
            async with connection.transaction():
                name = await connection.fetchval("select name from ad_users where key = $1", KEY)
                names = await connection.fetch(
                    "SELECT id, name FROM ad_users WHERE age > $1 AND id = ANY($2::int[]) ORDER BY id ASC", 18, [1, 2]
                )
                orders = await connection.fetch(
                    "SELECT o.id, o.total, u.name FROM ad_orders o INNER JOIN ad_users u ON u.id = o.user_id"
                    " WHERE o.placed_at >= $2 LIMIT $1",
                    5,
                    AT,
                )
                made = await connection.fetchval(
                    "INSERT INTO ad_orders (total, user_id, placed_at) VALUES ($1, $2, $3) RETURNING id",
                    Decimal("9.90"),
                    1,
                    AT,
                )
                status = await connection.execute(
                    "UPDATE ad_users SET age = $2, name = $3 WHERE age = $4 AND id = $1", 1, 31, "Ann", 30
                )
                return (
                    name,
                    [tuple(row) for row in names],
                    [tuple(row) for row in orders],
                    made,
                    int(status.split()[-1]),
                )
        finally:
            await connection.close()

    return asyncio.run(run())


def by_sqlalchemy(place: Place) -> Found:
    metadata = sa.MetaData()
    users = sa.Table(
        "ad_users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Uuid),
        sa.Column("name", sa.Text),
        sa.Column("age", sa.Integer),
    )
    orders = sa.Table(
        "ad_orders",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer),
        sa.Column("total", sa.Numeric(10, 2)),
        sa.Column("placed_at", sa.DateTime(timezone=True)),
    )
    engine = sa.create_engine(
        place.url.replace("postgresql:", "postgresql+psycopg:"), connect_args={"sslmode": "disable"}
    )
    try:
        with engine.begin() as connection:
            name = connection.execute(
                sa.select(users.c.name, users.c.id.label("users_id")).where(users.c.key == KEY)
            ).one()[0]
            names = connection.execute(
                sa.select(users.c.id, users.c.name).where(users.c.id.in_([1, 2]), users.c.age > 18).order_by(users.c.id)
            ).all()
            found = connection.execute(
                sa.select(orders.c.id, orders.c.total, users.c.name)
                .join(users, users.c.id == orders.c.user_id)
                .where(orders.c.placed_at >= AT)
                .limit(5)
            ).all()
            made = connection.execute(
                sa.insert(orders).values(user_id=1, total=Decimal("9.90"), placed_at=AT)
            ).inserted_primary_key
            assert made is not None
            changed = connection.execute(
                sa.update(users).where(users.c.id == 1, users.c.age == 30).values(name="Ann", age=31)
            )
            return name, [tuple(row) for row in names], [tuple(row) for row in found], made[0], changed.rowcount
    finally:
        engine.dispose()


def with_a_star(place: Place) -> Found:
    return by_psycopg(place, "*")


DRIVERS = {"psycopg": by_psycopg, "psycopg2": by_psycopg2, "asyncpg": by_asyncpg, "sqlalchemy": by_sqlalchemy}


def recorded(loop: Loop, server: Any, scenario: Callable[[Place], Found]) -> tuple[Found, Case]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(SETUP)
    listening = Listening(Address(server.host, server.port))
    loop.run(listening.listen())
    try:
        found = scenario(
            Place(listening.address.host, listening.address.port, server.user, server.password, server.database)
        )
    finally:
        loop.run(listening.close())
    calls = tuple(
        RecordedCall("db", each.question, each.answer, 1, True)
        for each in listening.exchanges()
        if isinstance(each.question, SqlStatement) and not each.session and "ad_" in each.question.text
    )
    return found, Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls, {})


@contextmanager
def playing(tape: Tape) -> Iterator[Place]:
    server = serve(tape, "db")
    try:
        yield Place(server.address.host, server.address.port, "ann", "secret", "shop")
    finally:
        server.close()


@pytest.mark.parametrize("now", DRIVERS.values(), ids=DRIVERS)
@pytest.mark.parametrize("then", [by_psycopg, with_a_star], ids=["columns", "star"])
def test_another_driver_finds_the_same_answers(
    loop: Loop, postgresql_server: Any, then: Callable[[Place], Found], now: Callable[[Place], Found]
) -> None:
    expected, case = recorded(loop, postgresql_server, then)
    assert expected == ("ann", [(1, "ann"), (2, "bob")], [(1, Decimal("4.50"), "ann")], 3, 1)
    writes = [
        call
        for call in case.calls
        if isinstance(call.question, SqlStatement) and sql.read(call.question.text).kind == "write"
    ]
    assert len(writes) >= 2
    tape = Tape(case, Session())
    with playing(tape) as place:
        assert now(place) == expected
    assert tape.misses == []
    assert tape.effects() == tape.recorded_effects()


@pytest.mark.parametrize("then", [by_psycopg2, by_sqlalchemy], ids=["psycopg2", "sqlalchemy"])
def test_parameters_have_types_where_the_record_has_values_in_the_text(
    loop: Loop, postgresql_server: Any, then: Callable[[Place], Found]
) -> None:
    expected, case = recorded(loop, postgresql_server, then)
    tape = Tape(case, Session())
    with playing(tape) as place:
        assert by_asyncpg(place) == expected
    assert tape.misses == []
    assert tape.effects() == tape.recorded_effects()
