"""How long each step of a path waits for those before it, and the response for the last.

Where sequences and values leave several ways to explain a request, the gaps tell how likely each is. They count a third: what holds one step up
holds up the next, so that gaps of one request are no independent witnesses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from flowtape.capture.correlate.delays import Delays
from flowtape.capture.correlate.saying import Saying

if TYPE_CHECKING:
    from flowtape.capture.correlate.grammar import Step

UNIT_NS: Final = 10_000.0
"""Shorter gaps are all alike."""
ENOUGH: Final = 10
"""Of fewer gaps nothing is said."""
LATELY: Final = 400
"""So many requests tell how long things take: code and machines change."""
COUNTS: Final = 1 / 3
"""So much of the logarithm of the odds."""
UTMOST: Final = math.log(10_000)
"""Of the logarithm of the odds: gaps make nothing surer than that, however well they fit. What is known of them is too little to say so."""


class Gaps:
    """Of one path, whose `steps` say what each waits for."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._delays = [Delays(UNIT_NS, LATELY) for _ in range(len(steps) + 1)]

    def learn(self, request: Saying, calls: Sequence[Saying]) -> None:
        for delays, gap in zip(self._delays, self._gaps(request, calls), strict=True):
            delays.learn([gap])

    def cost(self, request: Saying, calls: Sequence[Saying]) -> float | None:
        """-log of how likely it is that `calls` are the request's, against their being others', which may begin at any time. None where
        too little is known.
        """
        if len(self._delays[0]) < ENOUGH:
            return None
        entry = request.exchange
        any_time = math.log(max(entry.ended - entry.started, UNIT_NS) / UNIT_NS)
        gaps = zip(self._delays, self._gaps(request, calls), strict=True)
        return sum(delays.cost(gap) for delays, gap in gaps) - len(calls) * any_time

    def _gaps(self, request: Saying, calls: Sequence[Saying]) -> Iterator[float]:
        """In ns."""
        entry = request.exchange
        for step, call in zip(self._steps, calls, strict=True):
            yield call.exchange.started - max((calls[at].exchange.ended for at in step.after), default=entry.started)
        before = (call.exchange.ended for step, call in zip(self._steps, calls, strict=True) if not step.after_response)
        yield entry.ended - max(before, default=entry.started)


def risk(cost: float, others: Iterable[float], counts: float = COUNTS) -> float:
    """How likely it is that what costs so much is not true, but one of `others`."""
    odds = sum(math.exp(max(-UTMOST, min(counts * (cost - other), UTMOST))) for other in others)
    return odds / (1 + odds)
