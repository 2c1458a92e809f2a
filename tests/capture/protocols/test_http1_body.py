"""Framing decided by the header fields alone, and what a body keeps."""

from __future__ import annotations

import pytest

from flowtape.capture.protocols.http1_body import Body, framing, read_body
from flowtape.capture.stream import MAX_MESSAGE, DecodeError, EndOfStream, Stream


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), "until close"),
        ((("content-length", "0"),), 0),
        ((("Content-Length", "007"),), 7),
        ((("Transfer-Encoding", " Chunked "),), "chunked"),
        ((("Content-Length", "9" * 18),), 10**18 - 1),
    ],
)
def test_framing(headers: tuple[tuple[str, str], ...], expected: int | str) -> None:
    assert framing(headers, "1.1") == expected


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ((("Content-Length", ""),), "1.1"),
        ((("Content-Length", "1_0"),), "1.1"),
        ((("Content-Length", "٣"),), "1.1"),
        ((("Content-Length", "9" * 19),), "1.1"),
        ((("Content-Length", "1"), ("content-length", "1")), "1.1"),
        ((("Content-Length", "1"), ("Transfer-Encoding", "chunked")), "1.1"),
        ((("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")), "1.1"),
        ((("Transfer-Encoding", "identity"),), "1.1"),
        ((("Transfer-Encoding", "chunked"),), "1.0"),
    ],
)
def test_doubtful_framing_is_refused(headers: tuple[tuple[str, str], ...], version: str) -> None:
    with pytest.raises(DecodeError):
        framing(headers, version)


def test_a_body_drops_what_it_kept_once_it_is_too_long() -> None:
    body = Body()
    body.keep(b"abc")
    assert body.content() == b"abc"
    body.keep(bytes(MAX_MESSAGE))
    assert (body.content(), body.size) == (b"", MAX_MESSAGE + 3)
    assert "longer than" in body.problem


def test_many_small_pieces_cost_what_they_hold() -> None:
    body = Body()
    for _ in range(10_000):
        body.keep(b"ab")
    assert body._kept.__sizeof__() < 60_000


def test_a_skip_is_taken_only_from_what_is_left() -> None:
    body = Body()
    assert not body.skip(1)
    body.left = 5
    assert not body.skip(6)
    assert body.skip(5)
    assert (body.left, body.content(), body.problem) == (0, b"", "5 bytes of the body are missing")
    body.left = None
    assert body.skip(10**12)


def test_a_stream_that_ends_within_a_body_says_how_much_is_missing() -> None:
    stream, body = Stream(), Body()
    stream.feed(b"abc")
    stream.end()
    with pytest.raises(EndOfStream, match="7 bytes before"):
        next(read_body(stream, body, 10))
