"""Charges cards, refunds charges, quotes exchange rates. Keeps nothing beyond its process."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

app = FastAPI(title="payments")
charges: dict[str, Decimal] = {}

RATES = {"EUR/USD": Decimal("1.0842"), "EUR/GBP": Decimal("0.8391"), "USD/EUR": Decimal("0.9223")}
SIDES = {"mid": Decimal(1), "buy": Decimal("1.005"), "sell": Decimal("0.995")}


class Charge(BaseModel):
    order: str
    amount: Decimal
    currency: str = "EUR"
    card: str


class Refund(BaseModel):
    charge: str
    amount: Decimal


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/charges", status_code=201)
async def charge(body: Charge, idempotency_key: Annotated[str, Header()]) -> dict[str, str]:
    if body.card.endswith("0002"):
        raise HTTPException(402, {"code": "card_declined", "order": body.order})
    if body.card.endswith("0119"):
        raise HTTPException(503, {"code": "processor_unavailable"})
    reference = f"ch_{secrets.token_hex(8)}"
    charges[reference] = body.amount
    return {"id": reference, "status": "captured", "amount": str(body.amount), "key": idempotency_key}


@app.post("/refunds", status_code=201)
async def refund(body: Refund) -> dict[str, str]:
    if body.charge not in charges:
        raise HTTPException(404, {"code": "no_such_charge"})
    return {"id": f"re_{secrets.token_hex(8)}", "status": "refunded", "amount": str(body.amount)}


@app.get("/rates")
async def rate(pair: str, side: Literal["mid", "buy", "sell"] = "mid") -> dict[str, str]:
    """`pair` is `EUR/USD`. Whoever sells or buys pays half a percent."""
    quoted = RATES.get(pair)
    if quoted is None:
        raise HTTPException(404, {"code": "no_such_rate"})
    return {"pair": pair, "side": side, "rate": str((quoted * SIDES[side]).quantize(Decimal("0.0001")))}
