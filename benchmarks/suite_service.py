"""The service whose flows `suite` replays: an order reads the customer, writes the order to the database or the cache, and charges."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import redis.asyncio
from fastapi import FastAPI, HTTPException
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel


class Order(BaseModel):
    customer: int
    draft: bool = False


@asynccontextmanager
async def opened(app: FastAPI) -> AsyncIterator[None]:
    pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
        os.environ["DATABASE_URL"], min_size=1, open=False
    )
    cache = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
    async with pool, httpx.AsyncClient(base_url=os.environ["PAYMENTS_URL"]) as payments:
        app.state.pool, app.state.cache, app.state.payments = pool, cache, payments
        yield
        await cache.aclose()


app = FastAPI(lifespan=opened)


@app.post("/orders", status_code=201)
async def order(body: Order) -> dict[str, UUID | int | str | datetime]:
    id_, now = uuid4(), datetime.now(UTC)
    async with app.state.pool.connection() as connection:
        cursor = await connection.execute("SELECT email FROM customers WHERE id = %s", (body.customer,))
        row = await cursor.fetchone()
        if row is None:
            raise HTTPException(404)
        if not body.draft:
            await connection.execute(
                "INSERT INTO orders (id, customer, placed_at) VALUES (%s, %s, %s)", (id_, body.customer, now)
            )
    if body.draft:
        await app.state.cache.set(f"draft:{id_}", body.customer)
    charged = await app.state.payments.post("/charges", json={"order": str(id_), "email": row[0]})
    charged.raise_for_status()
    return {"id": id_, "customer": body.customer, "charge": charged.json()["id"], "placed_at": now}
