"""Changes that break a sample service, by service and by where it shows. Each must be caught."""

from __future__ import annotations

from benchmarks.regressions.patch import Patch
from benchmarks.regressions.regressions import (
    ledger_answers,
    ledger_writes,
    shop_answers,
    shop_elsewhere,
    shop_writes,
)

REGRESSIONS: tuple[Patch, ...] = tuple(
    patch
    for table in (shop_writes, shop_elsewhere, shop_answers, ledger_writes, ledger_answers)
    for patch in table.REGRESSIONS
)
