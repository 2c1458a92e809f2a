"""A framework may give a connection back after the response: what the pool then says overlaps the next request of even one client.

Here: FastAPI, whose dependency with `yield` ends after the response, and asyncpg, whose pool resets the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any

import pytest
from samples import servers
from tests.capture.correlate.overheard import served

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.correlate.probation import PROBATION_NS
from flowtape.capture.exchange import Address, Exchange, HttpRequest, SqlStatement
from flowtape.capture.flow import Flow
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.taps.relay import RelayRoute, RelayTap

asyncpg = pytest.importorskip("asyncpg")
fastapi = pytest.importorskip("fastapi")
httpx = pytest.importorskip("httpx")

ANY = Address("127.0.0.1", 0)
LIMIT = 30.0
REQUESTS = 40


def application(database: str) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database, min_size=1, max_size=2) as app.state.pool:
            yield

    app = fastapi.FastAPI(lifespan=lifespan)

    async def connection() -> AsyncIterator[Any]:
        async with app.state.pool.acquire() as acquired:
            yield acquired

    async def double(number: int, database: Any) -> dict[str, int]:
        return {"double": await database.fetchval("SELECT $1::int * 2", number)}

    double.__annotations__ = {"number": int, "database": Annotated[Any, fastapi.Depends(connection)]}
    app.get("/double/{number}")(double)
    return app


@contextlib.asynccontextmanager
async def overheard(name: str, server: Address, heard: list[Exchange]) -> AsyncIterator[Address]:
    tap = RelayTap([RelayRoute(name, ANY, server)], CODECS)
    running = asyncio.create_task(tap.run(heard.append))
    try:
        await asyncio.wait_for(tap.listening.wait(), LIMIT)
        yield tap.addresses[name]
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def traffic(server: servers.Server) -> list[Exchange]:
    """What one client without a pause between its requests causes."""
    heard: list[Exchange] = []
    async with overheard("db", Address(server.host, server.port), heard) as database:
        url = server.url.replace(f":{server.port}/", f":{database.port}/")
        async with (
            served(application(f"{url}?sslmode=disable")) as service,
            overheard("service", service, heard) as entry,
            httpx.AsyncClient(base_url=f"http://{entry}") as client,
        ):
            for number in range(REQUESTS):
                answer = await client.get(f"/double/{number}")
                assert answer.json() == {"double": 2 * number}
    return [_as_entry(one) if one.connection.dependency == "service" else one for one in heard]


def _as_entry(exchange: Exchange) -> Exchange:
    return replace(exchange, connection=replace(exchange.connection, dependency=None))


def _late(exchange: Exchange, entries: list[Exchange]) -> Exchange:
    """A reset as late as a busier service would send it: in the midst of the request after the one it ended."""
    following = next((entry for entry in entries if entry.started > exchange.started), None)
    asked = exchange.question
    if following is None or not isinstance(asked, SqlStatement) or "$1" in asked.text or asked.text == "-- startup":
        return exchange
    at = (following.started + following.ended) // 2
    return replace(exchange, started=at, asked=at, answered=following.ended, ended=following.ended)


@pytest.mark.parametrize("late", [False, True], ids=["as heard", "in the next request"])
def test_a_pools_reset_is_nobodys_call(postgresql_server: servers.Server, late: bool) -> None:
    heard = asyncio.run(traffic(postgresql_server))
    entries = sorted((one for one in heard if one.connection.dependency is None), key=lambda one: one.started)
    resets = [one for one in heard if isinstance(one.question, SqlStatement) and "UNLISTEN" in one.question.text]
    assert len(resets) >= REQUESTS - 1
    assert all(any(entry.ended <= reset.started for entry in entries) for reset in resets), "not after the response"
    correlator = Correlator("doubler", "1", quiet_ns=0)
    for one in heard:
        correlator.take(_late(one, entries) if late else one)
    after = max(one.ended for one in heard) + PROBATION_NS + 1_000_000_000
    flows = [one for one in correlator.advance(after) if isinstance(one, Flow)]
    assert [flow.problem for flow in flows] == [""] * REQUESTS
    for flow in flows:
        request = flow.entry.question
        assert isinstance(request, HttpRequest)
        asked = [call.exchange.question for call in flow.calls]
        assert [one.parameters for one in asked if isinstance(one, SqlStatement)] == [
            (request.target.rpartition("/")[2],)
        ]
