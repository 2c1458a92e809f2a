"""What a customer sees once signed in: their own account, and the receipts of their own orders."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, HTTPException, Request, Response
from fastapi.templating import Jinja2Templates

from samples.shop.resources import Row, Shop
from samples.shop.sessions import SignedIn

router = APIRouter()
templates = Jinja2Templates(Path(__file__).parent / "templates")

VAT = Decimal("0.23")
CENT = Decimal("0.01")


@router.get("/account")
async def account(customer: SignedIn, shop: Shop, response: Response) -> Row:
    async with shop.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id, name, email, phone, time_zone FROM customers WHERE id = %s", (customer,)
        )
        row = await cursor.fetchone()
        cursor = await connection.execute(
            "SELECT count(*) AS orders, coalesce(sum(total), 0) AS spent FROM orders"
            " WHERE customer = %s AND status <> 'cancelled'",
            (customer,),
        )
        sums = await cursor.fetchone()
    if row is None or sums is None:
        raise HTTPException(404, {"code": "no_such_customer"})
    response.headers["Cache-Control"] = "private, no-store"
    return {**row, **sums}


@router.get("/orders/{order}/receipt")
async def receipt(
    order: UUID,
    customer: SignedIn,
    shop: Shop,
    request: Request,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A page for the customer whose order it is, times in their zone, the value added tax told apart."""
    async with shop.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT o.id, o.customer, o.total, o.status, o.placed_at, u.name, u.time_zone FROM orders o"
            " JOIN customers u ON u.id = o.customer WHERE o.id = %s",
            (order,),
        )
        row = await cursor.fetchone()
        if row is None:
            raise HTTPException(404, {"code": "no_such_order"})
        if row["customer"] != customer:
            raise HTTPException(403, {"code": "not_yours"})
        headers = {"ETag": f'"{order}-{row["status"]}"', "Cache-Control": "private, max-age=60"}
        if if_none_match == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        cursor = await connection.execute(
            "SELECT p.title, i.quantity, i.price FROM order_items i JOIN products p ON p.id = i.product"
            ' WHERE i."order" = %s ORDER BY p.title',
            (order,),
        )
        items = await cursor.fetchall()
    net = (row["total"] / (1 + VAT)).quantize(CENT)
    placed = row["placed_at"].astimezone(ZoneInfo(row["time_zone"]))
    told = {"order": row, "items": items, "net": net, "vat": row["total"] - net, "placed": placed}
    return templates.TemplateResponse(request, "receipt.html", told, headers=headers)
