"""pcap and pcapng files, read front to back in bounded memory, so that a pipe is as good as a file.

Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng. Either may be gzipped. Read here and not by a library, because a
damaged file has to be told from a whole one, with the offset, and a length field must not become an allocation.
"""

from __future__ import annotations

import asyncio
import gzip
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple, TypeAlias

from flowtape.capture.taps.packets.tap import Receiver

CHUNK: Final = 1 << 20
MAX_RECORD: Final = 16 * 1024 * 1024
"""No packet and no block is longer than this: a greater length is a damaged file's."""
BATCH: Final = 2000
TOGETHER: Final = 200
"""So many packets go from the file to the receiver at once: few enough to stay in the processor's cache."""

_SECOND = 1_000_000_000
_PCAP_UNITS = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}
_SECTION = 0x0A0D0D0A
_BYTE_ORDER = 0x1A2B3C4D
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _STATISTICS, _PACKET = 1, 2, 3, 5, 6


class CaptureFileError(ValueError):
    """The file is not a capture, or is damaged. The message names the file, the offset in it, and what is wrong."""


class Packet(NamedTuple):
    """`link` is a LINKTYPE_ number, `at` in ns since the epoch, `length` the packet's length on the wire."""

    link: int
    at: int
    data: bytes
    length: int


_Plain: TypeAlias = tuple[int, int, bytes, int]
"""What a Packet holds: on the way to the receiver nobody asks for its names."""


class _Damaged(Exception):  # noqa: N818 - raised and caught in this file: the end of what can be read
    pass


class _Reader:
    """Bytes of a file in their order, and the offset, for messages."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        self._buffer = b""
        self._at = 0
        self._before = 0

    @property
    def offset(self) -> int:
        return self._before + self._at

    def take(self, size: int) -> bytes:
        """The next `size` bytes, fewer where the file ends."""
        end = self._at + size
        if end > len(self._buffer):
            self._fill(size)
            end = self._at + size
        data = self._buffer[self._at : end]
        self._at += len(data)
        return data

    def peek(self, size: int) -> bytes:
        """As `take`, but they are still to be read."""
        data = self.take(size)
        self._at -= len(data)
        return data

    def window(self) -> tuple[bytes, int]:
        """What has been read of the file, and where in it the next byte is: for a caller that goes through it by itself."""
        return self._buffer, self._at

    def skip_to(self, at: int) -> None:
        self._at = at

    def _fill(self, size: int) -> None:
        parts = [self._buffer[self._at :]]
        waiting = len(parts[0])
        self._before += self._at
        self._at = 0
        try:
            while waiting < size and (more := self._file.read(CHUNK)):
                parts.append(more)
                waiting += len(more)
        except (EOFError, gzip.BadGzipFile, OSError) as error:
            self._buffer = b"".join(parts)
            raise _Damaged(f"cannot be read further: {error}") from error
        self._buffer = b"".join(parts)


class CaptureFile:
    """A source of packets. Iterating it raises CaptureFileError where the file is no capture; where it is damaged, the packets
    before the damage are given, and `problems` says where the rest was lost.

    `kernel_dropped` is how many packets the file says were never captured (pcapng's interface statistics).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.kernel_dropped = 0

    async def run(self, receiver: Receiver) -> None:
        """Bring all packets of the file, leaving the event loop a turn now and then."""
        bring, brought = receiver.packet, 0
        for packets in self._batches():
            for link, at, data, length in packets:
                bring(link, at, data, length)
            brought += len(packets)
            if brought >= BATCH:
                brought = 0
                await asyncio.sleep(0)
        receiver.counters["packets.kernel_dropped"] += self.kernel_dropped
        receiver.counters["files.read"] += 1
        receiver.counters["files.damaged"] += bool(self.problems)

    def __iter__(self) -> Iterator[Packet]:
        for packets in self._batches():
            yield from map(Packet._make, packets)

    def _batches(self) -> Iterator[Sequence[_Plain]]:
        try:
            with self._open() as file:
                yield from self._packets(_Reader(self.path, file))
        except OSError as error:
            raise CaptureFileError(f"{self.path}: cannot be read: {error.strerror or error}") from error

    def _open(self) -> IO[bytes]:
        file = self.path.open("rb")
        peeked = file.peek(2)[:2]
        return gzip.open(file) if peeked == b"\x1f\x8b" else file  # type: ignore[return-value]

    def _packets(self, reader: _Reader) -> Iterator[Sequence[_Plain]]:
        try:
            magic = reader.take(4)
            if not magic:
                raise CaptureFileError(f"{self.path}: the file is empty: not even a capture's header is there")
            for order in "<>":
                if int.from_bytes(magic, "little" if order == "<" else "big") in _PCAP_UNITS:
                    yield from self._pcap(reader, order, magic)
                    return
            if int.from_bytes(magic) == _SECTION:
                yield from ([packet] for packet in self._pcapng(reader))
                return
        except _Damaged as damage:
            self.problems.append(f"{self.path}: at byte {reader.offset}: {damage}; what came before it is kept")
            return
        raise CaptureFileError(
            f"{self.path}: neither pcap nor pcapng: it begins with {magic.hex(' ')}. "
            "`tcpdump -w FILE` and `dumpcap -w FILE` write captures that can be read"
        )

    # -- pcap

    def _pcap(self, reader: _Reader, order: str, magic: bytes) -> Iterator[list[_Plain]]:
        header = reader.take(20)
        if len(header) < 20:
            raise CaptureFileError(f"{self.path}: the header is cut after {reader.offset} of 24 bytes")
        unit = _PCAP_UNITS[struct.unpack(order + "I", magic)[0]]
        link = struct.unpack_from(order + "I", header, 16)[0] & 0x0FFFFFFF
        record = struct.Struct(order + "IIII")
        while True:
            buffer, at = reader.window()
            last = len(buffer) - 16
            packets: list[_Plain] = []
            while at <= last and len(packets) < TOGETHER:
                seconds, fraction, size, length = record.unpack_from(buffer, at)
                end = at + 16 + size
                if end > len(buffer):
                    break
                data = buffer[at + 16 : end]
                at = end
                packets.append((link, seconds * _SECOND + fraction * unit, data, max(size, length)))
            reader.skip_to(at)
            yield packets
            if len(packets) < TOGETHER and not self._next_is_whole(reader, record):
                return

    def _next_is_whole(self, reader: _Reader, record: struct.Struct) -> bool:
        """Read on until the next packet is in the window; False at the end of the file."""
        head = reader.peek(16)
        if not head:
            return False
        if len(head) < 16:
            reader.take(16)
            raise _Damaged(f"the file is cut in the middle of a packet's header ({len(head)} of 16 bytes)")
        size = record.unpack(head)[2]
        if size > MAX_RECORD:
            raise _Damaged(f"a packet of {size} bytes cannot be: the file is damaged")
        found = len(reader.peek(16 + size)) - 16
        if found < size:
            reader.take(16 + size)
            raise _Damaged(f"the file is cut in the middle of a packet ({found} of {size} bytes)")
        return True

    # -- pcapng

    def _pcapng(self, reader: _Reader) -> Iterator[Packet]:
        section = _Section("<")
        head = _SECTION.to_bytes(4) + self._exactly(reader, 4)
        while head:
            kind, size = struct.unpack(section.order + "II", head)
            if kind == _SECTION:
                magic = self._exactly(reader, 4)
                section = _Section("<" if int.from_bytes(magic, "little") == _BYTE_ORDER else ">")
                if section.unpack("I", magic)[0] != _BYTE_ORDER:
                    raise _Damaged("a section without a byte order")
                size = section.unpack("I", head[4:])[0] - 4
            if size < 12 or size > MAX_RECORD:
                raise _Damaged(f"a block of {size} bytes cannot be: the file is damaged")
            body = self._exactly(reader, size - 8)[:-4]
            try:
                packet = section.block(kind, body)
            except struct.error as error:
                raise _Damaged(f"a block of type {kind} is too short: {error}") from error
            if packet is not None:
                yield packet
            head = reader.take(8)
            if 0 < len(head) < 8:
                raise _Damaged(f"the file is cut in the middle of a block's header ({len(head)} of 8 bytes)")
            self.kernel_dropped += section.take_dropped()

    def _exactly(self, reader: _Reader, size: int) -> bytes:
        data = reader.take(size)
        if len(data) < size:
            raise _Damaged(f"the file is cut in the middle of a block ({len(data)} of {size} bytes)")
        return data


class _Interface(NamedTuple):
    link: int
    snap: int
    ticks: int
    offset: int

    def time(self, ticks: int) -> int:
        return ticks * _SECOND // self.ticks + self.offset * _SECOND


class _Section:
    """A section of a pcapng file: its byte order and the interfaces described in it so far."""

    def __init__(self, order: str) -> None:
        self.order = order
        self._interfaces: list[_Interface] = []
        self._dropped: dict[int, int] = {}
        self._reported = 0
        self._last = 0

    def unpack(self, fields: str, data: bytes, at: int = 0) -> tuple[int, ...]:
        return struct.unpack_from(self.order + fields, data, at)

    def block(self, kind: int, body: bytes) -> Packet | None:
        if kind == _PACKET:
            number, high, low, size, length = self.unpack("IIIII", body)
            return self._packet(number, high << 32 | low, body[20:], size, length)
        if kind == _INTERFACE:
            self._describe(body)
        elif kind == _SIMPLE_PACKET:
            (length,) = self.unpack("I", body)
            interface = self._interface(0)
            size = min(length, interface.snap or length)
            return Packet(interface.link, self._last, body[4 : 4 + size], length)
        elif kind == _OLD_PACKET:
            number, _, high, low, size, length = self.unpack("HHIIII", body)
            return self._packet(number, high << 32 | low, body[20:], size, length)
        elif kind == _STATISTICS:
            number = self.unpack("I", body)[0]
            for code, value in self._options(body, 12):
                if code in (5, 7) and len(value) == 8:
                    self._dropped[number << 4 | code] = self.unpack("Q", value)[0]
        return None

    def take_dropped(self) -> int:
        """How many more packets than before the statistics say were dropped."""
        total = sum(self._dropped.values())
        more, self._reported = total - self._reported, total
        return max(0, more)

    def _packet(self, number: int, ticks: int, rest: bytes, size: int, length: int) -> Packet:
        if size > len(rest):
            raise _Damaged(f"a packet of {size} bytes in a block that holds {len(rest)}")
        interface = self._interface(number)
        self._last = interface.time(ticks)
        return Packet(interface.link, self._last, rest[:size], max(length, size))

    def _interface(self, number: int) -> _Interface:
        if number >= len(self._interfaces):
            raise _Damaged(f"a packet of interface {number}, which is not described")
        return self._interfaces[number]

    def _describe(self, body: bytes) -> None:
        link, _, snap = self.unpack("HHI", body)
        ticks, offset = 1_000_000, 0
        for code, value in self._options(body, 8):
            if code == 9 and len(value) == 1:
                ticks = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** min(value[0], 30)
            elif code == 14 and len(value) == 8:
                offset = self.unpack("q", value)[0]
        self._interfaces.append(_Interface(link, snap, ticks, offset))

    def _options(self, body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
        while at + 4 <= len(body):
            code, size = self.unpack("HH", body, at)
            if code == 0:
                return
            yield code, body[at + 4 : at + 4 + size]
            at += 4 + (size + 3) // 4 * 4
