"""Reading a stream: whole, byte by byte, with trailing data, and cut short."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from flowtape.capture.stream import DecodeError, EndOfStream, Reading, Stream

BLANK = re.compile(rb"\n\r?\n")


def _read(reading: Reading[bytes]) -> bytes | None:
    """The result, None while it is suspended."""
    try:
        next(reading)
    except StopIteration as stop:
        result: bytes = stop.value
        return result
    return None


Reader: TypeAlias = Callable[[Stream], Reading[bytes]]
READERS: list[tuple[Reader, bytes]] = [
    (lambda stream: stream.exactly(5), b"hello"),
    (lambda stream: stream.exactly(5000), b"x" * 5000),
    (lambda stream: stream.until(b"\r\n", 10), b"ab\rcd\r\n"),
    (lambda stream: stream.until(b"\r\n", 7), b"ab\rcd\r\n"),
    (lambda stream: stream.until_match(BLANK, 2, 20), b"a\r\nb\n\r\n"),
    (lambda stream: stream.until_match(BLANK, 2, 20), b"a\nb\n\n"),
]


@pytest.mark.parametrize(("reader", "data"), READERS)
@pytest.mark.parametrize("trailing", [b"", b"\r\n\r\n rest"])
def test_a_reader_gives_the_same_whole_and_byte_by_byte(reader: Reader, data: bytes, trailing: bytes) -> None:
    whole = Stream()
    whole.feed(data + trailing)
    assert _read(reader(whole)) == data
    assert len(whole) == len(trailing)

    bytewise = Stream()
    reading = reader(bytewise)
    for position in range(len(data)):
        assert _read(reading) is None
        bytewise.feed(data[position : position + 1])
    assert _read(reading) == data
    assert bytewise.taken == bytewise.heard == len(data)


@pytest.mark.parametrize(("reader", "data"), READERS)
def test_a_stream_that_ends_early_says_so(reader: Reader, data: bytes) -> None:
    for size in range(0, len(data), 997 if len(data) > 100 else 1):
        stream = Stream()
        stream.feed(data[:size])
        stream.end()
        with pytest.raises(EndOfStream, match="bytes early"):
            next(reader(stream))


@pytest.mark.parametrize("size", [-1, 11, 1 << 31, 1 << 63])
def test_a_length_beyond_the_limit_is_refused_before_it_is_waited_for(size: int) -> None:
    with pytest.raises(DecodeError, match="where 0 to 10 can be"):
        next(Stream().exactly(size, 10))


def test_a_delimiter_that_does_not_come_is_refused_at_the_limit() -> None:
    readers: tuple[Reader, ...] = (
        lambda stream: stream.until(b"\n", 100),
        lambda stream: stream.until_match(BLANK, 2, 100),
    )
    for reading in readers:
        stream = Stream()
        waiting = reading(stream)
        stream.feed(b"x" * 100)
        next(waiting)
        stream.feed(b"x")
        with pytest.raises(DecodeError, match="within 100 bytes"):
            next(waiting)


def test_a_delimiter_that_comes_beyond_the_limit_is_refused() -> None:
    readers: tuple[Reader, ...] = (
        lambda stream: stream.until(b"\n\n", 10),
        lambda stream: stream.until_match(BLANK, 2, 10),
    )
    for reading in readers:
        stream = Stream()
        stream.feed(b"x" * 20 + b"\n\n")
        with pytest.raises(DecodeError, match="within 10 bytes"):
            next(reading(stream))


def test_ready_takes_only_what_has_come() -> None:
    stream = Stream()
    stream.feed(b"ab\r")
    assert stream.ready(b"\r\n", 10) is None
    assert stream.ready_exactly(4) is None
    assert stream.ready_exactly(-1) is None
    stream.feed(b"\ncd")
    assert stream.ready(b"\r\n", 3) is None
    assert stream.ready(b"\r\n", 4) == b"ab\r\n"
    assert stream.ready_exactly(2) == b"cd"
    assert stream.ready_exactly(0) == b""


def test_some_gives_what_there_is_and_nothing_at_the_end() -> None:
    stream = Stream()
    assert _read(stream.some(10)) is None
    stream.feed(b"abc")
    assert _read(stream.some(2)) == b"ab"
    assert _read(stream.some(2)) == b"c"
    stream.end()
    assert _read(stream.some(2)) == b""


def test_peek_leaves_and_clear_forgets() -> None:
    stream = Stream()
    stream.feed(b"abcdef")
    assert _read(stream.exactly(1)) == b"a"
    assert stream.peek(3) == b"bcd"
    assert stream.clear() == 5
    assert (len(stream), stream.peek(3), stream.taken, stream.heard) == (0, b"", 1, 1)
    stream.feed(b"x")
    assert _read(stream.exactly(1)) == b"x"


def test_what_was_read_is_not_kept() -> None:
    stream = Stream()
    for _ in range(1000):
        stream.feed(b"x" * 1000)
        assert _read(stream.exactly(1000)) is not None
    assert len(stream._buffer) <= 1000


def test_a_long_line_in_single_bytes_is_scanned_once() -> None:
    """Each byte that comes costs a scan of what is new, or a slow sender would cost the square of what it sends."""

    class Counting(bytearray):
        scanned = 0

        def find(self, *args: Any) -> int:
            Counting.scanned += len(self) - args[1]
            return super().find(*args)

    stream = Stream()
    stream._buffer = Counting()
    reading = stream.until(b"\r\n", 5000)
    for _ in range(4000):
        stream.feed(b"x")
        next(reading)
    assert Counting.scanned < 3 * 4000
