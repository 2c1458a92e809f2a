"""What the shop depends on: the database's pool, the cache, payments and mail; opened with the application."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import redis.asyncio
from fastapi import Depends, FastAPI, Request
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool


@dataclass(frozen=True, slots=True)
class Resources:
    pool: AsyncConnectionPool[AsyncConnection[DictRow]]
    cache: redis.asyncio.Redis
    payments: httpx.AsyncClient
    mail: httpx.AsyncClient


@asynccontextmanager
async def opened(app: FastAPI) -> AsyncIterator[None]:
    """Open everything for the application's life."""
    pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
        os.environ["DATABASE_URL"], min_size=2, max_size=8, open=False, kwargs={"row_factory": dict_row}
    )
    cache = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    payments, mail = (httpx.AsyncClient(base_url=os.environ[name], timeout=5) for name in ("PAYMENTS_URL", "MAIL_URL"))
    async with pool, payments, mail:
        app.state.resources = Resources(pool, cache, payments, mail)
        yield
        await cache.aclose()


def resources(request: Request) -> Resources:
    found: Resources = request.app.state.resources
    return found


Shop = Annotated[Resources, Depends(resources)]
Row = dict[str, Any]
