"""The form of a segment: a header, then records until the end of the file.

    header   8 bytes magic, u16 version, u32 length, u32 CRC-32 of the three and the body, body (msgpack: service, started)
    record   u32 length, u32 CRC-32 of the body, u32 CRC-32 of these eight bytes, body (encoding.py)

All numbers are big endian; the header keeps its form in every version. A record's length has a checksum of its own, so that a damaged body can be stepped over with
certainty; after a damaged length nothing can be told, and the rest of the segment is given up.
"""

from __future__ import annotations

import re
import secrets
import struct
import time
import zlib
from dataclasses import dataclass
from typing import Final

import msgspec

MAGIC: Final = b"flowtape"
VERSION: Final = 1
SUFFIX: Final = ".tape"
HEADER: Final = struct.Struct(">8sHI")
CHECKSUM: Final = struct.Struct(">I")
FRAME: Final = struct.Struct(">II")
MAX_HEADER: Final = 64 * 1024
MAX_FRAME: Final = 257 * 1024 * 1024


class RecordingError(ValueError):
    """The recording cannot be used at all. The message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Header:
    """`started` is when the segment was begun, in ns since the epoch."""

    service: str
    started: int


def segment_name(service: str, started: int) -> str:
    """A name that sorts by time and that no other segment has: 20261120T101112.123456789Z-shop-1f2e3d4c.tape."""
    seconds, nanoseconds = divmod(started, 1_000_000_000)
    at = time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds))
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", service).strip("-")[:40] or "service"
    return f"{at}.{nanoseconds:09d}Z-{slug}-{secrets.token_hex(4)}{SUFFIX}"


def header(about: Header) -> bytes:
    body = msgspec.msgpack.encode(about)
    head = HEADER.pack(MAGIC, VERSION, len(body))
    return head + CHECKSUM.pack(zlib.crc32(head + body)) + body


def frame(body: bytes) -> bytes:
    head = FRAME.pack(len(body), zlib.crc32(body))
    return head + CHECKSUM.pack(zlib.crc32(head)) + body
