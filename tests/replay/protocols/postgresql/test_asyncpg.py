"""asyncpg, which prepares everything, asks for binary results and looks types up."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import asyncpg
import psycopg
import pytest

Twice = Callable[[Callable[[Any], Any]], Any]

SETUP = """
DROP TABLE IF EXISTS pa; DROP TYPE IF EXISTS pa_mood CASCADE; DROP TYPE IF EXISTS pa_pair CASCADE; DROP DOMAIN IF EXISTS pa_positive;
CREATE TYPE pa_mood AS ENUM ('sad', 'fine');
CREATE TYPE pa_pair AS (a int, b text);
CREATE DOMAIN pa_positive AS int CHECK (VALUE > 0);
CREATE TABLE pa (id serial PRIMARY KEY, name text UNIQUE, price numeric(10,2), at timestamptz, tags text[], data jsonb, key uuid,
                 raw bytea, mood pa_mood, pair pa_pair, many pa_mood[], n pa_positive, span int4range, day date, f float8);
INSERT INTO pa (name, price, at, tags, data, key, raw, mood, pair, many, n, span, day, f)
SELECT 'n' || i, i * 1.5, '2026-01-01 10:00+00', ARRAY['a', NULL], '{"a": 1}', '00000000-0000-4000-8000-000000000001', '\\x00ff',
       'fine', ROW(i, 'x')::pa_pair, ARRAY['sad', 'fine']::pa_mood[], i, '[1,5)', '2026-02-28', 0.1
FROM generate_series(1, 3) i;
"""


@pytest.fixture(scope="module", autouse=True)
def tables(postgresql_server: Any) -> None:
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        connection.execute(SETUP)


def scenario(work: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Any]:
    async def run(place: Any) -> Any:
        connection = await asyncpg.connect(place.url, ssl=False)
        try:
            return await work(connection)
        finally:
            await connection.close()

    return lambda place: asyncio.run(run(place))


async def failure(connection: Any, text: str, *parameters: Any) -> tuple[Any, ...]:
    with pytest.raises(asyncpg.PostgresError) as raised:
        await connection.fetch(text, *parameters)
    return type(raised.value), str(raised.value), raised.value.sqlstate, raised.value.constraint_name


def test_every_type_and_the_databases_own(twice: Twice) -> None:
    async def work(connection: Any) -> Any:
        rows = await connection.fetch("SELECT * FROM pa WHERE id <= $1 ORDER BY id", 2)
        values = (
            Decimal("1.50"),
            uuid.UUID(int=5),
            dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            [1, None],
            b"\x00",
            None,
            2.5,
        )
        echoed = await connection.fetchrow(
            "SELECT $1::numeric, $2::uuid, $3::timestamptz, $4::int[], $5::bytea, $6::text, $7::float8", *values
        )
        empty = await connection.fetchval("SELECT $1::text[]", [])
        mood = await connection.fetchval("SELECT name FROM pa WHERE mood = $1 AND n > $2 LIMIT 1", "fine", 0)
        return [tuple(row.items()) for row in rows], tuple(echoed), empty, mood

    twice(scenario(work))


def test_prepared_statements(twice: Twice) -> None:
    async def work(connection: Any) -> Any:
        statement = await connection.prepare("SELECT id, name FROM pa WHERE id = $1 OR name = $2")
        described = [
            [(each.name, each.type.name) for each in statement.get_attributes()],
            [each.name for each in statement.get_parameters()],
        ]
        found = [[tuple(row) for row in await statement.fetch(i, "n3")] for i in (1, 2, 1)]
        never_run = await connection.prepare("SELECT price FROM pa WHERE day = $1")
        found.append([(await connection.fetchval("SELECT count(*) FROM pa"),)])
        return described, found, never_run.get_parameters()[0].name, statement.get_statusmsg()

    twice(scenario(work))


def test_transactions_writes_and_errors(twice: Twice) -> None:
    async def work(connection: Any) -> Any:
        seen: list[Any] = []
        transaction = connection.transaction()
        await transaction.start()
        seen.append(await connection.execute("INSERT INTO pa (name, price) VALUES ($1, $2)", "new", Decimal("2.00")))
        seen.append(
            await connection.fetchval("UPDATE pa SET price = price + $1 WHERE name = $2 RETURNING price", 1, "new")
        )
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.transaction():
                await connection.execute("INSERT INTO pa (name) VALUES ($1)", "n1")
        seen.append(connection.is_in_transaction())
        await connection.executemany("UPDATE pa SET f = $1 WHERE name = $2", [(1.5, "new"), (2.5, "n2")])
        await transaction.rollback()
        seen.append(await failure(connection, "INSERT INTO pa (name) VALUES ($1)", "n1"))
        seen.append(await failure(connection, "SELECT nothing FROM pa"))
        seen.append(await failure(connection, "SELECT 1/$1::int", 0))
        seen.append(connection.is_in_transaction())
        seen.append(await connection.execute("SELECT 1; SELECT 2"))
        return seen

    record = twice(scenario(work))
    assert [committed for _, committed in record.ended] == [False]


def test_cursors_and_row_limits(twice: Twice) -> None:
    async def work(connection: Any) -> Any:
        async with connection.transaction():
            cursor = await connection.cursor("SELECT id FROM pa ORDER BY id")
            found = [await cursor.fetchrow(), await cursor.fetch(1), await cursor.fetch(5), await cursor.fetchrow()]
            iterated = [row["name"] async for row in connection.cursor("SELECT name FROM pa ORDER BY id", prefetch=2)]
        first = await connection.fetchrow("SELECT id FROM pa ORDER BY id")
        return repr(found), iterated, first["id"]

    twice(scenario(work))


def test_copy(twice: Twice) -> None:
    async def work(connection: Any) -> Any:
        await connection.execute("BEGIN")
        records = [("c1", Decimal("1.5"), "sad"), ("c2", None, None)]
        seen = [await connection.copy_records_to_table("pa", records=records, columns=["name", "price", "mood"])]
        out = io.BytesIO()
        seen.append(
            await connection.copy_from_query("SELECT id, name FROM pa WHERE id <= $1 ORDER BY id", 2, output=out)
        )
        seen.append(out.getvalue())
        await connection.execute("ROLLBACK")
        return seen

    twice(scenario(work))


def test_a_pool_resets_its_connections(twice: Twice) -> None:
    async def run(place: Any) -> Any:
        async with asyncpg.create_pool(place.url, ssl=False, min_size=1, max_size=1) as pool:
            found = []
            for number in range(3):
                async with pool.acquire() as connection:
                    await connection.execute("SET application_name TO 'x'")
                    found.append(await connection.fetchval("SELECT $1::int", number))
            async with pool.acquire() as connection:
                found.append(connection.get_settings().application_name)
            return found

    twice(lambda place: asyncio.run(run(place)))


def test_listening(twice: Twice) -> None:
    async def work(connection: Any) -> Any:
        await connection.add_listener("news", lambda *_: None)
        await connection.execute("NOTIFY other, 'x'")
        await connection.remove_listener("news", lambda *_: None)
        return True

    twice(scenario(work))
