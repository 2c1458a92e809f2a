"""Packets built by hand, a connection that says them, and an ear that writes down what it is told."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from flowtape.capture.codec import Side
from flowtape.capture.taps.packets.half import Account, Half
from flowtape.capture.taps.packets.link import ACK, FIN, SYN, Segment
from flowtape.capture.taps.packets.tcp import Assembly

MILLISECOND = 1_000_000
CLIENT_PORT = 40_000
SERVER_PORT = 8000


@dataclass
class Ear:
    """Told things, in their order: ("client", b"…") for bytes, ("client", -3) for three lost, ("client", None) for an end."""

    joined: bool = False
    told: list[tuple[str, bytes | int | None]] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    closed: str | None = None

    def hear(self, side: Side, data: bytes, at: int) -> None:
        assert data
        self.told.append((str(side), data))
        self.times.append(at)

    def lose(self, side: Side, size: int, at: int) -> None:
        self.told.append((str(side), -size))
        self.times.append(at)

    def end(self, side: Side, at: int) -> None:
        self.told.append((str(side), None))
        self.times.append(at)

    def close(self, at: int, reason: str = "the connection was closed") -> None:
        assert self.closed is None
        self.closed = reason

    def heard(self, side: str) -> bytes:
        """What `side` said, each lost byte as a `?`."""
        parts = (what for who, what in self.told if who == side and what is not None)
        return b"".join(part if isinstance(part, bytes) else b"?" * -part for part in parts)

    def losses(self, side: str) -> list[tuple[int, int]]:
        """Place and size of each loss."""
        found, place = [], 0
        for who, what in self.told:
            if who != side or what is None:
                continue
            if isinstance(what, int):
                found.append((place, -what))
            place += len(what) if isinstance(what, bytes) else -what
        return found


@dataclass
class Line:
    """An assembly, and segments for it."""

    client_isn: int = 1000
    server_isn: int = 5000

    def __post_init__(self) -> None:
        self.ears: list[Ear] = []
        self.account = Account()
        self.assembly = Assembly(self._begin, self.account)
        self.outcomes: list[str] = []
        self.now = 1_000 * MILLISECOND

    def _begin(self, joined: bool) -> Ear:
        self.ears.append(Ear(joined))
        return self.ears[-1]

    @property
    def ear(self) -> Ear:
        assert len(self.ears) == 1
        return self.ears[0]

    def segment(
        self,
        side: str,
        place: int,
        data: bytes = b"",
        *,
        heard: int | None = 0,
        flags: int = 0,
        length: int | None = None,
    ) -> Segment:
        """`place` counts the side's bytes from 0; `heard` is how many of the other's it has (None: no ACK)."""
        mine, other = (self.client_isn, self.server_isn) if side == "client" else (self.server_isn, self.client_isn)
        acknowledged = 0 if heard is None else (other + 1 + heard) % 2**32
        flags |= 0 if heard is None else ACK
        sequence = (mine + (0 if flags & SYN else 1) + place) % 2**32
        return Segment(b"", sequence, acknowledged, flags, data, len(data) if length is None else length)

    def take(self, side: str, segment: Segment, *, after: int = MILLISECOND) -> str:
        self.now += after
        half: Half = self.assembly.client if side == "client" else self.assembly.server
        self.outcomes.append(self.assembly.take(half, segment, self.now))
        return self.outcomes[-1]

    def say(
        self,
        side: str,
        place: int,
        data: bytes = b"",
        *,
        heard: int | None = 0,
        flags: int = 0,
        length: int | None = None,
        after: int = MILLISECOND,
    ) -> str:
        return self.take(side, self.segment(side, place, data, heard=heard, flags=flags, length=length), after=after)

    def shake_hands(self) -> None:
        self.say("client", 0, heard=None, flags=SYN)
        self.say("server", 0, heard=0, flags=SYN)
        self.say("client", 0)

    def finish(self) -> None:
        self.assembly.finish(self.now, "the end")

    def balance(self) -> tuple[int, int]:
        """Bytes accounted for, and bytes held back."""
        counters = self.account.counters
        return sum(counters[f"bytes.{name}"] for name in ("read", "duplicate", "ignored")), self.account.held


class Frames:
    """Whole packets, byte by byte."""

    def tcp(
        self,
        data: bytes = b"",
        *,
        ports: tuple[int, int] = (CLIENT_PORT, SERVER_PORT),
        sequence: int = 1,
        acknowledged: int = 1,
        flags: int = ACK,
        options: bytes = b"",
    ) -> bytes:
        offset = (5 + len(options) // 4) << 4
        return struct.pack("!HHIIBBHHH", *ports, sequence, acknowledged, offset, flags, 65535, 0, 0) + options + data

    def ipv4(
        self,
        payload: bytes,
        *,
        protocol: int = 6,
        ends: tuple[str, str] = ("10.0.0.1", "10.0.0.2"),
        options: bytes = b"",
        fragment: int = 0,
        total: int | None = None,
    ) -> bytes:
        size = 20 + len(options) + len(payload) if total is None else total
        addresses = b"".join(bytes(int(part) for part in end.split(".")) for end in ends)
        head = struct.pack("!BBHHHBBH", 0x40 | (5 + len(options) // 4), 0, size, 7, fragment, 64, protocol, 0)
        return head + addresses + options + payload

    def ipv6(self, payload: bytes, *, following: int = 6, size: int | None = None) -> bytes:
        head = struct.pack("!IHBB", 6 << 28, len(payload) if size is None else size, following, 64)
        return head + bytes(15) + b"\1" + bytes(15) + b"\2" + payload

    def ethernet(self, payload: bytes, *, kind: int = 0x0800, tags: bytes = b"") -> bytes:
        return bytes(12) + tags + struct.pack("!H", kind) + payload

    def dialogue(
        self, turns: list[tuple[bytes, bytes]], *, port: int = CLIENT_PORT, server: int = SERVER_PORT
    ) -> Iterator[bytes]:
        """IPv4 packets of a connection in which the client says, the server answers, and both go."""
        there, back = ("10.0.0.1", "10.0.0.2"), ("10.0.0.2", "10.0.0.1")
        mine, its = 100, 900

        def client(data: bytes = b"", flags: int = ACK) -> bytes:
            return self.ipv4(
                self.tcp(data, ports=(port, server), sequence=mine, acknowledged=its, flags=flags), ends=there
            )

        def backwards(data: bytes = b"", flags: int = ACK) -> bytes:
            return self.ipv4(
                self.tcp(data, ports=(server, port), sequence=its, acknowledged=mine, flags=flags), ends=back
            )

        yield client(flags=SYN)
        mine += 1
        yield backwards(flags=SYN | ACK)
        its += 1
        yield client()
        for question, answer in turns:
            yield client(question)
            mine += len(question)
            yield backwards(answer)
            its += len(answer)
        yield client(flags=FIN | ACK)
        mine += 1
        yield backwards(flags=FIN | ACK)
        its += 1
        yield client()
