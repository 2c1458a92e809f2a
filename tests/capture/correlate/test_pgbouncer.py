"""PgBouncer in transaction mode between service and database: whichever side of it is heard, no flow is wrong.

On the service's side a connection is its pool's, as without PgBouncer. On the database's side one connection serves a transaction of
each request in turn, and PgBouncer's own statements stand between them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import fastapi
import httpx
import psycopg_pool
import pytest
from samples import servers
from tests.capture.correlate.overheard import check, number, on_stage, overheard, through

from flowtape.capture.exchange import Address, Exchange

pytestmark = pytest.mark.skipif(
    servers.pgbouncer_program() is None, reason="no pgbouncer here; it is a package of most distributions"
)

REQUESTS, CLIENTS = 36, 6
SERVER_CONNECTIONS = 2


class Bank:
    def __init__(self, address: Address, url: str) -> None:
        self.app = fastapi.FastAPI(lifespan=self.opened)
        self.app.add_api_route("/accounts/{account}", self.account)
        # Statements prepared on one of the database's connections are not there on the next.
        options = {"prepare_threshold": None}
        self.pool = psycopg_pool.AsyncConnectionPool(
            through(url, address), min_size=2, max_size=CLIENTS, open=False, kwargs=options
        )

    @contextlib.asynccontextmanager
    async def opened(self, _: Any) -> AsyncIterator[None]:
        async with self.pool:
            yield

    async def account(self, account: str) -> dict[str, str]:
        async with self.pool.connection() as connection:
            await connection.execute("SELECT %s::text AS checked", (account,))
            cursor = await connection.execute("SELECT %s::text AS balance", (account,))
            ((balance,),) = await cursor.fetchall()
        async with self.pool.connection() as connection:
            await connection.set_autocommit(True)
            await connection.execute("SELECT %s::text AS audited", (account,))
            await connection.set_autocommit(False)
        return {"balance": balance}


async def traffic(database: servers.Server, side: str) -> list[Exchange]:
    ours: list[Exchange] = []
    theirs: list[Exchange] = []
    async with overheard({"db": Address(database.host, database.port)}, theirs) as behind:
        with servers.pgbouncer(database, port=behind["db"].port, server_connections=SERVER_CONNECTIONS) as pooler:
            make = lambda addresses: Bank(addresses["db"], pooler.url).app  # noqa: E731
            dependencies = {"db": Address(pooler.host, pooler.port)}
            async with on_stage(make, dependencies, ours) as url, httpx.AsyncClient(base_url=url) as client:
                left = iter(range(1, REQUESTS + 1))

                async def ask() -> None:
                    for account in left:
                        answer = await client.get(f"/accounts/n{account}")
                        assert answer.json() == {"balance": f"n{account}"}

                await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    entries = [one for one in ours if one.connection.dependency is None]
    calls = ours if side == "the service's" else theirs
    return entries + [one for one in calls if one.connection.dependency is not None]


@pytest.mark.parametrize("alike", [False, True], ids=["told apart", "alike"])
@pytest.mark.parametrize("side", ["the service's", "the database's"])
def test_no_flow_is_wrong_on_either_side(postgresql_server: servers.Server, side: str, alike: bool) -> None:
    heard = sorted(asyncio.run(traffic(postgresql_server, side)), key=lambda one: one.ended)
    asked = [one for one in heard if one.connection.dependency == "db" and number(one)]
    assert len(asked) == 3 * REQUESTS
    connections = {one.connection.id for one in asked}
    assert len(connections) <= (SERVER_CONNECTIONS if side == "the database's" else CLIENTS)
    kept = check(heard, alike=alike)
    assert alike or kept > REQUESTS // 2
