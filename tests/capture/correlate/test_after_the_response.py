"""Calls after the response: a background task is its request's, also while the next requests are served."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import fastapi
import httpx
import psycopg_pool
import pytest
import redis.asyncio
from samples import servers
from tests.capture.correlate.overheard import check, number, on_stage, through

from flowtape.capture.exchange import Address, Exchange

REQUESTS = 30
TAIL_NS = 2_000_000_000
"""A machine that runs many tests at once comes late to its background tasks."""


class Orders:
    """Answers each order at once, and confirms it afterwards: two statements in a transaction, then a word in the cache."""

    def __init__(self, addresses: dict[str, Address], url: str) -> None:
        self.app = fastapi.FastAPI(lifespan=self.opened)
        self.app.add_api_route("/orders/{order}", self.order)
        self.pool = psycopg_pool.AsyncConnectionPool(through(url, addresses["db"]), min_size=2, max_size=4, open=False)
        self.cache = redis.asyncio.Redis(host=addresses["cache"].host, port=addresses["cache"].port)

    @contextlib.asynccontextmanager
    async def opened(self, _: Any) -> AsyncIterator[None]:
        async with self.pool:
            yield

    async def order(self, order: str, tasks: fastapi.BackgroundTasks) -> dict[str, str]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute("SELECT %s::text AS placed", (order,))
            placed = await cursor.fetchall()
        tasks.add_task(self.confirm, order)
        return {"placed": placed[0][0]}

    async def confirm(self, order: str) -> None:
        async with self.pool.connection() as connection:
            await connection.execute("SELECT %s::text AS mailed", (order,))
            await connection.execute("SELECT %s::text AS told", (order,))
        await self.cache.set(f"confirmed:{order}", "1")


async def traffic(database: servers.Server, cache: servers.Server, clients: int) -> list[Exchange]:
    heard: list[Exchange] = []
    dependencies = {"db": Address(database.host, database.port), "cache": Address(cache.host, cache.port)}
    make = lambda addresses: Orders(addresses, database.url).app  # noqa: E731
    async with on_stage(make, dependencies, heard) as url, httpx.AsyncClient(base_url=url) as client:
        left = iter(range(1, REQUESTS + 1))

        async def ask() -> None:
            for order in left:
                assert (await client.get(f"/orders/n{order}")).json() == {"placed": f"n{order}"}

        await asyncio.gather(*(ask() for _ in range(clients)))
    return heard


@pytest.mark.parametrize("alike", [False, True], ids=["told apart", "alike"])
@pytest.mark.parametrize("clients", [1, 4])
def test_a_background_task_is_its_own_requests(
    postgresql_server: servers.Server, redis_server: servers.Server, clients: int, alike: bool
) -> None:
    heard = asyncio.run(traffic(postgresql_server, redis_server, clients))
    entries = {number(one): one for one in heard if one.connection.dependency is None}
    confirmed = [one for one in heard if one.connection.dependency == "cache" and not one.session]
    assert len(confirmed) == len(entries) == REQUESTS
    assert all(one.started > entries[number(one)].answered for one in confirmed), "not after the response"
    kept = check(heard, alike=alike, quiet_ns=TAIL_NS)
    assert alike or kept > REQUESTS // 2
