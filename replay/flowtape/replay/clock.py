"""The application's clock: it stands still at the flow's time while the application runs.

In process by time-machine, which leaves `time.monotonic` alone, so that time-outs and event loops go on. For a command by
libfaketime, which reads the time from a file at each call; programs that are linked statically do not see it.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine

NANOSECONDS = 1_000_000_000


UTC_ZONE = ZoneInfo("UTC")


def zone_of(name: str | None) -> tzinfo:
    """The time zone that TZ names; UTC where it names none, since production's machines have no other either."""
    with contextlib.suppress(LookupError, ValueError, OSError):
        return ZoneInfo(name) if name else UTC_ZONE
    return UTC_ZONE


@contextlib.contextmanager
def frozen(at: int, zone: tzinfo = UTC_ZONE) -> Iterator[None]:
    """The clock of this process says `at`, nanoseconds since the epoch, to the microsecond, in `zone`."""
    moment = datetime.fromtimestamp(at // NANOSECONDS, zone).replace(microsecond=at % NANOSECONDS // 1000)
    with time_machine.travel(moment, tick=False):
        yield


def faketime_library() -> Path | None:
    """The shared object that is preloaded into a command; None where there is none for this platform."""
    found = importlib.util.find_spec("libfaketime")
    if found is None or found.origin is None:
        return None
    library = Path(found.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    return library if library.exists() else None


class FileClock:
    """The clock of a command: the file that libfaketime reads, and the variables that make it do so."""

    def __init__(self, file: Path, zone: tzinfo = UTC_ZONE) -> None:
        self._file = file
        self._zone = zone
        self._library = faketime_library()
        self.release()

    @property
    def environment(self) -> dict[str, str]:
        if self._library is None:
            return {"TZ": str(self._zone)}
        return {
            "TZ": str(self._zone),
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            # Without it threads that wait for a time, asyncio among them, hang.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, at: int) -> None:
        moment = datetime.fromtimestamp(at // NANOSECONDS, UTC).astimezone(self._zone)
        self._write(f"{moment:%Y-%m-%d %H:%M:%S}.{at % NANOSECONDS // 1000:06}")

    def release(self) -> None:
        """Back to the true time."""
        self._write("+0")

    def _write(self, text: str) -> None:
        # Renamed into place: the command must never read half of it.
        beside = self._file.with_suffix(".next")
        beside.write_text(text + "\n")
        beside.rename(self._file)
