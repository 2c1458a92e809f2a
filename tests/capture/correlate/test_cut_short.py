"""Retries, time-outs, cancelled requests: what was asked and never used is the request's all the same, and no other's."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import fastapi
import httpx
import psycopg_pool
import pytest
from samples import servers
from tests.capture.correlate.overheard import check, number, on_stage, served, through

from flowtape.capture.exchange import Address, Exchange

REQUESTS = 24
STUCK = "5"


class Payments:
    """Fails each first attempt; that of one charge it never answers."""

    def __init__(self) -> None:
        self.app = fastapi.FastAPI()
        self.app.add_api_route("/charges/{charge}", self.charge, methods=["POST"])
        self.attempts: Counter[str] = Counter()
        self.stuck: list[asyncio.Event] = []

    async def charge(self, charge: str, response: fastapi.Response) -> dict[str, str]:
        self.attempts[charge] += 1
        if self.attempts[charge] == 1 and charge == f"n{STUCK}":
            self.stuck.append(asyncio.Event())
            await self.stuck[-1].wait()
        response.status_code = 503 if self.attempts[charge] == 1 else 200
        return {"charge": charge}


class Shop:
    """Charges, again where that fails. A request that says `held` asks the database only once the test lets it go on."""

    def __init__(self, addresses: dict[str, Address], url: str) -> None:
        self.app = fastapi.FastAPI(lifespan=self.opened)
        self.app.add_api_route("/orders/{order}", self.order, methods=["POST"])
        self.app.add_api_route("/held/{order}", self.held, methods=["POST"])
        self.app.add_api_route("/slow/{order}", self.slow, methods=["POST"])
        self.app.add_api_route("/quick/{order}", self.quick, methods=["POST"])
        self.pool = psycopg_pool.AsyncConnectionPool(through(url, addresses["db"]), min_size=2, max_size=8, open=False)
        self.payments = httpx.AsyncClient(base_url=f"http://{addresses['payments']}", timeout=2)
        self.go_on, self.begun, self.done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @contextlib.asynccontextmanager
    async def opened(self, _: Any) -> AsyncIterator[None]:
        async with self.pool, self.payments:
            yield

    async def say(self, order: str, word: str) -> None:
        async with self.pool.connection() as connection:
            await connection.execute("SELECT %s::text, %s::text", (order, word))

    async def order(self, order: str) -> dict[str, str]:
        await self.say(order, "placed")
        for _ in range(3):
            with contextlib.suppress(httpx.TimeoutException):
                if (await self.payments.post(f"/charges/{order}")).is_success:
                    break
        await self.say(order, "paid")
        return {"order": order}

    async def held(self, order: str) -> dict[str, str]:
        await self.say(order, "placed")
        self.begun.set()
        await self.go_on.wait()
        for word in ("counted", "packed", "sent"):
            await self.say(order, word)
        self.done.set()
        return {"order": order}

    async def slow(self, order: str, response: fastapi.Response) -> dict[str, str]:
        """Gives up on a statement that takes too long, and says so in another one."""
        async with self.pool.connection() as connection:
            await connection.execute("SELECT %s::text", (order,))
            try:
                async with asyncio.timeout(0.2):
                    await connection.execute("SELECT %s::text, pg_sleep(30)", (order,))
            except TimeoutError:
                response.status_code = 504
        await self.say(order, "too slow")
        return {"order": order}

    async def quick(self, order: str) -> dict[str, str]:
        await self.say(order, "quick")
        return {"order": order}


@contextlib.asynccontextmanager
async def stage(database: servers.Server, heard: list[Exchange]) -> AsyncIterator[tuple[Shop, Any]]:
    shops: list[Shop] = []

    def make(addresses: dict[str, Address]) -> Any:
        shops.append(Shop(addresses, database.url))
        return shops[0].app

    payments = Payments()
    async with served(payments.app) as address:
        dependencies = {"db": Address(database.host, database.port), "payments": address}
        async with on_stage(make, dependencies, heard) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
            yield shops[0], client
            for stuck in payments.stuck:
                stuck.set()


async def retried(database: servers.Server, clients: int) -> list[Exchange]:
    heard: list[Exchange] = []
    async with stage(database, heard) as (_, client):
        left = iter(range(1, REQUESTS + 1))

        async def ask() -> None:
            for order in left:
                assert (await client.post(f"/orders/n{order}")).is_success

        await asyncio.gather(*(ask() for _ in range(clients)))
    return heard


@pytest.mark.parametrize("alike", [False, True], ids=["told apart", "alike"])
@pytest.mark.parametrize("clients", [1, 4])
def test_an_attempt_that_failed_is_its_own_requests(
    postgresql_server: servers.Server, clients: int, alike: bool
) -> None:
    heard = asyncio.run(retried(postgresql_server, clients))
    attempts = Counter(number(one) for one in heard if one.connection.dependency == "payments")
    assert set(attempts.values()) == {2}
    check(heard, alike=alike)


async def abandoned(database: servers.Server) -> list[Exchange]:
    """Clients lose patience and ask again, while the service still works for the first attempt."""
    heard: list[Exchange] = []
    async with stage(database, heard) as (shop, client):
        for order in range(1, REQUESTS, 4):
            shop.go_on.clear()
            shop.begun.clear()
            shop.done.clear()
            first = asyncio.create_task(client.post(f"/held/n{order}"))
            await shop.begun.wait()
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            shop.begun.clear()
            again = asyncio.create_task(client.post(f"/held/n{order + 1}"))
            await shop.begun.wait()
            shop.go_on.set()
            assert (await again).is_success
            await shop.done.wait()
            assert (await client.post(f"/held/n{order + 2}")).is_success
    return heard


def slower(heard: list[Exchange], times: int) -> list[Exchange]:
    """The same traffic of a service so many times as slow."""
    first = min(one.started for one in heard)

    def later(at: int) -> int:
        return first + (at - first) * times if at else 0

    return [
        dataclasses.replace(
            one,
            started=later(one.started),
            asked=later(one.asked),
            answered=later(one.answered),
            ended=later(one.ended),
        )
        for one in heard
    ]


@pytest.mark.parametrize("alike", [False, True], ids=["told apart", "alike"])
@pytest.mark.parametrize("times", [1, 30])
def test_what_is_done_for_a_client_that_left_is_not_the_next_ones(
    postgresql_server: servers.Server, times: int, alike: bool
) -> None:
    heard = asyncio.run(abandoned(postgresql_server))
    left = [one for one in heard if one.connection.dependency is None and one.answer is None]
    assert len(left) == REQUESTS // 4
    check(slower(heard, times), alike=alike)


async def cancelled(database: servers.Server) -> list[Exchange]:
    heard: list[Exchange] = []
    async with stage(database, heard) as (_, client):
        for order in range(1, 7, 2):
            answers = await asyncio.gather(client.post(f"/slow/n{order}"), client.post(f"/quick/n{order + 1}"))
            assert [answer.status_code for answer in answers] == [504, 200]
    return heard


@pytest.mark.parametrize("alike", [False, True], ids=["told apart", "alike"])
def test_a_statement_that_was_cancelled_is_its_own_requests(postgresql_server: servers.Server, alike: bool) -> None:
    heard = asyncio.run(cancelled(postgresql_server))
    check(heard, alike=alike)
