"""Customers: who they are and what they ordered."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from psycopg.errors import UniqueViolation
from pydantic import BaseModel

from samples.shop.resources import Row, Shop

router = APIRouter(prefix="/customers")


class NewCustomer(BaseModel):
    name: str
    email: str
    phone: str | None = None


@router.post("", status_code=201)
async def register(body: NewCustomer, shop: Shop) -> Row:
    async with shop.pool.connection() as connection:
        try:
            cursor = await connection.execute(
                "INSERT INTO customers (name, email, phone) VALUES (%s, %s, %s) RETURNING id",
                (body.name, body.email, body.phone),
            )
        except UniqueViolation as error:
            raise HTTPException(409, {"code": "email_taken", "email": body.email}) from error
        row = await cursor.fetchone()
    assert row is not None
    return {"id": row["id"], "name": body.name, "email": body.email}


@router.get("/{customer}")
async def show(customer: int, shop: Shop) -> Row:
    async with shop.pool.connection() as connection:
        cursor = await connection.execute("SELECT id, name, email, phone FROM customers WHERE id = %s", (customer,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, {"code": "no_such_customer"})
    return row


@router.get("/{customer}/orders")
async def orders(customer: int, shop: Shop, page: int = 1, size: int = 5) -> Row:
    async with shop.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id, total, status, placed_at FROM orders WHERE customer = %s ORDER BY placed_at DESC LIMIT %s OFFSET %s",
            (customer, size, (page - 1) * size),
        )
        found = await cursor.fetchall()
        cursor = await connection.execute("SELECT count(*) AS n FROM orders WHERE customer = %s", (customer,))
        total = await cursor.fetchone()
    assert total is not None
    return {"orders": found, "page": page, "total": total["n"]}
