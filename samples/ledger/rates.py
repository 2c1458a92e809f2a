"""Exchange rates, asked of the payment service; and what an exchange costs."""

from __future__ import annotations

import os
from decimal import ROUND_HALF_EVEN, Decimal

import requests

from samples.ledger.refusal import refuse

CENT = Decimal("0.01")
FEE = Decimal("0.005")


def rate(source: str, target: str) -> Decimal:
    """How much of `target` one of `source` is. Refuses where nobody quotes it."""
    if source == target:
        return Decimal(1)
    wanted = {"pair": f"{source}/{target}", "side": "mid"}
    answer = requests.get(f"{os.environ['RATES_URL']}/rates", params=wanted, timeout=5)
    if answer.status_code == 404:
        refuse(422, "no_such_rate")
    answer.raise_for_status()
    return Decimal(answer.json()["rate"])


def exchanged(amount: Decimal, quoted: Decimal) -> Decimal:
    return (amount * quoted).quantize(CENT, ROUND_HALF_EVEN)


def fee(amount: Decimal, source: str, target: str) -> Decimal:
    """Half a percent for an exchange, nothing within a currency."""
    return Decimal("0.00") if source == target else (amount * FEE).quantize(CENT, ROUND_HALF_EVEN)
