"""What is changed from one verifying replay to the next, so that nothing is taken for constant which only happened to be.

Each replay is a process of its own. Its clock only ever runs ahead: a token in the request that was issued just then is
otherwise not valid yet.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

ZONES = ("Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu")
"""14 hours before UTC, and behind and before it by no whole number of hours."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """`clock_offset` is seconds after the flow's own time, `zone` "" for that of this machine."""

    clock_offset: float
    zone: str
    seed: int

    @property
    def options(self) -> list[str]:
        """For pytest."""
        return [f"--flowtape-clock-offset={self.clock_offset}", f"--flowtape-random-seed={self.seed}"]

    @property
    def environment(self) -> Mapping[str, str]:
        zone = {"TZ": self.zone} if self.zone else {}
        return {**os.environ, **zone, "PYTHONHASHSEED": str(self.seed)}


def observing(number: int) -> Conditions:
    """Of the observing run `number`: no two runs, nor the record and a run, have a second in common."""
    return Conditions((1.25, 4.5, 11.75)[number % 3] + 20 * (number // 3), _zone(number), number + 1)


def passing(number: int) -> Conditions:
    """Of a replay that must pass: the first at the flow's own time, as the suite will be run."""
    return Conditions(0.75 * number, _zone(number - 1) if number else "", number + 101)


def _zone(number: int) -> str:
    name = ZONES[number % len(ZONES)]
    with suppress(LookupError, ValueError, OSError):
        ZoneInfo(name)
        return name
    return ""  # this machine has no time zones
