"""Changes of a sample service that change nothing of what it does. None may raise an alarm."""

from __future__ import annotations

from benchmarks.regressions.patch import Patch
from benchmarks.regressions.refactorings import ledger_sql, ledger_ways, shop_libraries, shop_sql, shop_ways

REFACTORINGS: tuple[Patch, ...] = tuple(
    patch for table in (shop_sql, shop_ways, shop_libraries, ledger_sql, ledger_ways) for patch in table.REFACTORINGS
)
