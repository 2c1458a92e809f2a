"""Patches on trial, as many at once as there are cores, each judged by flowtape and by the rival."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.regressions import rival, warm
from benchmarks.regressions.judge import baseline, judge
from benchmarks.regressions.patch import Patch, PatchError

SERVICES = ("shop", "ledger")
UNCHANGED = tuple(Patch(service, "unchanged", "as it is", ()) for service in SERVICES)


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether the patch raised an alarm, with flowtape and with the rival; what flowtape said first."""

    patch: Patch
    alarm: bool
    rival: bool
    said: str


def unchanged() -> None:
    """Raises PatchError unless both services pass as they are, with flowtape and with the rival."""
    with warm.processes(os.cpu_count() or 1) as pool:
        for service, found in zip(SERVICES, pool.map(_baseline, SERVICES), strict=True):
            print(f"{service}, unchanged: {found} tests pass", file=sys.stderr)
        for patch, alarmed in zip(UNCHANGED, pool.map(_by_rival, UNCHANGED), strict=True):
            if alarmed:
                raise PatchError(f"{patch.title}: the rival sees a difference")


def try_all(patches: Sequence[Patch]) -> list[Trial]:
    """Raises PatchError for a patch that does not apply, or whose suite is broken."""
    began = time.monotonic()
    with warm.processes(os.cpu_count() or 1) as pool:
        ours = pool.map(_by_us, patches)
        theirs = pool.map(_by_rival, patches)
        trials = [
            Trial(patch, alarm, rivals, said)
            for patch, (alarm, said), rivals in zip(patches, ours, theirs, strict=True)
        ]
    print(f"{len(patches)} patches, each judged twice, in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return trials


def _baseline(service: str) -> int:
    with tempfile.TemporaryDirectory(prefix="flowtape-trial-") as folder:
        return baseline(service, Path(folder) / "copy").passed


def _by_us(patch: Patch) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory(prefix="flowtape-trial-") as folder:
        judged = judge(patch, Path(folder) / "copy")
    return bool(judged.alarms), judged.said


def _by_rival(patch: Patch) -> bool:
    with tempfile.TemporaryDirectory(prefix="flowtape-trial-") as folder:
        return rival.alarms(patch, Path(folder) / "copy")
