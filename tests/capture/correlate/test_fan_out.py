"""A request that asks many things at once, by asyncio.gather or in threads, while others do the same."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fastapi
import httpx
import psycopg_pool
import pytest
from samples import servers
from tests.capture.correlate.overheard import check, number, on_stage, through

from flowtape.capture.exchange import Address, Exchange

REQUESTS, PARTS = 24, 4


class Report:
    def __init__(self, address: Address, url: str) -> None:
        self.app = fastapi.FastAPI(lifespan=self.opened)
        self.app.add_api_route("/gathered/{report}", self.gathered)
        self.app.add_api_route("/threaded/{report}", self.threaded)
        to = through(url, address)
        self.pool = psycopg_pool.AsyncConnectionPool(to, min_size=4, max_size=12, open=False)
        self.threads = psycopg_pool.ConnectionPool(to, min_size=4, max_size=12, open=False)

    @contextlib.asynccontextmanager
    async def opened(self, _: Any) -> AsyncIterator[None]:
        async with self.pool:
            await asyncio.to_thread(self.threads.open)
            yield
            await asyncio.to_thread(self.threads.close)

    async def gathered(self, report: str) -> list[str]:
        async def part(index: int) -> str:
            async with self.pool.connection() as connection:
                cursor = await connection.execute("SELECT %s::text, %s::int", (report, index))
                return str((await cursor.fetchall())[0][1])

        return await asyncio.gather(*(part(index) for index in range(PARTS)))

    def threaded(self, report: str) -> list[str]:
        def part(index: int) -> str:
            with self.threads.connection() as connection:
                return str(connection.execute("SELECT %s::text, %s::int", (report, index)).fetchall()[0][1])

        with ThreadPoolExecutor(PARTS) as executor:
            return list(executor.map(part, range(PARTS)))


async def traffic(database: servers.Server, kind: str, clients: int) -> list[Exchange]:
    heard: list[Exchange] = []
    dependencies = {"db": Address(database.host, database.port)}
    make = lambda addresses: Report(addresses["db"], database.url).app  # noqa: E731
    async with on_stage(make, dependencies, heard) as url, httpx.AsyncClient(base_url=url) as client:
        left = iter(range(1, REQUESTS + 1))

        async def ask() -> None:
            for report in left:
                assert (await client.get(f"/{kind}/n{report}")).json() == [str(part) for part in range(PARTS)]

        await asyncio.gather(*(ask() for _ in range(clients)))
    return heard


@pytest.mark.parametrize("alike", [False, True], ids=["told apart", "alike"])
@pytest.mark.parametrize("clients", [1, 4])
@pytest.mark.parametrize("kind", ["gathered", "threaded"])
def test_each_part_is_its_own_requests(postgresql_server: servers.Server, kind: str, clients: int, alike: bool) -> None:
    heard = asyncio.run(traffic(postgresql_server, kind, clients))
    parts = [one for one in heard if one.connection.dependency == "db" and number(one)]
    assert len(parts) == REQUESTS * PARTS
    assert len({one.connection.id for one in parts}) > 1
    kept = check(heard, alike=alike)
    assert alike or kept > REQUESTS // 2
