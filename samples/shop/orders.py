"""Orders: a checkout reads, writes in a transaction, charges the card and forgets the cached cart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, BackgroundTasks, HTTPException, Response
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from pydantic import BaseModel

from samples.shop import payments
from samples.shop.confirmation import confirm
from samples.shop.resources import Row, Shop

router = APIRouter(prefix="/orders")

SHIPPING, FREE_SHIPPING = Decimal("4.90"), Decimal(50)


class Checkout(BaseModel):
    cart: UUID
    card: str


@dataclass(frozen=True, slots=True)
class Order:
    id: UUID
    customer: int
    email: str
    total: Decimal
    placed_at: datetime
    items: list[Any]


@router.post("", status_code=201)
async def checkout(body: Checkout, shop: Shop, tasks: BackgroundTasks, response: Response) -> Row:
    async with shop.pool.connection() as connection, connection.transaction():
        order = await _place(connection, body.cart)
        charge = await payments.charge(shop, order.id, order.total, body.card)
        await connection.execute("UPDATE orders SET status = 'paid', charge = %s WHERE id = %s", (charge, order.id))
        await connection.execute("DELETE FROM cart_items WHERE cart = %s", (body.cart,))
    await shop.cache.delete(f"cart:{body.cart}")
    tasks.add_task(confirm, shop, order.id, order.email, order.total)
    response.headers["Location"] = f"/orders/{order.id}"
    return {"id": order.id, "status": "paid", "total": order.total, "placed_at": order.placed_at}


async def _place(connection: AsyncConnection[DictRow], cart: UUID) -> Order:
    cursor = await connection.execute(
        "SELECT c.customer, u.email FROM carts c JOIN customers u ON u.id = c.customer WHERE c.id = %s", (cart,)
    )
    owner = await cursor.fetchone()
    if owner is None:
        raise HTTPException(404, {"code": "no_such_cart"})
    cursor = await connection.execute(
        "SELECT i.product, i.quantity, p.price, p.stock FROM cart_items i"
        " JOIN products p ON p.id = i.product WHERE i.cart = %s ORDER BY i.product FOR UPDATE OF p",
        (cart,),
    )
    items = await cursor.fetchall()
    if not items:
        raise HTTPException(409, {"code": "cart_is_empty"})
    goods = sum((item["price"] * item["quantity"] for item in items), Decimal(0))
    total = goods if goods >= FREE_SHIPPING else goods + SHIPPING
    order = Order(uuid4(), owner["customer"], owner["email"], total, datetime.now(UTC), items)
    await connection.execute(
        "INSERT INTO orders (id, customer, total, status, placed_at) VALUES (%s, %s, %s, 'new', %s)",
        (order.id, order.customer, order.total, order.placed_at),
    )
    for item in items:
        await _reserve(connection, order, item)
    return order


async def _reserve(connection: AsyncConnection[DictRow], order: Order, item: Row) -> None:
    if item["stock"] < item["quantity"]:
        raise HTTPException(409, {"code": "out_of_stock", "product": item["product"]})
    await connection.execute(
        'INSERT INTO order_items ("order", product, quantity, price) VALUES (%s, %s, %s, %s)',
        (order.id, item["product"], item["quantity"], item["price"]),
    )
    await connection.execute(
        "UPDATE products SET stock = stock - %s WHERE id = %s", (item["quantity"], item["product"])
    )


@router.get("/{order}")
async def show(order: UUID, shop: Shop) -> Row:
    async with shop.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT o.id, o.total, o.status, o.placed_at, u.email FROM orders o"
            " JOIN customers u ON u.id = o.customer WHERE o.id = %s",
            (order,),
        )
        row = await cursor.fetchone()
        if row is None:
            raise HTTPException(404, {"code": "no_such_order"})
        cursor = await connection.execute(
            'SELECT product, quantity, price FROM order_items WHERE "order" = %s ORDER BY product', (order,)
        )
        return {**row, "items": await cursor.fetchall()}


@router.post("/{order}/cancel")
async def cancel(order: UUID, shop: Shop) -> Row:
    async with shop.pool.connection() as connection:
        cursor = await connection.execute("SELECT * FROM orders WHERE id = %s FOR UPDATE", (order,))
        row = await cursor.fetchone()
        if row is None:
            raise HTTPException(404, {"code": "no_such_order"})
        if row["status"] != "paid":
            raise HTTPException(409, {"code": "not_paid", "status": row["status"]})
        refund = await payments.refund(shop, row["charge"], row["total"])
        await connection.execute("UPDATE orders SET status = 'cancelled' WHERE id = %s", (order,))
        await connection.execute(
            'UPDATE products p SET stock = p.stock + i.quantity FROM order_items i WHERE i."order" = %s AND p.id = i.product',
            (order,),
        )
    return {"id": order, "status": "cancelled", "refund": refund}
