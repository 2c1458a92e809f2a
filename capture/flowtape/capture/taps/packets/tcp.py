"""TCP reassembly of one connection, as an onlooker does it (RFC 9293; no role is ours, nothing can be asked again).

Each byte is told once, in causal order: a segment that acknowledges bytes of the other side waits until those bytes have
been told, so a question is always heard before its answer, whatever order the packets came in. Where two
segments claim the same bytes, the first one heard wins. Urgent data are data.

A hole in a direction is one of two things:
- the receiver has acknowledged beyond it: the bytes did arrive, and the capture lost them. They are given up after
  `REORDER_PACKETS` packets of the connection or `REORDER_TIME`, whichever is first;
- the receiver has not: the network lost them, and they will come again. They are given up after `PATIENCE`.

Either is given up sooner when more than `MAX_HELD` bytes wait behind it, or the tap holds more than `MAX_HELD_IN_ALL`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from flowtape.capture.codec import Side
from flowtape.capture.taps.packets.half import Account, Half, Hole, Piece
from flowtape.capture.taps.packets.link import ACK, FIN, RST, SYN, Segment

REORDER_PACKETS: Final = 64
REORDER_TIME: Final = 100_000_000
PATIENCE: Final = 5_000_000_000
MAX_HELD: Final = 4 * 1024 * 1024
MAX_HELD_IN_ALL: Final = 64 * 1024 * 1024
MAX_AHEAD: Final = 64 * 1024 * 1024
"""A segment further from what is expected than this belongs to no window: it is a stray."""
STRAYS: Final = 3
"""So many strays in a row mean that the connection has moved on unheard."""

DATA: Final = "packets.data"
TRUNCATED: Final = "packets.truncated"
DUPLICATE: Final = "packets.duplicate"
ACK_ONLY: Final = "packets.ack_only"
CONTROL: Final = "packets.control"
STRAY: Final = "packets.stray"
AFTER_CLOSE: Final = "packets.after_close"

_ROUND = 1 << 32
_WRAPPED = _ROUND - 1
_UNUSUAL = SYN | FIN | RST


class Ear(Protocol):
    """What hears the two directions: a Conversation."""

    def hear(self, side: Side, data: bytes, at: int) -> Any: ...
    def lose(self, side: Side, size: int, at: int) -> None: ...
    def end(self, side: Side, at: int) -> None: ...
    def close(self, at: int, reason: str = ...) -> None: ...


class Assembly:
    """Both halves of one connection. `begin` makes the ear when there is first something to tell; True: joined in the middle."""

    __slots__ = (
        "_account", "_begin", "_clock", "_packets", "_plain", "_strays",
        "client", "closed", "ear", "initial", "lost_track", "server", "waiting",
    )  # fmt: skip

    def __init__(self, begin: Callable[[bool], Ear], account: Account) -> None:
        self._begin = begin
        self._account = account
        self._clock = 0
        self._packets = 0
        self._plain = False
        self._strays = 0
        self.ear: Ear | None = None
        self.closed = False
        self.lost_track = False
        """Whether the connection has moved on unheard: it can only be joined anew."""
        self.client = Half(Side.CLIENT, account)
        self.server = Half(Side.SERVER, account)
        self.client.other, self.server.other = self.server, self.client
        self.initial: dict[Side, int] = {}
        """The initial sequence numbers that were heard."""
        self.waiting = False
        """Whether something is held back, or missing for certain: then `tick` has work to do."""

    # -- what the table asks

    @property
    def oldest(self) -> int | None:
        """A time before which nothing that is held back was heard, or None."""
        return min((half.since for half in (self.client, self.server) if half.queue), default=None)

    def renewed_by(self, half: Half, segment: Segment) -> bool:
        """Whether a SYN begins another connection between the same ports, and is not this one's, sent again or heard late."""
        known = self.initial.get(half.side)
        if known is None and half.next >= 0:
            return not 0 <= half.next - half.place(segment.sequence + 1) <= MAX_HELD
        return known is not None and known != segment.sequence

    # -- segments

    def take(self, half: Half, segment: Segment, at: int) -> str:
        """Hear one segment. Returns the counter in which its packet ends."""
        _, sequence, acknowledged, flags, payload, length = segment
        self._packets += 1
        if self._plain and not (
            flags & _UNUSUAL or sequence != half.next & _WRAPPED or acknowledged != half.other.next & _WRAPPED
        ):
            return self._take_next(half, payload, length, at)
        if self.closed:
            return self._ignore(payload, AFTER_CLOSE)
        outcome = self._sort_in(half, segment, at)
        if not self.closed:
            self._advance()
            self.tick(at)
        return outcome

    def _take_next(self, half: Half, payload: bytes, length: int, at: int) -> str:
        """Nearly every segment: just what is expected, from one who has heard all that was told of the other side."""
        self._strays = 0
        if not length:
            return ACK_ONLY
        half.next += length
        self._clock = max(self._clock, at)
        if payload:
            self._account.counters["bytes.read"] += len(payload)
            (self.ear or self._open()).hear(half.side, payload, self._clock)
        if len(payload) == length:
            return DATA
        self._lose(half, length - len(payload))
        return TRUNCATED

    def _sort_in(self, half: Half, segment: Segment, at: int) -> str:
        _, sequence, acknowledged, flags, payload, length = segment
        other = half.other
        if flags & SYN or half.next < 0 or (other.next < 0 and flags & ACK):
            self._meet(half, segment)
            sequence += (flags & SYN) >> 1
        start = half.place(sequence)
        after = other.place(acknowledged) if flags & ACK and other.next >= 0 else -1
        if abs(start - half.next) > MAX_AHEAD or after - other.next > MAX_AHEAD or length > MAX_AHEAD:
            self._strays += 1
            self.lost_track = self._strays >= STRAYS
            return self._ignore(payload, STRAY)
        self._strays = 0
        other.acked = max(other.acked, after)
        if flags & RST:
            self.finish(at, f"the {half.side} reset the connection")
            return self._ignore(payload, CONTROL)
        outcome = ACK_ONLY if not flags & (SYN | FIN) else CONTROL
        if length:
            outcome = self._hear(half, Piece(start, start + length, payload, after, at))
        if flags & FIN:
            half.insert(Piece(start + length, start + length + 1, b"", after, at, fin=True))
        return outcome

    def tick(self, now: int) -> None:
        """Give up what has been waited for long enough. `now` is the latest time heard, in ns."""
        while not self.closed:
            overdue = [hole for hole in self._holes(now) if self._is_overdue(hole[1], now)]
            if not overdue:
                break
            self._give_up(*overdue[0])
            self._advance()
        self._look()

    def finish(self, at: int, reason: str) -> None:
        """The connection is over: tell what is held back, and what is missing, and close."""
        self._clock = max(self._clock, at)
        while not self.closed and (holes := self._holes(at)):
            self._give_up(*holes[0])
            self._advance()
        if not self.closed:
            self._close(reason)

    def _look(self) -> None:
        """How the connection stands, for the next segment and for the table."""
        client, server = self.client, self.server
        holed = (client.acked > client.next and not client.ended) or (server.acked > server.next and not server.ended)
        self.waiting = not self.closed and bool(client.queue or server.queue or holed)
        begun = client.next >= 0 and server.next >= 0
        self._plain = begun and not (self.waiting or self.closed or client.ended or server.ended)

    # -- how it is done

    def _meet(self, half: Half, segment: Segment) -> None:
        """Learn where the two directions begin. Bytes told from there on answer each other, or else the beginning is in doubt."""
        other, ack = half.other, segment.flags & ACK
        if segment.flags & SYN:
            self.initial[half.side] = segment.sequence
            self._begins(half, segment.sequence + 1)
            if ack:
                self.initial.setdefault(other.side, (segment.acknowledged - 1) % _ROUND)
                self._begins(other, segment.acknowledged)
            return
        if half.next < 0:
            half.expect(segment.sequence)
        if other.next < 0 and ack:
            other.expect(segment.acknowledged)
            if half.place(segment.sequence) > half.next and self.ear is None:
                # What was acknowledged here may answer what was not heard before it: begin both here.
                half.next = half.place(segment.sequence)
                self.initial.pop(half.side, None)

    def _begins(self, half: Half, sequence: int) -> None:
        """A SYN says that `half` begins here, though segments after it may have been heard before."""
        if half.next < 0:
            half.expect(sequence)
        elif self.ear is None:
            half.next = min(half.next, half.place(sequence))

    def _ignore(self, payload: bytes, outcome: str) -> str:
        self._account.counters["bytes.ignored"] += len(payload)
        return outcome

    def _hear(self, half: Half, piece: Piece) -> str:
        if not half.queue and half.ready(piece):
            self._tell(half, piece)
        elif not half.insert(piece):
            return DUPLICATE
        return DATA if len(piece.data) == piece.end - piece.start else TRUNCATED

    def _advance(self) -> None:
        """Tell what can be told, of either direction, until nothing can."""
        while not self.closed:
            moved = self._drain(self.client)
            moved = self._drain(self.server) or moved
            if self.client.ended and self.server.ended:
                self._close("")
            elif not moved and not self._unknot():
                return

    def _drain(self, half: Half) -> bool:
        told = 0
        for piece in half.queue:
            if not half.ready(piece):
                break
            told += 1
            self._tell(half, piece)
        half.release(told)
        if half.ended:
            half.discard()
        return told > 0

    def _unknot(self) -> bool:
        """Each side's next piece claims to follow the other's: the later packet is one sent again, its bytes were said before."""
        client, server = self.client.head(), self.server.head()
        if client is None or server is None:
            return False
        (client if client.at > server.at else server).after = -1
        return True

    def _tell(self, half: Half, piece: Piece) -> None:
        half.next = piece.end
        at = self._clock = max(self._clock, piece.at)
        if piece.fin:
            half.ended = True
            if self.ear is not None:
                self.ear.end(half.side, at)
            return
        ear = self.ear or self._open()
        size = len(piece.data)
        if size:
            self._account.counters["bytes.read"] += size
            ear.hear(half.side, piece.data, at)
        if size != piece.end - piece.start:
            self._lose(half, piece.end - piece.start - size)

    def _open(self) -> Ear:
        self.ear = self._begin(len(self.initial) < 2)
        return self.ear

    def _lose(self, half: Half, size: int) -> None:
        self._account.counters["bytes.missing"] += size
        (self.ear or self._open()).lose(half.side, size, self._clock)

    def _close(self, reason: str) -> None:
        self.closed = True
        self.waiting = self._plain = False
        self.client.discard()
        self.server.discard()
        if self.ear is None:
            return
        if reason:
            self.ear.close(self._clock, reason)
        else:
            self.ear.close(self._clock)

    # -- holes

    def _holes(self, now: int) -> list[tuple[Half, Hole]]:
        """The halves in which bytes are missing, those whose receiver has them first."""
        found = [(half, half.look(now, self._packets)) for half in (self.client, self.server)]
        return sorted(((half, hole) for half, hole in found if hole is not None), key=lambda item: not item[1].proven)

    def _is_overdue(self, hole: Hole, now: int) -> bool:
        held = self.client.held + self.server.held
        if held > MAX_HELD or (held and self._account.held > MAX_HELD_IN_ALL):
            return True
        if hole.proven and self._packets - hole.packets >= REORDER_PACKETS:
            return True
        return now - hole.at >= (REORDER_TIME if hole.proven else PATIENCE)

    def _give_up(self, half: Half, hole: Hole) -> None:
        half.next = hole.end
        half.hole = None
        self._lose(half, hole.end - hole.start)
