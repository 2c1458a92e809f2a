"""psycopg 3's async connections and its pool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

Twice = Callable[[Callable[[Any], Any]], Any]


def test_concurrent_work_in_a_pool(twice: Twice) -> None:
    async def work(pool: AsyncConnectionPool, number: int) -> Any:
        async with pool.connection() as connection, connection.transaction():
            cursor = await connection.execute("SELECT %s::int * 2, now() > '2020-01-01'", (number,))
            return await cursor.fetchone()

    async def run(place: Any) -> Any:
        async with AsyncConnectionPool(place.url, min_size=2, max_size=2, open=False) as pool:
            await pool.wait()
            return await asyncio.gather(*(work(pool, number) for number in range(6)))

    record = twice(lambda place: asyncio.run(run(place)))
    assert sorted(committed for _, committed in record.ended) == [True] * 6


def test_an_async_server_side_cursor_and_an_error(twice: Twice) -> None:
    async def run(place: Any) -> Any:
        async with await psycopg.AsyncConnection.connect(place.url) as connection:
            async with connection.cursor("mine") as cursor:
                await cursor.execute("SELECT g FROM generate_series(1, 3) g")
                rows = [row async for row in cursor]
            try:
                await connection.execute("SELECT 1/0")
            except psycopg.Error as error:
                rows.append((type(error).__name__, str(error)))
            await connection.rollback()
            return rows

    twice(lambda place: asyncio.run(run(place)))


def test_a_type_of_the_databases_own_is_looked_up(twice: Twice, postgresql_server: Any) -> None:
    with psycopg.connect(postgresql_server.url, autocommit=True) as setup:
        setup.execute("DROP TYPE IF EXISTS pair CASCADE; CREATE TYPE pair AS (a int, b text)")

    async def run(place: Any) -> Any:
        async with await psycopg.AsyncConnection.connect(place.url) as connection:
            from psycopg.types.composite import CompositeInfo, register_composite

            info = await CompositeInfo.fetch(connection, "pair")
            assert info is not None
            register_composite(info, connection)
            found = []
            for binary in (False, True):
                cursor = connection.cursor(binary=binary)
                await cursor.execute("SELECT ROW(1, 'x')::pair, ARRAY[ROW(2, 'y')::pair]")
                found.append(repr(await cursor.fetchone()))
            return found

    twice(lambda place: asyncio.run(run(place)))
