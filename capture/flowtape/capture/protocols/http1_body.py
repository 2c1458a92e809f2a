"""Where an HTTP/1 body ends, and what of it is kept (RFC 9112, §6 and §7)."""

from __future__ import annotations

import re

from flowtape.capture.exchange import Headers
from flowtape.capture.stream import MAX_MESSAGE, DecodeError, EndOfStream, Reading, Stream

LENGTH_DIGITS = 18
TRANSFER, LENGTH = len("transfer-encoding"), len("content-length")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
CHUNK_LINE_LIMIT = 4096
TRAILERS_LIMIT = 64 * 1024


def framing(headers: Headers, version: str) -> int | str:
    """How the body is framed if the message has one: its length in bytes, "chunked" or "until close". Raises DecodeError."""
    codings: list[str] = []
    lengths: list[str] = []
    for name, value in headers:
        size = len(name)
        if size == LENGTH and name.lower() == "content-length":
            lengths.append(value)
        elif size == TRANSFER and name.lower() == "transfer-encoding":
            codings += [coding.strip().lower() for coding in value.split(",")]
    if codings:
        return _coded(codings, lengths, version)
    if not lengths:
        return "until close"
    length = lengths[0]
    if len(lengths) > 1 or not (length.isascii() and length.isdigit()) or len(length) > LENGTH_DIGITS:
        raise DecodeError(f"Content-Length: {', '.join(lengths)[:80]}")
    return int(length)


def _coded(codings: list[str], lengths: list[str], version: str) -> str:
    if lengths:
        raise DecodeError("both a Content-Length and a Transfer-Encoding")
    if version == "1.0":
        raise DecodeError("a Transfer-Encoding in HTTP/1.0")
    if codings == ["chunked"]:
        return "chunked"
    # Compression as a transfer coding: nobody sends it, and a body that keeps it would be a wrong one.
    raise DecodeError(f"Transfer-Encoding: {', '.join(codings)[:80]}")


class Body:
    """What was read of a body. `left` bytes are still to come of a part of known length; None: all up to the stream's end."""

    __slots__ = ("_kept", "left", "problem", "size")

    def __init__(self) -> None:
        self._kept = bytearray()
        self.size = 0
        self.left: int | None = 0
        self.problem = ""

    def keep(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > MAX_MESSAGE and not self.problem:
            self.problem = f"a body longer than {MAX_MESSAGE} bytes"
        if self.problem:
            self._kept = bytearray()
        else:
            self._kept += data

    def content(self) -> bytes:
        return b"" if self.problem else bytes(self._kept)

    def skip(self, size: int) -> bool:
        """`size` bytes are missing; True if they were the body's for certain."""
        if self.left is not None:
            if size > self.left:
                return False
            self.left -= size
        self.size += size
        self.problem = self.problem or f"{size} bytes of the body are missing"
        return True


def read_body(stream: Stream, body: Body, size: int | str) -> Reading[bytes]:
    """Read the body into `body`; returns the trailer section with its blank line, b"" where there is none."""
    if size == "chunked":
        return (yield from _chunks(stream, body))
    if size == "until close":
        body.left = None
        while data := (yield from stream.some(MAX_MESSAGE)):
            body.keep(data)
        return b""
    assert isinstance(size, int)
    yield from _part(stream, body, size)
    return b""


def _part(stream: Stream, body: Body, size: int) -> Reading[None]:
    body.left = size
    while body.left:
        if not stream and not stream.ended:
            yield  # and while we wait, `skip` may take of what is left
            continue
        data = yield from stream.some(body.left)
        if not data:
            raise EndOfStream(f"the stream ended {body.left} bytes before the body did")
        body.left -= len(data)
        body.keep(data)


def _chunks(stream: Stream, body: Body) -> Reading[bytes]:
    while True:
        line = stream.ready(b"\r\n", CHUNK_LINE_LIMIT) or (yield from stream.until(b"\r\n", CHUNK_LINE_LIMIT))
        found = CHUNK_LINE.fullmatch(line)
        if found is None:
            raise DecodeError(f"{line[:40]!r} where a chunk's size should be")
        size = int(found[1], 16)
        if size == 0:
            return (yield from _trailers(stream))
        whole = stream.ready_exactly(size)
        if whole is None:
            yield from _part(stream, body, size)
        else:
            body.keep(whole)
        end = stream.ready_exactly(2) or (yield from stream.exactly(2))
        if end != b"\r\n":
            raise DecodeError(f"{end!r} where a chunk should end")


def _trailers(stream: Stream) -> Reading[bytes]:
    section = b""
    while True:
        line = stream.ready(b"\r\n", TRAILERS_LIMIT) or (yield from stream.until(b"\r\n", TRAILERS_LIMIT))
        if line == b"\r\n":
            return section and section + line
        section += line
        if len(section) > TRAILERS_LIMIT:
            raise DecodeError(f"trailers longer than {TRAILERS_LIMIT} bytes")
