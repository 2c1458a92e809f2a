"""What the shop asks of the payment service: to charge a card, to give the money back."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import httpx
from fastapi import HTTPException

from samples.shop.resources import Resources


async def charge(shop: Resources, order: UUID, amount: Decimal, card: str) -> str:
    """The charge's reference. Answers 402 where the card is declined, 502 where the service fails."""
    answer = await shop.payments.post(
        "/charges",
        json={"order": str(order), "amount": str(amount), "card": card},
        headers={"Idempotency-Key": str(order)},
    )
    if answer.status_code == 402:
        raise HTTPException(402, {"code": "card_declined"})
    return _reference(answer)


async def refund(shop: Resources, reference: str, amount: Decimal) -> str:
    answer = await shop.payments.post("/refunds", json={"charge": reference, "amount": str(amount)})
    return _reference(answer)


def _reference(answer: httpx.Response) -> str:
    if answer.is_error:
        raise HTTPException(502, {"code": "payment_failed"})
    reference: str = answer.json()["id"]
    return reference
