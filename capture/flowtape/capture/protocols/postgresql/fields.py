"""The fields of one message's body, read in order (PostgreSQL documentation, "Message Data Types").

Every read is checked against the body's end, and every count against what is left, before anything is made of it.
"""

from __future__ import annotations

import struct

from flowtape.capture.stream import DecodeError

_LENGTH = struct.Struct(">I").unpack_from


class Fields:
    """A body and how far it is read. `name` is the message's, for errors."""

    __slots__ = ("at", "body", "name")

    def __init__(self, body: bytes, name: str) -> None:
        self.body = body
        self.at = 0
        self.name = name

    def byte(self) -> int:
        return self.take(1)[0]

    def uint16(self) -> int:
        return int.from_bytes(self.take(2))

    def int16(self) -> int:
        return int.from_bytes(self.take(2), signed=True)

    def uint32(self) -> int:
        return int.from_bytes(self.take(4))

    def int32(self) -> int:
        return int.from_bytes(self.take(4), signed=True)

    def take(self, size: int) -> bytes:
        end = self.at + size
        if size < 0 or end > len(self.body):
            raise DecodeError(f"{self.name}: {size} bytes announced, {len(self.body) - self.at} there")
        data = self.body[self.at : end]
        self.at = end
        return data

    def rest(self) -> bytes:
        return self.take(len(self.body) - self.at)

    def text(self) -> str:
        """A string up to its zero byte."""
        end = self.body.find(b"\x00", self.at)
        if end < 0:
            raise DecodeError(f"{self.name}: a string without its zero byte")
        data = self.body[self.at : end]
        self.at = end + 1
        return data.decode("utf-8", "surrogateescape")

    def count(self, size: int) -> int:
        """An int16 count of items that are at least `size` bytes each."""
        body, at = self.body, self.at
        if at + 2 > len(body):
            return self.uint16()  # which raises
        self.at = at + 2
        return self.fits(body[at] << 8 | body[at + 1], size)

    def fits(self, count: int, size: int) -> int:
        if count < 0 or count * size > len(self.body) - self.at:
            raise DecodeError(f"{self.name}: {count} items announced, {len(self.body) - self.at} bytes there")
        return count

    def formats(self) -> tuple[int, ...]:
        """A count and as many format codes."""
        codes = self.int16s(self.count(2))
        if codes and not set(codes) <= {0, 1}:
            raise DecodeError(f"{self.name}: a format code that is neither 0 nor 1")
        return codes

    def int16s(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f">{count}h", self.take(2 * count)) if count else ()

    def uint32s(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f">{count}I", self.take(4 * count)) if count else ()

    def cells(self) -> tuple[bytes | None, ...]:
        """A count, and as many values, each with its length in front; -1 is NULL."""
        count = self.count(4)
        body, at, size = self.body, self.at, len(self.body)
        values: list[bytes | None] = []
        for _ in range(count):
            start = at + 4
            if start > size:
                raise DecodeError(f"{self.name}: a value's length is cut off")
            (length,) = _LENGTH(body, at)
            if length == 0xFFFFFFFF:
                values.append(None)
                at = start
                continue
            at = start + length
            if at > size:
                raise DecodeError(f"{self.name}: {length} bytes announced, {size - start} there")
            values.append(body[start:at])
        self.at = at
        return tuple(values)

    def done(self) -> None:
        if self.at != len(self.body):
            raise DecodeError(f"{self.name}: {len(self.body) - self.at} bytes too many")


def text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogateescape")
    if b"\x00" in data:
        raise ValueError(f"a zero byte cannot be said in a string: {value!r}")
    return data + b"\x00"


def int16s(values: tuple[int, ...]) -> bytes:
    """A count and as many 16-bit integers."""
    return struct.pack(f">H{len(values)}h", len(values), *values)


def uint32s(values: tuple[int, ...]) -> bytes:
    """A count (16 bits) and as many unsigned 32-bit integers."""
    return struct.pack(f">H{len(values)}I", len(values), *values)


def cell(value: bytes | None) -> bytes:
    return b"\xff\xff\xff\xff" if value is None else len(value).to_bytes(4) + value


def cells(values: tuple[bytes | None, ...]) -> bytes:
    return len(values).to_bytes(2) + b"".join(map(cell, values))


def pairs(values: tuple[tuple[str, str], ...]) -> bytes:
    return b"".join(text(name) + text(value) for name, value in values)
