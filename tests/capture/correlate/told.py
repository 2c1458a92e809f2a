"""What a correlator makes of exchanges, and that it accounts for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Flow

QUIET = 100_000_000


class Told:
    """What a correlator made of exchanges that came in the order of their ends."""

    def __init__(self, exchanges: Sequence[Exchange], **settings: Any) -> None:
        self.correlator = Correlator("shop", "1", QUIET, **settings)
        self.taken = len(exchanges)
        heard = sorted(exchanges, key=lambda exchange: exchange.ended)
        found = []
        for index, exchange in enumerate(heard):
            self.correlator.take(exchange)
            found += self.correlator.advance(min((later.started for later in heard[index + 1 :]), default=0))
        self.flows: dict[str, Flow] = {}
        self.outside: dict[str, str] = {}
        for decided in [*found, *self.correlator.close(whole=True)]:
            if isinstance(decided, Flow):
                self.flows[decided.entry.connection.id] = decided
            else:
                self.outside[decided.exchange.connection.id] = decided.reason
        self.counters = self.correlator.counters
        assert accounted(self.correlator) == self.taken
        assert self.correlator.weight == 0

    def calls(self, entry: Exchange) -> list[str]:
        return [call.exchange.connection.id for call in self.flows[entry.connection.id].calls]

    def problem(self, entry: Exchange) -> str:
        return self.flows[entry.connection.id].problem

    def where(self, exchange: Exchange) -> str | None:
        return self.outside.get(exchange.connection.id)


def accounted(correlator: Correlator) -> int:
    return sum(number for name, number in correlator.counters.items() if name != "flows.heard")
