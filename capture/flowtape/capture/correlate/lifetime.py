"""How long a service may work for a request: until its response and the quiet time after it; longer where it is slow to answer, and
where there was no response.

A service that takes a second to answer does not come to its background tasks within a tenth of one: the quiet time is never shorter
than its answers take of late. A client that loses patience closes the connection, and the service often does not notice: it works on
for as long as such requests take, while the client asks again. What it asks then must not seem to be the next request's.
"""

from __future__ import annotations

from typing import Final

from flowtape.capture.exchange import Exchange

TIMES: Final = 8
"""So many times as long as the longest of late is a request without a response thought to be worked for."""
TAIL: Final = 2
"""So many times as long as the longest tail is waited for."""
FADING: Final = 0.999
HASTE: Final = 0.1
"""How much of what is usual of late the last answer decides: some twenty answers are of late."""
LONGEST_QUIET: Final = 20
"""So many times the quiet time that was asked for, at most."""


def over(exchange: Exchange) -> int:
    """When nothing more was heard of it (ns)."""
    return max(exchange.ended, exchange.answered, exchange.asked, exchange.started)


class Lifetimes:
    """`quiet_ns` is how long after a response a service may still work for it, `most_ns` how long at most for no response."""

    def __init__(self, quiet_ns: int, most_ns: int) -> None:
        self._quiet = quiet_ns
        self._most = most_ns
        self._longest = 0.0
        self._usual = 0.0

    @property
    def quiet(self) -> int:
        """How long after it has done something for a request the service may be about to do something else for it (ns)."""
        return max(self._quiet, min(int(self._usual), LONGEST_QUIET * self._quiet))

    def until(self, entry: Exchange) -> int:
        """When nothing can begin any more that `entry` causes (ns)."""
        end = over(entry)
        if entry.answer is not None and not entry.incomplete:
            took = end - entry.started
            self._longest = max(self._longest * FADING, took)
            self._usual += (took - self._usual) * HASTE
            return end + self.quiet
        most = min(self._most, int(self._longest * TIMES)) if self._longest else self._most
        return max(end, entry.started + most) + self.quiet

    def with_tail(self, entry: Exchange, tail: float) -> int:
        """The same of a service that is busy, where such requests began their last call so many times as long after the response as it
        had taken (ns): slow at the one, it is slow at the other.
        """
        return entry.ended + min(int(TAIL * tail * (entry.ended - entry.started)), LONGEST_QUIET * self._quiet)
