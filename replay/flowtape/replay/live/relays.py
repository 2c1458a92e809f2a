"""Relays before live dependencies, on the event loop of the answering servers, and what was heard at them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Sequence
from operator import itemgetter
from typing import Protocol

from flowtape.capture.exchange import Address, Exchange
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.taps.relay import RelayRoute, RelayTap
from flowtape.capture.taps.upstream import Tls

POLL_SECONDS = 0.005
TRIES = 10


class Hearing:
    """What is heard, in the order in which it ended. Thread-safe.

    Its `clock` goes on where the application's stands still, so that it can be told what came first, also of what the proxy's process
    has heard by the time of day.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: list[Exchange] = []
        self._offset = min((_offset() for _ in range(TRIES)), key=itemgetter(0))[1]
        self.last = time.monotonic()

    def clock(self) -> int:
        return self._offset + time.monotonic_ns()

    def hear(self, exchange: Exchange) -> None:
        with self._lock:
            self._heard.append(exchange)
            self.last = time.monotonic()

    def take(self) -> list[Exchange]:
        """All that was heard since the last call, in the order in which it began."""
        with self._lock:
            heard, self._heard = self._heard, []
        return sorted(heard, key=lambda exchange: exchange.started)


def _offset() -> tuple[int, int]:
    """How inexact it is, and how far the time of day is ahead of the monotonic clock, in nanoseconds."""
    before, now, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
    return after - before, now - (before + after) // 2


class Ear(Protocol):
    """Something in the path of live dependencies."""

    async def under_way(self) -> bool:
        """Whether something was asked and is not answered. All that was answered before has been heard."""


class Relay:
    """One dependency's relay, while it runs."""

    def __init__(self, tap: RelayTap, dependency: str, running: asyncio.Task[None]) -> None:
        self.address: Address = tap.addresses[dependency]
        self._tap = tap
        self._running = running

    @property
    def encryption_required(self) -> int:
        """How many clients went away because TLS was declined, so far."""
        return self._tap.counters["streams.encryption_required"]

    async def under_way(self) -> bool:
        return any(link.under_way is not None or link.undecided for link in self._tap.links)

    async def close(self) -> None:
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running


async def relay(dependency: str, server: Address, protocol: str, hearing: Hearing, wanted: Tls | None = None) -> Relay:
    """Relay to `server`, by TLS if that is wanted, from a free port of loopback. Raises OSError."""
    here = Address("127.0.0.1", 0)
    route = RelayRoute(dependency, here, server, protocol, protocol == "postgresql", wanted)
    tap = RelayTap([route], CODECS, clock=hearing.clock)
    running = asyncio.create_task(tap.run(hearing.hear))
    opened = asyncio.create_task(tap.listening.wait())
    await asyncio.wait([running, opened], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        opened.cancel()
        await running  # raises
    return Relay(tap, dependency, running)


async def quiet(ears: Sequence[Ear], hearing: Hearing, seconds: float, limit: float, since: float = 0.0) -> None:
    """Wait until nothing is under way and nothing was heard for so many seconds, at the earliest from `since` on, a time of
    `time.monotonic`; no longer than `limit`.
    """
    until = time.monotonic() + limit
    while time.monotonic() < until:
        busy = [await each.under_way() for each in ears]
        if not any(busy) and time.monotonic() - max(since, hearing.last) >= seconds:
            return
        await asyncio.sleep(POLL_SECONDS)
