"""How long a service may work for a request: until its response and the quiet time after it; longer where there was no response.

A client that loses patience closes the connection, and the service often does not notice: it works on for as long as such requests
take, while the client asks again. What it asks then must not seem to be the next request's.
"""

from __future__ import annotations

from typing import Final

from flowtape.capture.exchange import Exchange

TIMES: Final = 8
"""So many times as long as the longest of late is a request without a response thought to be worked for."""
FADING: Final = 0.999


class Lifetimes:
    """`quiet_ns` is how long after a response a service may still work for it, `most_ns` how long at most for no response."""

    def __init__(self, quiet_ns: int, most_ns: int) -> None:
        self._quiet = quiet_ns
        self._most = most_ns
        self._longest = 0.0

    def until(self, entry: Exchange) -> int:
        """When nothing can begin any more that `entry` causes (ns)."""
        end = max(entry.ended, entry.answered, entry.asked, entry.started)
        if entry.answer is not None and not entry.incomplete:
            self._longest = max(self._longest * FADING, end - entry.started)
            return end + self._quiet
        most = min(self._most, int(self._longest * TIMES)) if self._longest else self._most
        return max(end, entry.started + most) + self._quiet
