"""One direction of a connection: what has been told of it, what is held back, and what is missing."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from flowtape.capture.codec import Side

PIECE_COST: Final = 200
"""What a held piece costs beside its bytes, in bytes."""

_ROUND = 1 << 32
_MIDDLE = 1 << 31


@dataclass(slots=True)
class Account:
    """What all connections of a tap share: how many bytes they hold back, and the counters of bytes.

    Every payload byte heard ends in one of bytes.read, bytes.duplicate (heard, or given up, before) and bytes.ignored (strays, and
    what came after the close). bytes.missing are those never heard.
    """

    held: int = 0
    counters: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Piece:
    """Bytes from `start` up to `end`, of which `data` may hold fewer; a FIN takes one place.

    Whoever said them had heard the other side up to `after`.
    """

    start: int
    end: int
    data: bytes
    after: int
    at: int
    fin: bool = False

    def part(self, start: int, end: int) -> Piece:
        return Piece(start, end, self.data[start - self.start : end - self.start], self.after, self.at, self.fin)


@dataclass(frozen=True, slots=True)
class Hole:
    """Bytes from `start` up to `end` are missing; `proven` if their receiver has them, so that they will not come again.

    It was noticed `at` (ns), when the connection had had `packets` packets.
    """

    start: int
    end: int
    proven: bool
    at: int
    packets: int


class Half:
    """Places are sequence numbers that do not wrap: `next` is the first one not yet told, -1 while the beginning is unknown;
    the receiver has everything up to `acked`; `ended` once the FIN has been told.
    """

    __slots__ = ("account", "acked", "ended", "held", "hole", "next", "other", "queue", "side", "since")

    def __init__(self, side: Side, account: Account) -> None:
        self.side = side
        self.account = account
        self.other: Half = self
        self.next = -1
        self.acked = -1
        self.ended = False
        self.queue: list[Piece] = []
        """In order, none overlapping another."""
        self.held = 0
        self.since = 0
        """When the first of the pieces held back was heard."""
        self.hole: Hole | None = None

    def expect(self, sequence: int) -> None:
        # The first round starts at 2**32: places before the first one are not negative.
        self.next = self.acked = sequence + _ROUND

    def place(self, sequence: int) -> int:
        return self.next + ((sequence - self.next + _MIDDLE) % _ROUND) - _MIDDLE

    def head(self) -> Piece | None:
        """The piece that is next, if it has been heard."""
        return self.queue[0] if self.queue and self.queue[0].start == self.next else None

    def ready(self, piece: Piece) -> bool:
        """Whether `piece` is next and everything that it follows has been told."""
        if piece.start != self.next or self.ended:
            return False
        return piece.after <= self.other.next or self.other.ended

    def insert(self, piece: Piece) -> bool:
        """Hold what is new of `piece`. False if nothing is."""
        if self.ended or piece.end <= self.next:
            self.account.counters["bytes.duplicate"] += len(piece.data)
            return False
        queue, place, before = self.queue, max(piece.start, self.next), len(self.queue)
        again = min(place - piece.start, len(piece.data))
        at = bisect_right(queue, place, key=lambda held: held.end)
        while place < piece.end:
            held = queue[at] if at < len(queue) else None
            end = piece.end if held is None else min(piece.end, held.start)
            if end > place:
                self._hold(at, piece.part(place, end))
                at += 1
            if held is None:
                break
            again += len(piece.part(max(place, held.start), min(piece.end, held.end)).data)
            place, at = held.end, at + 1
        self.account.counters["bytes.duplicate"] += again
        return len(queue) > before

    def release(self, count: int) -> None:
        """Forget the first pieces."""
        size = sum(len(piece.data) + PIECE_COST for piece in self.queue[:count])
        self.held -= size
        self.account.held -= size
        del self.queue[:count]

    def discard(self) -> None:
        """Forget what is held back, untold."""
        self.account.counters["bytes.ignored"] += sum(len(piece.data) for piece in self.queue)
        self.release(len(self.queue))

    def look(self, at: int, packets: int) -> Hole | None:
        """The hole at `next`, if there is one, as it was first noticed: `at`, after so many packets."""
        first = self.queue[0].start if self.queue else None
        end, proven = self.next, False
        if self.next < 0 or self.ended:
            pass
        elif self.acked > self.next and first != self.next:
            end, proven = (self.acked if first is None else min(first, self.acked)), True
        elif first is not None:
            end = first
        if end <= self.next:
            self.hole = None
        elif self.hole is None or (self.hole.start, self.hole.proven) != (self.next, proven):
            self.hole = Hole(self.next, end, proven, at, packets)
        elif self.hole.end != end:
            self.hole = Hole(self.next, end, proven, self.hole.at, self.hole.packets)
        return self.hole

    def _hold(self, at: int, piece: Piece) -> None:
        if not self.queue:
            self.since = piece.at
        self.queue.insert(at, piece)
        self.held += len(piece.data) + PIECE_COST
        self.account.held += len(piece.data) + PIECE_COST
