"""Flows that took a path of which little is known, kept for a while before they are believed.

A scheduler's call that falls into a request that is alone looks like its own. Once such calls came while no request was there, or
into other endpoints, or once the endpoint is known better, they give themselves away.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from flowtape.capture.correlate.open_flow import OpenFlow

PROBATION_NS: Final = 90_000_000_000
"""Longer than a minute, which is how often most schedulers come."""
MOST: Final = 2000
"""So many are kept; the oldest are believed first."""


class Probation:
    def __init__(self) -> None:
        self._flows: deque[OpenFlow] = deque()

    def __len__(self) -> int:
        return len(self._flows)

    def add(self, flow: OpenFlow) -> None:
        self._flows.append(flow)

    def over(self, now: int, most: int = MOST) -> list[OpenFlow]:
        """Those whose time is over by `now`, and the oldest, that there be no more than `most`."""
        found = []
        while self._flows and (self._flows[0].until + PROBATION_NS <= now or len(self._flows) > most):
            found.append(self._flows.popleft())
        return found
