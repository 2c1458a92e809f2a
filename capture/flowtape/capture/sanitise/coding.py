"""Content codings of HTTP bodies (RFC 9110, section 8.4), undone and done again with a bound on what comes out."""

from __future__ import annotations

import gzip
import io
import zlib

import zstandard

MAX_DECODED = 64 * 1024 * 1024
MAX_CODINGS = 4


class UnreadableError(ValueError):
    """A body that cannot be read cannot be sanitised: it must not be kept. The message says why, without its bytes."""


def codings(header: str) -> list[str]:
    """What Content-Encoding lists, in the order in which it was applied."""
    listed = [name.strip().lower() for name in header.split(",")]
    return [name for name in listed if name and name != "identity"]


def decoded(body: bytes, applied: list[str], limit: int = MAX_DECODED) -> bytes:
    """Raises UnreadableError for a coding that is unknown, data that are broken, and more than `limit` bytes."""
    if len(applied) > MAX_CODINGS:
        raise UnreadableError(f"{len(applied)} content codings one upon another")
    for name in reversed(applied):
        try:
            body = _decode(name, body, limit)
        except (zlib.error, EOFError, OSError, zstandard.ZstdError) as error:
            raise UnreadableError(f"its content coding {name[:20]!r} is broken: {error}") from error
    return body


def encoded(body: bytes, applied: list[str]) -> bytes:
    for name in applied:
        body = _encode(name, body)
    return body


def _decode(name: str, body: bytes, limit: int) -> bytes:
    match name:
        case "gzip" | "x-gzip":
            return _bounded(gzip.GzipFile(fileobj=io.BytesIO(body)).read(limit + 1), limit)
        case "deflate":
            for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):  # many send raw deflate for zlib's format
                try:
                    return _inflated(body, bits, limit)
                except zlib.error as error:
                    broken = error
            raise broken
        case "zstd":
            with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body) as reader:
                return _bounded(reader.read(limit + 1), limit)
        case "br":
            return _brotli(body, limit)
    raise UnreadableError(f"its content coding {name[:20]!r} is unknown")


def _inflated(body: bytes, bits: int, limit: int) -> bytes:
    decompressor = zlib.decompressobj(bits)
    data = _bounded(decompressor.decompress(body, limit + 1), limit)
    if not decompressor.eof:
        raise zlib.error("it ends too early")
    return data


def _brotli(body: bytes, limit: int) -> bytes:
    try:
        import brotli
    except ImportError as error:
        raise UnreadableError("its content coding 'br' needs the package brotli: install flowtape[brotli]") from error
    decompressor, out = brotli.Decompressor(), b""
    try:
        for start in range(0, len(body), 4096):
            out += decompressor.process(body[start : start + 4096])
            _bounded(out, limit)
    except brotli.error as error:
        raise UnreadableError(f"its content coding 'br' is broken: {error}") from error
    return out


def _encode(name: str, body: bytes) -> bytes:
    match name:
        case "gzip" | "x-gzip":
            return gzip.compress(body, 6, mtime=0)
        case "deflate":
            return zlib.compress(body)
        case "zstd":
            return zstandard.ZstdCompressor().compress(body)
    import brotli

    return bytes(brotli.compress(body, quality=5))


def _bounded(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise UnreadableError(f"it is longer than {limit} bytes when decoded")
    return data
