"""Several processes of one service behind one port: each has connections of its own, and nobody tells which took a request."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from samples import servers, stage
from tests.capture.correlate.overheard import SERVICE, check, number, overheard, through

from flowtape.capture.exchange import Address, Exchange

REQUESTS, CLIENTS = 36, 6
SERVICES = {
    "uvicorn": """
import contextlib, os
import fastapi, psycopg_pool

pool = psycopg_pool.AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=3, open=False)

@contextlib.asynccontextmanager
async def opened(_):
    async with pool:
        yield

app = fastapi.FastAPI(lifespan=opened)

@app.get("/accounts/{account}")
async def account(account: str) -> dict[str, str]:
    async with pool.connection() as connection:
        await connection.execute("SELECT %s::text AS checked", (account,))
        cursor = await connection.execute("SELECT %s::text AS balance", (account,))
        return {"balance": (await cursor.fetchone())[0], "process": str(os.getpid())}
""",
    "gunicorn": """
import os
import flask, psycopg_pool

app = flask.Flask(__name__)
pool = psycopg_pool.ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=3, open=False)

@app.get("/accounts/<account>")
def account(account: str) -> dict[str, str]:
    pool.open()
    with pool.connection() as connection:
        connection.execute("SELECT %s::text AS checked", (account,))
        balance, = connection.execute("SELECT %s::text AS balance", (account,)).fetchone()
    return {"balance": balance, "process": str(os.getpid())}
""",
}
COMMANDS = {
    "uvicorn": ["uvicorn", "bank:app", "--workers", "2", "--log-level", "warning", "--port"],
    "gunicorn": ["gunicorn", "bank:app", "-w", "2", "--threads", "3", "--keep-alive", "60", "-b"],
}


@contextlib.asynccontextmanager
async def processes(server: str, folder: Path, database: str) -> AsyncIterator[Address]:
    (folder / "bank.py").write_text(SERVICES[server])
    port = servers.free_port()
    command = [sys.executable, "-m", *COMMANDS[server], port if server == "uvicorn" else f"127.0.0.1:{port}"]
    environment = {"DATABASE_URL": database, "PYTHONPATH": f"{folder}:{stage.ROOT}"}
    with contextlib.ExitStack() as stack:
        program = servers.program(command, port, environment, "bank")
        await asyncio.to_thread(stack.enter_context, program)
        yield Address("127.0.0.1", port)


async def traffic(database: servers.Server, server: str, folder: Path) -> tuple[list[Exchange], set[str]]:
    heard: list[Exchange] = []
    seen: set[str] = set()
    async with (
        overheard({"db": Address(database.host, database.port)}, heard) as dependencies,
        processes(server, folder, through(database.url, dependencies["db"])) as service,
        overheard({SERVICE: service}, heard) as entry,
    ):
        left = iter(range(1, REQUESTS + 1))

        async def ask() -> None:
            for account in left:
                # A connection each: which process takes it, the kernel decides.
                async with httpx.AsyncClient(base_url=f"http://{entry[SERVICE]}") as client:
                    answer = (await client.get(f"/accounts/n{account}")).json()
                assert answer["balance"] == f"n{account}"
                seen.add(answer["process"])

        await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return heard, seen


@pytest.mark.parametrize("alike", [False, True], ids=["told apart", "alike"])
@pytest.mark.parametrize("server", SERVICES)
def test_no_flow_is_wrong(postgresql_server: servers.Server, server: str, tmp_path: Path, alike: bool) -> None:
    heard, seen = asyncio.run(traffic(postgresql_server, server, tmp_path))
    assert len(seen) == 2
    assert len([one for one in heard if one.connection.dependency == "db" and number(one)]) == 2 * REQUESTS
    check(heard, alike=alike)
