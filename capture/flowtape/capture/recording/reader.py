"""Reading a recording: every record that is whole, and a note of each place that is not."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import fsspec
import msgspec

from flowtape.capture.recording.encoding import Record, decode
from flowtape.capture.recording.segment import (
    CHECKSUM,
    FRAME,
    HEADER,
    MAGIC,
    MAX_FRAME,
    MAX_HEADER,
    SUFFIX,
    VERSION,
    Header,
    RecordingError,
)


@dataclass(frozen=True, slots=True)
class Damage:
    """What could not be read: `offset` bytes into `segment`, and why, and what became of the rest."""

    segment: str
    offset: int
    reason: str


class _DamagedError(Exception):
    """The segment cannot be read on from here."""


class Reader:
    """The records of a recording (a folder or any fsspec URL), or of one segment, oldest segment first.

    Raises RecordingError where there is no recording, or where a newer flowtape wrote it. `damages` fills while reading.
    """

    def __init__(self, url: str) -> None:
        self.damages: list[Damage] = []
        self._url = url
        try:
            self._fs, self._path = fsspec.core.url_to_fs(url)
            self.segments: list[str] = self._find()
        except RecordingError:
            raise
        except Exception as error:  # a store's driver raises what it likes
            raise RecordingError(f"{url}: the recording cannot be opened: {error}") from error

    def __iter__(self) -> Iterator[Record]:
        self.damages.clear()
        for segment in self.segments:
            yield from self._read(segment)

    def _find(self) -> list[str]:
        if self._fs.isdir(self._path):
            found = [str(path) for path in self._fs.ls(self._path, detail=False) if str(path).endswith(SUFFIX)]
            return sorted(found, key=lambda path: path.rsplit("/", 1)[-1])
        if self._fs.isfile(self._path):
            with self._fs.open(self._path, "rb") as file:
                if not file.read(len(MAGIC)).startswith(MAGIC):
                    raise RecordingError(f"{self._url}: not a segment of a recording")
            return [self._path]
        raise RecordingError(f"{self._url}: there is no recording here")

    def _read(self, segment: str) -> Iterator[Record]:
        offset = 0
        try:
            with self._fs.open(segment, "rb") as file:
                size = int(self._fs.size(segment))
                offset = self._header(segment, file, size)
                while offset < size:
                    body, end = _frame(file, offset, size)
                    record = self._record(segment, offset, body)
                    if record is not None:
                        yield record
                    offset = end
        except _DamagedError as error:
            self._damage(segment, offset, str(error))
        except (OSError, EOFError) as error:
            self._damage(segment, offset, f"cannot be read: {error}")

    def _header(self, segment: str, file: IO[bytes], size: int) -> int:
        """Check it; returns where the records begin."""
        head = file.read(HEADER.size + CHECKSUM.size)
        if not head.startswith(MAGIC[: len(head)]):
            raise _DamagedError("not a segment of a recording")
        if len(head) < HEADER.size + CHECKSUM.size:
            raise _DamagedError(f"cut short: its header has {len(head)} bytes")
        version: int
        length: int
        _, version, length = HEADER.unpack_from(head)
        if length > min(MAX_HEADER, size - len(head)):
            raise _DamagedError("cut short in its header, or the header is damaged")
        body = file.read(length)
        (checksum,) = CHECKSUM.unpack_from(head, HEADER.size)
        if zlib.crc32(head[: HEADER.size] + body) != checksum:
            raise _DamagedError("the header is damaged: the segment is left out")
        if version > VERSION:
            raise RecordingError(
                f"{segment}: written by a newer flowtape (format {version}; this one reads {VERSION}): upgrade flowtape"
            )
        try:
            msgspec.msgpack.decode(body, type=Header)
        except msgspec.DecodeError as error:
            raise _DamagedError(f"the header is damaged: {error}") from error
        return len(head) + length

    def _record(self, segment: str, offset: int, body: bytes | None) -> Record | None:
        if body is None:
            self._damage(segment, offset, "the record is damaged: it is left out")
            return None
        try:
            return decode(body)
        except ValueError as error:
            self._damage(segment, offset, f"the record cannot be read, it is left out: {error}")
            return None

    def _damage(self, segment: str, offset: int, reason: str) -> None:
        self.damages.append(Damage(segment, offset, reason))


def _frame(file: IO[Any], offset: int, size: int) -> tuple[bytes | None, int]:
    """The body at `offset`, None where it is damaged, and where the next record begins."""
    head = file.read(FRAME.size + CHECKSUM.size)
    if len(head) < FRAME.size + CHECKSUM.size:
        raise _DamagedError(f"cut short: {size - offset} bytes of an unfinished record are left out")
    length, checksum = FRAME.unpack_from(head)
    if CHECKSUM.unpack_from(head, FRAME.size)[0] != zlib.crc32(head[: FRAME.size]) or length > MAX_FRAME:
        raise _DamagedError(f"the record's length is damaged: the last {size - offset} bytes are left out")
    end = offset + len(head) + length
    if end > size:  # nothing is allocated on the promise
        raise _DamagedError(f"cut short: {size - offset} bytes of an unfinished record are left out")
    body = file.read(length)
    if len(body) < length:
        raise _DamagedError("cut short while it was read")
    return (body if zlib.crc32(body) == checksum else None), end
