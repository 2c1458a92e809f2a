"""One direction of one connection, as a decoder reads it.

A decoder is a generator that asks for bytes with `yield from` and is suspended while they have not come:

    size = int.from_bytes((yield from stream.exactly(4)))

This file does no I/O and knows no protocol. What is buffered is bounded by the limits that the decoder names.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Reading = Generator[None, None, T]
"""A computation that suspends when bytes run out."""

MAX_MESSAGE = 64 * 1024 * 1024
"""The longest message that is kept: a longer one is an error, not an allocation."""

SMALL = 2048
"""Up to here, two copies are faster than a view and one copy."""


class DecodeError(ValueError):
    """The bytes are not what the protocol allows. The message says what was expected and what was there."""


class EndOfStream(Exception):  # noqa: N818 - an event that a decoder may expect, as EOFError is
    """The stream ended where the decoder asked for more."""


class Stream:
    """Bytes in by `feed`, out by the reading generators."""

    __slots__ = ("_buffer", "_scanned", "_start", "ended", "taken")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._start = 0
        self._scanned = 0
        self.ended = False
        self.taken = 0
        """How many bytes decoders have read so far."""

    def __len__(self) -> int:
        """How many bytes wait to be read."""
        return len(self._buffer) - self._start

    @property
    def heard(self) -> int:
        """How many bytes were fed so far, less those forgotten by `clear`."""
        return self.taken + len(self._buffer) - self._start

    def feed(self, data: bytes) -> None:
        if self._start:
            del self._buffer[: self._start]
            self._start = 0
        self._buffer += data

    def end(self) -> None:
        self.ended = True

    def clear(self) -> int:
        """Forget what waits; returns how many bytes that were."""
        waiting = len(self)
        self._buffer.clear()
        self._start = self._scanned = 0
        return waiting

    def peek(self, size: int) -> bytes:
        """Up to `size` bytes that wait, left where they are."""
        return bytes(self._buffer[self._start : self._start + size])

    def exactly(self, size: int, limit: int = MAX_MESSAGE) -> Reading[bytes]:
        """`size` bytes. Raises DecodeError over `limit` and EndOfStream if the stream ends before."""
        if size < 0 or size > limit:
            raise DecodeError(f"a length of {size} bytes, where 0 to {limit} can be")
        yield from self._wait(size)
        return self._take(size)

    def until(self, delimiter: bytes, limit: int) -> Reading[bytes]:
        """Everything up to and with `delimiter`. Raises DecodeError when it does not come within `limit` bytes."""
        self._scanned = 0
        while (found := self._buffer.find(delimiter, self._start + self._scanned)) < 0:
            if len(self) > limit:
                raise DecodeError(f"no {delimiter!r} within {limit} bytes")
            self._scanned = max(0, len(self) - len(delimiter) + 1)
            yield from self._wait(len(self) + 1)
        size = found + len(delimiter) - self._start
        if size > limit:
            raise DecodeError(f"no {delimiter!r} within {limit} bytes")
        return self._take(size)

    def until_match(self, pattern: re.Pattern[bytes], overlap: int, limit: int) -> Reading[bytes]:
        """As `until`, up to and with the first match of `pattern`, of which at most `overlap` bytes may come late."""
        self._scanned = 0
        while (found := pattern.search(self._buffer, self._start + self._scanned)) is None:
            if len(self) > limit:
                raise DecodeError(f"no {pattern.pattern!r} within {limit} bytes")
            self._scanned = max(0, len(self) - overlap)
            yield from self._wait(len(self) + 1)
        size = found.end() - self._start
        if size > limit:
            raise DecodeError(f"no {pattern.pattern!r} within {limit} bytes")
        return self._take(size)

    def ready(self, delimiter: bytes, limit: int) -> bytes | None:
        """As `until` where the delimiter has come already, else None: spares a decoder's hot path a generator."""
        found = self._buffer.find(delimiter, self._start, self._start + limit)
        return None if found < 0 else self._take(found + len(delimiter) - self._start)

    def ready_exactly(self, size: int) -> bytes | None:
        """As `exactly` where the bytes have come already, else None."""
        return self._take(size) if 0 <= size <= len(self) else None

    def some(self, limit: int) -> Reading[bytes]:
        """At least one byte and at most `limit`; b"" at the end of the stream."""
        while not len(self) and not self.ended:
            yield
        return self._take(min(limit, len(self)))

    def _wait(self, size: int) -> Reading[None]:
        while len(self) < size:
            if self.ended:
                raise EndOfStream(f"the stream ended {size - len(self)} bytes early")
            yield

    def _take(self, size: int) -> bytes:
        end = self._start + size
        if size < SMALL:
            data = bytes(self._buffer[self._start : end])
        else:
            data = bytes(memoryview(self._buffer)[self._start : end])
        self._start = end
        self.taken += size
        return data
