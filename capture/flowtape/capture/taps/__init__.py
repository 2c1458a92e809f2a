"""Where bytes are overheard: `packets` (an interface or a pcap file), `proxy` (HTTP in the path), `relay` (databases in the path).

Whatever the tap, the same traffic gives the same exchanges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol, TypeAlias

from flowtape.capture.exchange import Exchange

Hear: TypeAlias = Callable[[Exchange], None]
"""Called with each exchange as it ends, on the event loop's thread."""


class Tap(Protocol):
    """`counters` accounts for everything heard: each packet, byte, connection and exchange ends in exactly one counter."""

    counters: Counter[str]

    @property
    def name(self) -> str:
        """What statistics call it."""

    async def run(self, hear: Hear) -> None:
        """Listen until cancelled, or until the file ends. On the way out, what is under way is heard as incomplete."""

    def watermark(self) -> int:
        """Every exchange that started before this time (ns since the epoch) has been heard."""
