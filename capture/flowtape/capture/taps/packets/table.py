"""The connections that a tap follows, found by the addresses and ports of either direction, and bounded in number."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest
from typing import Final

from flowtape.capture.exchange import Connection
from flowtape.capture.taps.packets.half import Half
from flowtape.capture.taps.packets.link import reverse
from flowtape.capture.taps.packets.tcp import Assembly

MAX_CONNECTIONS: Final = 50_000
IDLE: Final = 3600_000_000_000
"""How long a connection that has said something may say nothing, in ns: pools keep theirs for long."""
IDLE_UNSPOKEN: Final = 60_000_000_000
"""The same for one that has said nothing yet."""
IDLE_CLOSED: Final = 30_000_000_000
"""How long late packets of a closed connection are still known for what they are."""


class Tracked:
    """One connection that matters. `key` is the client's direction; `last` is when it was last heard, in ns."""

    __slots__ = ("assembly", "connection", "hint", "key", "last")

    def __init__(self, key: bytes, connection: Connection, hint: str, at: int) -> None:
        self.key = key
        self.connection = connection
        self.hint = hint
        self.last = at
        self.assembly: Assembly

    @property
    def idle_limit(self) -> int:
        if self.assembly.closed:
            return IDLE_CLOSED
        return IDLE_UNSPOKEN if self.assembly.ear is None else IDLE


class Table:
    """At most `limit` connections. It only finds them: who is evicted is for its owner to close and to remove."""

    def __init__(self, limit: int = MAX_CONNECTIONS) -> None:
        self._limit = limit
        self._halves: dict[bytes, tuple[Tracked, Half]] = {}
        self.find = self._halves.get

    def __len__(self) -> int:
        return len(self._halves) // 2

    def __iter__(self) -> Iterator[Tracked]:
        return (tracked for key, (tracked, _) in self._halves.items() if key == tracked.key)

    def add(self, tracked: Tracked) -> None:
        self._halves[tracked.key] = (tracked, tracked.assembly.client)
        self._halves[reverse(tracked.key)] = (tracked, tracked.assembly.server)

    def remove(self, tracked: Tracked) -> None:
        del self._halves[tracked.key]
        del self._halves[reverse(tracked.key)]

    def idle(self, now: int) -> list[Tracked]:
        """Those that have said nothing for too long."""
        return [tracked for tracked in self if now - tracked.last > tracked.idle_limit]

    def crowded(self) -> list[Tracked]:
        """Whom to evict when the table is full: an eighth of it, the closed and the unspoken first, then the longest idle."""
        if len(self) < self._limit:
            return []
        return nsmallest(max(1, self._limit // 8), self, key=_worth)


def _worth(tracked: Tracked) -> tuple[bool, int]:
    return not tracked.assembly.closed and tracked.assembly.ear is not None, tracked.last
