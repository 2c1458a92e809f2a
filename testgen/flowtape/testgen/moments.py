"""Times that move with the flow's clock: where they stand to it, and how they are written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from flowtape.replay.shapes import FORMATS, NANOSECONDS, Timestamp
from flowtape.replay.shapes.timestamp import fraction_digits, says_zone

MOVED = 3.0
"""By so many seconds the runs' clocks must have been apart before a time that is far from them is said to move with them."""
SPREAD = 2.0
"""A time may be read so many seconds later in one run than in another."""

CENTURY = 3.2e9
"""A number that would be a time further off is none."""


def fitted(format_: str) -> Callable[[Sequence[str], Sequence[int]], Timestamp | None]:
    """What fits times of this format in each run, the record's first."""

    def fit(values: Sequence[str], clocks: Sequence[int]) -> Timestamp | None:
        plain = Timestamp(format_)
        offsets = [plain.offset(value, at) for value, at in zip(values, clocks, strict=True)]
        known = [offset for offset in offsets if offset is not None]
        if len(known) < len(values):
            return None
        zone, digits = (None, None) if format_ != "iso8601" else (_zone(values), _digits(values))
        near = Timestamp(format_, zone=zone, digits=digits)
        if all(near.matches(value, at) for value, at in zip(values, clocks, strict=True)):
            return near
        if (max(clocks) - min(clocks)) / NANOSECONDS < MOVED or max(known) - min(known) > SPREAD:
            return None
        first = math.floor(min(known))
        return Timestamp(format_, first - 1.0, max(first + 2.0, math.ceil(max(known)) + 1.0), zone, digits)

    return fit


def _zone(values: Sequence[str]) -> bool | None:
    said = {says_zone(value) for value in values}
    return said.pop() if len(said) == 1 else None


def _digits(values: Sequence[str]) -> int | None:
    """How many digits stand after the second; None where they were of unlike number, zeros at the end aside."""
    counts = [fraction_digits(value) for value in values]
    return max(counts) if max(counts) - min(counts) <= (2 if min(counts) else 0) else None


def merged(one: Timestamp, other: Timestamp) -> Timestamp:
    """What holds for an instant that is written in two ways of one format."""
    return Timestamp(
        one.format,
        min(one.since, other.since),
        max(one.until, other.until),
        one.zone if one.zone == other.zone else None,
        one.digits if one.digits == other.digits else None,
        one.json or other.json,
    )


TEXTUAL = ("iso8601", "http", "rfc2822")
"""Formats that nothing else looks like."""


def holds_time(text: str) -> bool:
    """Whether a time stands in `text` that is surely one."""
    return any(re.search(rf"(?<![A-Za-z0-9]){Timestamp(each).regex}(?![A-Za-z0-9])", text) for each in TEXTUAL)


def offsets(texts: Sequence[str], clocks: Sequence[int]) -> list[float] | None:
    """How far from its run's clock each is, in seconds, if all hold a time; by the first time that they hold."""
    for format_ in FORMATS:
        shape = Timestamp(format_)
        found = [re.search(rf"(?<![A-Za-z0-9]){shape.regex}(?![A-Za-z0-9])", text) for text in texts]
        known = [shape.offset(match[0], at) for match, at in zip(found, clocks, strict=True) if match is not None]
        sure = [offset for offset in known if offset is not None]
        if len(sure) == len(texts) and (format_ in TEXTUAL or max(map(abs, sure)) < CENTURY):
            return sure
    return None
