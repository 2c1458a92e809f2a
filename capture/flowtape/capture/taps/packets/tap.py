"""The `packets` tap: from packets to exchanges, with every packet, byte and connection accounted for.

- `packets.heard` is the sum of all other `packets.*` counters but `packets.kernel_dropped`, which nobody heard;
- `bytes.heard`, TCP payload of connections that matter, is the sum of bytes.read, bytes.duplicate and bytes.ignored once the
  tap has ended; bytes.missing were never heard, and bytes.skipped were read while their conversation was silent;
- `connections.opened` and `.joined` (in mid-stream) are the sum of the other `connections.*`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Final, Protocol

from flowtape.capture.codec import Codec
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Connection
from flowtape.capture.routes import Route, Routes
from flowtape.capture.taps import Hear
from flowtape.capture.taps.packets.half import Account, Half
from flowtape.capture.taps.packets.link import ACK, RST, SYN, Segment, dissect, ends, reverse
from flowtape.capture.taps.packets.table import Table, Tracked
from flowtape.capture.taps.packets.tcp import ACK_ONLY, Assembly

ELSEWHERE: Final = "packets.elsewhere"
UNCONNECTED: Final = "packets.unconnected"
SWEEP_EVERY: Final = 10_000_000_000
TICK_EVERY: Final = 10_000_000
MAX_ROUTES: Final = 65_536


class Receiver(Protocol):
    """Where a source brings its packets, in the order in which they were heard."""

    counters: Counter[str]

    def packet(self, link: int, at: int, data: bytes, length: int) -> None:
        """One packet of the link type `link` (LINKTYPE_), heard `at` (ns); `length` is its length on the wire."""

    def quiet(self, now: int) -> None:
        """Every packet from before `now` (ns) has been brought."""


class Source(Protocol):
    """Where packets come from. `problems` says in words what could not be read, and where."""

    problems: list[str]

    async def run(self, receiver: Receiver) -> None:
        """Bring packets until cancelled, or until there are no more."""


class PacketsTap:
    """Overhears the connections that `routes` names among the packets of `source`.

    An exchange is heard as soon as it is whole. On the way out, every connection still open is closed, so that what was
    under way is heard as incomplete.
    """

    name: ClassVar[str] = "packets"

    def __init__(
        self, routes: Routes, source: Source, codecs: Sequence[type[Codec]] | None = None, *, table: Table | None = None
    ) -> None:
        if codecs is None:
            from flowtape.capture.protocols.codecs import CODECS

            codecs = CODECS
        self._routes = routes
        self._source = source
        self._codecs = codecs
        self._table = Table() if table is None else table
        self._account = Account()
        self.counters: Counter[str] = self._account.counters
        self._found: dict[bytes, Route | None] = {}
        self._waiting: dict[Tracked, None] = {}
        self._touched: dict[Tracked, None] = {}
        self._hear: Hear = _hear_nothing
        self._now = 0
        self._next_tick = 0
        self._swept = 0
        self._serial = 0

    @property
    def problems(self) -> list[str]:
        """What of the source could not be read, and where, in words."""
        return self._source.problems

    async def run(self, hear: Hear) -> None:
        self._hear = hear
        try:
            await self._source.run(self)
        finally:
            self.close()

    def close(self) -> None:
        for tracked in list(self._table):
            self._end(tracked, "connections.cut_off", "the recording ended")

    def watermark(self) -> int:
        # Asked often, while most connections are idle: only those that spoke since the last time, or had something
        # under way then, can have something under way now.
        oldest = self._now
        for tracked in list(self._touched):
            at = _under_way(tracked)
            if at is None:
                del self._touched[tracked]
            else:
                oldest = min(oldest, at)
        return oldest

    # -- Receiver

    def packet(self, link: int, at: int, data: bytes, length: int) -> None:
        counters = self.counters
        counters["packets.heard"] += 1
        if at > self._now:
            self._now = at
            if at > self._next_tick:
                self._tick()
        segment = dissect(link, data, length)
        if isinstance(segment, str):
            counters[segment] += 1
            return
        found = self._table.find(segment.key)
        if found is None or (segment.flags & SYN and found[0].assembly.renewed_by(found[1], segment)):
            met = self._meet(segment, at)
            if isinstance(met, str):
                counters[met] += 1
                return
            found = met
        tracked, half = found
        assembly = tracked.assembly
        tracked.last = at
        done = assembly.closed
        outcome = assembly.take(half, segment, at)
        counters[outcome] += 1
        if outcome == ACK_ONLY and not assembly.waiting and tracked not in self._waiting:
            return
        counters["bytes.heard"] += len(segment.payload)
        if not done:
            self._follow_up(tracked)

    def quiet(self, now: int) -> None:
        self._now = max(self._now, now)
        if self._now > self._next_tick:
            self._tick()

    # -- connections

    def _follow_up(self, tracked: Tracked) -> None:
        """After something of a connection was told, or held back."""
        assembly = tracked.assembly
        self._touched[tracked] = None
        self._collect(tracked)
        if assembly.closed:
            self._closed(tracked, "connections.closed")
        elif assembly.lost_track:
            self._end(tracked, "connections.lost_track", "the connection went on unheard")
        elif assembly.waiting:
            self._waiting[tracked] = None
        elif self._waiting:
            self._waiting.pop(tracked, None)

    def _meet(self, segment: Segment, at: int) -> tuple[Tracked, Half] | str:
        """Begin to follow the connection of `segment`, or say in which counter its packet ends."""
        syn, ack = segment.flags & SYN, segment.flags & ACK
        route, from_client = self._direction(segment.key, syn=bool(syn), ack=bool(ack))
        if route is None:
            return ELSEWHERE
        old = self._table.find(segment.key)
        if old is not None:
            self._end(old[0], "connections.replaced", "its ports were used for another connection")
        if segment.flags & RST or not (syn or segment.length):
            return UNCONNECTED
        for crowded in self._table.crowded():
            self._end(crowded, "connections.evicted_full", "there were too many connections")
        self._serial += 1
        key = segment.key if from_client else reverse(segment.key)
        client, server = ends(key)
        connection = Connection(f"p{at:x}.{self._serial}", client, server, route.dependency, route.name)
        tracked = Tracked(key, connection, route.hint, at)
        tracked.assembly = Assembly(lambda joined: self._converse(tracked, joined=joined), self._account)
        self._table.add(tracked)
        self.counters["connections.opened" if syn else "connections.joined"] += 1
        return tracked, tracked.assembly.client if from_client else tracked.assembly.server

    def _converse(self, tracked: Tracked, *, joined: bool) -> Conversation:
        return Conversation(tracked.connection, self._codecs, hint=tracked.hint, joined=joined)

    def _direction(self, key: bytes, *, syn: bool, ack: bool) -> tuple[Route | None, bool]:
        """The route of a connection, and whether `key` is its client's direction.

        Who opened it says so; where that was not heard, the end that has a route, and of two that have, the lower port.
        """
        back = reverse(key)
        if syn:
            return (self._route(back), False) if ack else (self._route(key), True)
        there, here = self._route(key), self._route(back)
        if there is not None and here is not None and key[-2:] > key[-4:-2]:
            return here, False
        return (there, True) if there is not None else (here, False)

    def _route(self, key: bytes) -> Route | None:
        half = (len(key) - 4) // 2
        server = key[half : 2 * half] + key[-2:]
        if server not in self._found:
            if len(self._found) >= MAX_ROUTES:
                self._found.clear()
            self._found[server] = self._routes.of(ends(key)[1])
        return self._found[server]

    def _end(self, tracked: Tracked, counter: str, reason: str) -> None:
        """Stop following a connection."""
        if not tracked.assembly.closed:
            tracked.assembly.finish(self._now, reason)
            self._collect(tracked)
            self._closed(tracked, counter)
        self._table.remove(tracked)

    def _closed(self, tracked: Tracked, counter: str) -> None:
        self.counters[counter] += 1
        self._waiting.pop(tracked, None)
        self._touched.pop(tracked, None)
        conversation = tracked.assembly.ear
        if isinstance(conversation, Conversation):
            self.counters["bytes.skipped"] += conversation.counters["skipped"]
            self.counters["streams.errors"] += conversation.counters["errors"]
            self.counters["streams.resumed"] += conversation.counters["resumed"]
            tracked.assembly.ear = None  # the connection is still known for a while, what it said is not kept

    def _collect(self, tracked: Tracked) -> None:
        conversation = tracked.assembly.ear
        if isinstance(conversation, Conversation) and conversation.news:
            for exchange in conversation.exchanges():
                self.counters["exchanges.incomplete" if exchange.incomplete else "exchanges.whole"] += 1
                self._hear(exchange)
            for exchange in conversation.unread():
                self.counters["exchanges.unread"] += 1
                self._hear(exchange)

    # -- time

    def _tick(self) -> None:
        now = self._now
        for tracked in list(self._waiting):
            tracked.assembly.tick(now)
            self._follow_up(tracked)
        # The more of them there are, the less often they are looked through: a flood of holes is not to be a flood of work.
        self._next_tick = now + TICK_EVERY * (1 + len(self._waiting) // 100)
        if now - self._swept > SWEEP_EVERY:
            self._swept = now
            for tracked in self._table.idle(now):
                self._end(tracked, "connections.evicted_idle", "the connection was silent for too long")


def _hear_nothing(_: object) -> None:
    """Before `run`, nobody listens."""


def _under_way(tracked: Tracked) -> int | None:
    conversation = tracked.assembly.ear
    spoken = conversation.under_way if isinstance(conversation, Conversation) else None
    times = [at for at in (spoken, tracked.assembly.oldest) if at is not None]
    return min(times, default=None)
