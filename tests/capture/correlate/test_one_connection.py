"""Many requests on one connection of a client's: one after another, pipelined, and answered as a stream."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import fastapi
import httpx
import psycopg_pool
import pytest
from fastapi import responses
from samples import servers
from tests.capture.correlate.overheard import check, on_stage, through

from flowtape.capture.exchange import Address, Exchange

REQUESTS, PAGES = 30, 4


class Library:
    def __init__(self, address: Address, url: str) -> None:
        self.app = fastapi.FastAPI(lifespan=self.opened)
        self.app.add_api_route("/titles/{book}", self.title)
        self.app.add_api_route("/books/{book}", self.read)
        self.pool = psycopg_pool.AsyncConnectionPool(through(url, address), min_size=2, max_size=8, open=False)

    @contextlib.asynccontextmanager
    async def opened(self, _: Any) -> AsyncIterator[None]:
        async with self.pool:
            yield

    async def page(self, book: str, page: int) -> str:
        async with self.pool.connection() as connection:
            cursor = await connection.execute("SELECT %s::text || ' page ' || %s", (book, page))
            return str((await cursor.fetchall())[0][0])

    async def title(self, book: str) -> str:
        return await self.page(book, 0)

    async def read(self, book: str) -> Any:
        async def pages() -> AsyncIterator[str]:
            for page in range(PAGES):
                yield await self.page(book, page)

        return responses.StreamingResponse(pages(), media_type="text/plain")


async def pipelined(url: str) -> None:
    """Three requests at once on a connection, four connections at a time."""
    host, port = url.removeprefix("http://").split(":")

    async def client(books: range) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for first in books[::3]:
            asked = [f"GET /titles/n{book} HTTP/1.1\r\nHost: library\r\n\r\n" for book in range(first, first + 3)]
            writer.write("".join(asked).encode())
            for book in range(first, first + 3):
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.partition("content-length: ")[2].split()[0])
                assert await reader.readexactly(length) == f'"n{book} page 0"'.encode()
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client(range(1 + start, 1 + start + REQUESTS)) for start in (0, 100, 200, 300)))


async def streamed(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as browser:

        async def client(start: int) -> None:
            for book in range(start, start + REQUESTS // 3):
                text = (await browser.get(f"/books/n{book}")).text
                assert text == "".join(f"n{book} page {page}" for page in range(PAGES))

        await asyncio.gather(*map(client, (1, 101, 201)))


async def kept_alive(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for book in range(1, REQUESTS + 1):
            await client.get(f"/titles/n{book}")


WAYS = {"kept alive": kept_alive, "pipelined": pipelined, "streamed": streamed}


async def traffic(database: servers.Server, way: str) -> list[Exchange]:
    heard: list[Exchange] = []
    dependencies = {"db": Address(database.host, database.port)}
    make = lambda addresses: Library(addresses["db"], database.url).app  # noqa: E731
    async with on_stage(make, dependencies, heard) as url:
        await asyncio.wait_for(WAYS[way](url), 60)
    return heard


@pytest.mark.parametrize("alike", [False, True], ids=["told apart", "alike"])
@pytest.mark.parametrize("way", WAYS)
def test_each_request_has_its_own_calls(postgresql_server: servers.Server, way: str, alike: bool) -> None:
    heard = asyncio.run(traffic(postgresql_server, way))
    entries = [one for one in heard if one.connection.dependency is None]
    assert len(entries) > len({one.connection.id for one in entries}) * 2
    if way == "pipelined":
        pairs = ((one, other) for one in entries for other in entries if one.connection == other.connection)
        assert any(
            one.answered > other.asked for one, other in pairs if one is not other and one.started <= other.started
        )
    kept = check(heard, alike=alike)
    assert alike or kept > len(entries) // 2
