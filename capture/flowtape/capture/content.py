"""What an HTTP body says, beneath its content codings (RFC 9110, §8.4) and its charset.

Bodies are hostile: what comes out is bounded while it comes out, so that a small body that unpacks to gigabytes is an
error before it is an allocation.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator

import zstandard

from flowtape.capture.exchange import Headers

MAX_CONTENT = 64 * 1024 * 1024
MAX_CODINGS = 4
PIECE = 64 * 1024
ZSTD_SLICE = 64
"""Compressed bytes at a time: zstd's blocks of four bytes give 128 KiB each, so that a slice gives at most 2 MiB."""
ZSTD_WINDOW = 128 * 1024 * 1024

CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


class ContentError(ValueError):
    """A body that cannot be decoded. The message says why, and holds nothing of the body."""


def codings(headers: Headers) -> tuple[str, ...]:
    """The content codings in the order in which they were applied, "identity" left out."""
    listed = [value for name, value in headers if name.lower() == "content-encoding"]
    names = [name.strip().lower() for name in ",".join(listed).split(",")]
    return tuple(name.removeprefix("x-") for name in names if name not in {"", "identity"})


def decode(headers: Headers, body: bytes, limit: int = MAX_CONTENT) -> bytes:
    """`body` without its content codings.

    Raises ContentError for a coding that is unknown or broken, a body that ends early, and content longer than `limit` bytes.
    """
    applied = codings(headers)
    if not body:
        return b""
    if len(applied) > MAX_CODINGS:
        raise ContentError(f"{len(applied)} content codings one upon another, where {MAX_CODINGS} are read")
    for name in reversed(applied):
        decoder = DECODERS.get(name)
        if decoder is None:
            raise ContentError(f"an unknown content coding {name[:20]!r}")
        content = bytearray()
        for piece in decoder(body):
            content += piece
            if len(content) > limit:
                raise ContentError(
                    f"content longer than {limit} bytes in a body of {len(body)} bytes with coding {name}"
                )
        body = bytes(content)
    return body


def encode(headers: Headers, content: bytes) -> bytes:
    """`content` with the content codings that `headers` tell; the same bytes every time. Raises ContentError for an unknown one."""
    for name in codings(headers):
        encoder = ENCODERS.get(name)
        if encoder is None:
            raise ContentError(f"an unknown content coding {name[:20]!r}")
        content = encoder(content)
    return content


def text(headers: Headers, content: bytes) -> str | None:
    """Decoded content as text by the charset of Content-Type, UTF-8 where it names none; None where it is no such text."""
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    named = CHARSET.search(kind)
    try:
        return content.decode(named[1] if named else "utf-8")
    except (LookupError, ValueError):  # a UnicodeDecodeError is a ValueError; codecs that are no charsets give others
        return None


def _inflated(body: bytes, bits: int) -> Iterator[bytes]:
    while body:  # gzip bodies may have several members, one behind the other
        inflating = zlib.decompressobj(bits)
        try:
            while not inflating.eof:
                piece = inflating.decompress(body, PIECE)
                body = inflating.unconsumed_tail
                if not piece and not body and not inflating.eof:
                    raise ContentError("a compressed body that ends early")
                yield piece
        except zlib.error as error:
            raise ContentError(f"a broken compressed body: {error}") from error
        body = inflating.unused_data.lstrip(b"\0") if bits > zlib.MAX_WBITS else b""


def _gzip(body: bytes) -> Iterator[bytes]:
    return _inflated(body, zlib.MAX_WBITS + 16)


def _deflate(body: bytes) -> Iterator[bytes]:
    # zlib's format by the standard, and raw deflate by those who misread it: told apart by zlib's two checked header bytes.
    zlib_header = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    return _inflated(body, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)


def _brotli(body: bytes) -> Iterator[bytes]:
    try:
        import brotli
    except ImportError as error:
        raise ContentError("content coding br, which needs the package brotli: install flowtape[brotli]") from error
    expanding = brotli.Decompressor()
    if not hasattr(expanding, "can_accept_more_data"):
        raise ContentError("content coding br, which needs the package brotli 1.2 or newer")
    try:
        yield expanding.process(body, output_buffer_limit=PIECE)
        while not expanding.is_finished():
            piece = expanding.process(b"", output_buffer_limit=PIECE)
            if not piece and expanding.can_accept_more_data() and not expanding.is_finished():
                raise ContentError("a compressed body that ends early")
            yield piece
    except brotli.error as error:
        raise ContentError(f"a broken compressed body: {error}") from error


def _zstd(body: bytes) -> Iterator[bytes]:
    position = 0
    try:
        while position < len(body):  # one frame behind the other
            expanding = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()
            while not expanding.eof:
                if position >= len(body):
                    raise ContentError("a compressed body that ends early")
                piece = body[position : position + ZSTD_SLICE]
                position += len(piece)
                yield expanding.decompress(piece)
            position -= len(expanding.unused_data)
    except zstandard.ZstdError as error:
        raise ContentError(f"a broken compressed body: {error}") from error


def _brotli_encoded(content: bytes) -> bytes:
    try:
        import brotli
    except ImportError as error:
        raise ContentError("content coding br, which needs the package brotli: install flowtape[brotli]") from error
    return bytes(brotli.compress(content, quality=5))


DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd,
}  # fmt: skip
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda content: gzip.compress(content, 6, mtime=0),
    "deflate": zlib.compress,
    "br": _brotli_encoded,
    "zstd": lambda content: zstandard.ZstdCompressor().compress(content),
}
