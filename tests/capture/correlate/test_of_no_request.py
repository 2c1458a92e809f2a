"""Calls of no request: what a service asks as it starts, its scheduler's work, a pool's pings; also in the midst of a request."""

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
from tests.capture.correlate.overheard import check, on_stage, through

from flowtape.capture.exchange import Address, Exchange, SqlStatement

ROUNDS = 8
HOUSEKEEPING = "SELECT count(*) AS expired FROM pg_catalog.pg_class WHERE relname = 'sessions'"


class Clinic:
    """Its pool pings each connection before use. Its scheduler works when the test says so: between requests, and within them."""

    def __init__(self, address: Address, url: str) -> None:
        self.app = fastapi.FastAPI(lifespan=self.opened)
        self.app.add_api_route("/patients/{patient}", self.patient)
        self.busy = False
        self.pool = psycopg_pool.AsyncConnectionPool(
            through(url, address),
            min_size=2,
            max_size=4,
            open=False,
            check=psycopg_pool.AsyncConnectionPool.check_connection,
        )

    @contextlib.asynccontextmanager
    async def opened(self, _: Any) -> AsyncIterator[None]:
        async with self.pool:
            async with self.pool.connection() as connection:
                await connection.execute("SELECT 'feature flags' AS read_at_start")
            yield

    async def keep_house(self) -> None:
        async with self.pool.connection() as connection:
            await connection.execute(HOUSEKEEPING)

    async def patient(self, patient: str) -> dict[str, str]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute("SELECT %s::text", (patient,))
            if self.busy:
                await self.keep_house()
            ((name,),) = await cursor.fetchall()
        return {"name": name}


async def traffic(database: servers.Server) -> list[Exchange]:
    heard: list[Exchange] = []
    clinics: list[Clinic] = []

    def make(addresses: dict[str, Address]) -> Any:
        clinics.append(Clinic(addresses["db"], database.url))
        return clinics[0].app

    async with (
        on_stage(make, {"db": Address(database.host, database.port)}, heard) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        (clinic,) = clinics
        for _ in range(ROUNDS):
            await clinic.keep_house()
        for number in range(1, 4 * ROUNDS, 4):
            await clinic.keep_house()
            for patient in range(number, number + 3):
                await client.get(f"/patients/n{patient}")
            clinic.busy = True
            await client.get(f"/patients/n{number + 3}")
            clinic.busy = False
    return heard


@pytest.mark.parametrize("alike", [False, True], ids=["told apart", "alike"])
def test_what_no_request_asked_is_in_no_flow(postgresql_server: servers.Server, alike: bool) -> None:
    heard = asyncio.run(traffic(postgresql_server))
    asked = [one.question.text for one in heard if isinstance(one.question, SqlStatement)]
    assert asked.count(HOUSEKEEPING) == 3 * ROUNDS
    assert "SELECT 'feature flags' AS read_at_start" in asked
    kept = check(heard, alike=alike)
    assert alike or kept > len([one for one in heard if one.connection.dependency is None]) // 2
