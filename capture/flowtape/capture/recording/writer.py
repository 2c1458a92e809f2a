"""Writing a recording. It may stop, on a full disk or a dead store; what calls it never does."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from flowtape.capture.recording.encoding import Record, encode
from flowtape.capture.recording.segment import Header, RecordingError, frame, header, segment_name

SEGMENT_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


class _LocalSegment:
    """A file that is written record by record, unbuffered: what was written outlives a killed process."""

    lasting = True

    def __init__(self, path: str) -> None:
        self.size = 0
        self.records = 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, SEGMENT_MODE)

    def append(self, data: bytes) -> None:
        """Raises OSError, and then takes back what it had written of `data` where it can."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)

    def close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


class _StoredSegment:
    """An object of a store that cannot append: kept in memory, and stored when it is closed."""

    lasting = False

    def __init__(self, fs: fsspec.AbstractFileSystem, path: str) -> None:
        self.size = 0
        self.records = 0
        self._parts: list[bytes] = []
        self._fs = fs
        self._path = path

    def append(self, data: bytes) -> None:
        self._parts.append(data)
        self.size += len(data)

    def close(self) -> None:
        parts, self._parts = self._parts, []
        self._fs.pipe_file(self._path, b"".join(parts))


class RecordingWriter:
    """Appends records to segments under `url`, a folder or any fsspec URL.

    On a local disk a record is written at once, in a file of mode 0600 in a folder of mode 0700; elsewhere a segment is kept
    in memory and stored when it is full (`rotate_bytes`), old (`rotate_seconds`) or closed. After an error nothing more is
    written: `stopped` says why ("" while it records) and `write` returns False. `counters`: "recorded" (written, for good),
    "waiting" (in memory, until the segment is stored), "not recorded". Not thread-safe: one thread writes.
    """

    def __init__(
        self,
        url: str,
        service: str,
        *,
        rotate_bytes: int = 64 * 1024 * 1024,
        rotate_seconds: float = 300,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.stopped = ""
        self.counters: Counter[str] = Counter()
        self.rotated = 0
        """How many segments were finished."""
        self._url = url
        self._service = service
        self._rotate_bytes = rotate_bytes
        self._rotate_ns = int(rotate_seconds * 1e9)
        self._clock = clock
        self._segment: _LocalSegment | _StoredSegment | None = None
        self._begun = 0
        self._closed = False
        with self._guard():
            self._fs, self._path = fsspec.core.url_to_fs(url)
            self._local = isinstance(self._fs, LocalFileSystem)
            if self._local:
                _make_private(Path(self._path))

    def write(self, record: Record) -> bool:
        """Whether `record` was taken. Never raises."""
        if not self.stopped and not self._closed:
            try:
                data = frame(encode(record))
            except (ValueError, TypeError, OverflowError, RecursionError):  # too long, or not what the types promise
                self.counters["not recorded"] += 1
                return False
            with self._guard():
                self._append(data)
        if self.stopped or self._closed:
            self.counters["not recorded"] += 1
            return False
        self.rotate(only_if_due=True)
        return True

    def rotate(self, *, only_if_due: bool = False) -> None:
        """Finish the segment; the next record begins another. Called now and then, it keeps to `rotate_seconds`."""
        segment = self._segment
        if segment is None:
            return
        old = self._clock() - self._begun >= self._rotate_ns
        if only_if_due and not old and segment.size < self._rotate_bytes:
            return
        self._segment = None
        with self._guard():
            segment.close()
            self.rotated += 1
        if not segment.lasting:
            self.counters["waiting"] -= segment.records
            self.counters["not recorded" if self.stopped else "recorded"] += segment.records

    def close(self) -> None:
        """Finish the segment. A writer that was closed takes nothing more."""
        self.rotate()
        self._closed = True

    def _append(self, data: bytes) -> None:
        segment = self._segment
        if segment is None:
            self._begun = max(self._clock(), self._begun + 1)  # segments sort in the order of their writing
            name = f"{self._path.rstrip('/')}/{segment_name(self._service, self._begun)}"
            segment = self._segment = _LocalSegment(name) if self._local else _StoredSegment(self._fs, name)
            segment.append(header(Header(self._service, self._begun)))
        segment.append(data)
        segment.records += 1
        self.counters["recorded" if segment.lasting else "waiting"] += 1

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        """Whatever a disk or a store's driver raises stops the recording, and nothing else."""
        try:
            yield
        except Exception as error:  # a store's driver raises what it likes
            self.stopped = f"{self._url}: {str(error) or type(error).__name__}"


def _make_private(folder: Path) -> None:
    """Make `folder` and its missing parents, for this user alone. Raises OSError."""
    for path in [*reversed(folder.parents), folder]:
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=FOLDER_MODE)
    if not stat.S_ISDIR(folder.stat().st_mode):
        raise RecordingError("not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} cannot be written to")
