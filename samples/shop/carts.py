"""Carts: read through the cache, written to the database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

from fastapi import APIRouter, HTTPException, Response
from psycopg.errors import ForeignKeyViolation
from pydantic import BaseModel, Field

from samples.shop.resources import Row, Shop

router = APIRouter(prefix="/carts")

CACHE_SECONDS = 300


class NewCart(BaseModel):
    customer: int


class Item(BaseModel):
    product: int
    quantity: int = Field(gt=0)


@router.post("", status_code=201)
async def create(body: NewCart, shop: Shop, response: Response) -> Row:
    cart, now = uuid4(), datetime.now(UTC)
    async with shop.pool.connection() as connection:
        try:
            await connection.execute(
                "INSERT INTO carts (id, customer, created_at) VALUES (%s, %s, %s)", (cart, body.customer, now)
            )
        except ForeignKeyViolation as error:
            raise HTTPException(404, {"code": "no_such_customer"}) from error
    response.headers["Location"] = f"/carts/{cart}"
    return {"id": cart, "customer": body.customer, "created_at": now}


@router.get("/{cart}")
async def show(cart: UUID, shop: Shop) -> Row:
    cached = await shop.cache.get(f"cart:{cart}")
    if cached is not None:
        found: Row = json.loads(cached)
        return found
    async with shop.pool.connection() as connection:
        cursor = await connection.execute("SELECT id, customer FROM carts WHERE id = %s", (cart,))
        row = await cursor.fetchone()
        if row is None:
            raise HTTPException(404, {"code": "no_such_cart"})
        cursor = await connection.execute(
            "SELECT i.product, p.title, i.quantity, p.price FROM cart_items i"
            " JOIN products p ON p.id = i.product WHERE i.cart = %s ORDER BY i.product",
            (cart,),
        )
        items = await cursor.fetchall()
    total = sum(item["price"] * item["quantity"] for item in items)
    answer = {**row, "items": items, "total": total}
    await shop.cache.set(f"cart:{cart}", json.dumps(answer, default=str), ex=CACHE_SECONDS)
    decoded: Row = json.loads(json.dumps(answer, default=str))
    return decoded


@router.post("/{cart}/items", status_code=204)
async def put(cart: UUID, body: Item, shop: Shop) -> None:
    async with shop.pool.connection() as connection:
        try:
            await connection.execute(
                "INSERT INTO cart_items (cart, product, quantity) VALUES (%s, %s, %s)"
                " ON CONFLICT (cart, product) DO UPDATE SET quantity = excluded.quantity",
                (cart, body.product, body.quantity),
            )
        except ForeignKeyViolation as error:
            raise HTTPException(404, {"code": "no_such_cart_or_product"}) from error
    await shop.cache.delete(f"cart:{cart}")


@router.delete("/{cart}/items/{product}", status_code=204)
async def remove(cart: UUID, product: int, shop: Shop) -> None:
    async with shop.pool.connection() as connection:
        cursor = await connection.execute("DELETE FROM cart_items WHERE cart = %s AND product = %s", (cart, product))
        if cursor.rowcount == 0:
            raise HTTPException(404, {"code": "not_in_cart"})
    await shop.cache.delete(f"cart:{cart}")
