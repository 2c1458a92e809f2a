"""Times near the flow's own clock, or a fixed while from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from flowtape.replay.shapes.base import NANOSECONDS, Shape, fields, json_type, span_in, span_out

ISO = r"(?:\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?|\d{8}T\d{6}(?:[.,]\d+)?)(?:Z|[+-]\d{2}(?::?\d{2})?)?"
REGEX = {
    "iso8601": ISO,
    "http": r"[A-Z][a-z]{2}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{4} \d{2}:\d{2}:\d{2} GMT",
    "rfc2822": r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|UTC?)",
    "epoch": r"\d{9,11}(?:\.\d+)?",
    "epoch_ms": r"\d{12,14}(?:\.\d+)?",
    "epoch_us": r"\d{15,17}",
    "epoch_ns": r"\d{18,20}",
}
FORMATS = tuple(REGEX)
PER_SECOND = {"epoch": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000, "epoch_ns": NANOSECONDS}
ZONE = re.compile(r"(?:Z|[+-]\d{2}(?::?\d{2})?)\Z")
TRIMMED = 2
"""So many zeros at the end of a fraction may be left out, as databases and drivers do."""


@dataclass(frozen=True, slots=True)
class Timestamp(Shape):
    """A time between `since` and `until` seconds from the flow's own.

    `format` is iso8601 (also with a space for the T, as SQL writes it, and without separators), http (RFC 9110, section 5.6.7),
    rfc2822, or epoch, epoch_ms, epoch_us, epoch_ns. Of ISO times, `zone` is whether they say their time zone, and `digits` how
    many they have after the second; None where neither is asserted.
    """

    format: str = "iso8601"
    since: float = -1.0
    until: float = 2.0
    zone: bool | None = None
    digits: int | None = None
    json: str = ""

    @property
    def numeric(self) -> bool:
        return self.format.startswith("epoch")

    @property
    def regex(self) -> str:
        return REGEX[self.format]

    def seconds(self, text: str) -> float | None:
        """The instant in seconds since the epoch; None if `text` is not of this format."""
        if not re.fullmatch(self.regex, text):
            return None
        try:
            if self.format == "iso8601":
                moment = datetime.fromisoformat(re.sub(r"(\d{2}[+-]\d{2})\Z", r"\1:00", text))
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            if self.numeric:
                return float(text) / PER_SECOND[self.format]
            return parsedate_to_datetime(text).timestamp()
        except (ValueError, OverflowError):
            return None

    def offset(self, text: str, at: int) -> float | None:
        """How many seconds after the clock `at` it is; None if `text` is not of this format."""
        seconds = self.seconds(text)
        return None if seconds is None else seconds - at / NANOSECONDS

    def matches(self, text: str, at: int) -> bool:
        offset = self.offset(text, at)
        return offset is not None and self.since - _slack(text) <= offset <= self.until and self._is_written_so(text)

    def written(self, text: str) -> bool:
        return self.seconds(text) is not None and self._is_written_so(text)

    def _is_written_so(self, text: str) -> bool:
        if self.format != "iso8601":
            return True
        if self.zone is not None and self.zone != says_zone(text):
            return False
        return self.digits is None or max(self.digits - TRIMMED, 0) <= fraction_digits(text) <= self.digits

    def canonical(self, text: str) -> str:
        seconds = self.seconds(text)
        return text if seconds is None else f"{seconds:.6f}"

    def dump(self) -> dict[str, Any]:
        written: dict[str, Any] = {} if self.zone is None else {"zone": self.zone}
        if self.digits is not None:
            written["digits"] = self.digits
        if self.json:
            written["json"] = self.json
        return {"timestamp": self.format, **written, "from": span_out(self.since), "to": span_out(self.until)}


def says_zone(text: str) -> bool:
    return ZONE.search(text[10:]) is not None


def fraction_digits(text: str) -> int:
    found = re.search(r"[.,](\d+)", text)
    return len(found[1]) if found else 0


def _slack(text: str) -> float:
    """Formats that leave the fraction out say the second in which it fell; those without seconds the minute."""
    if re.fullmatch(r"[^:]*:\d{2}(?:Z|[+-]\d{2}(?::?\d{2})?)?", text):
        return 60.0
    return 0.0 if re.search(r"[.,]\d", text) else 1.0


def read(value: Any, rest: dict[str, Any]) -> Timestamp:
    if value not in FORMATS:
        raise ValueError(f"a timestamp is one of {', '.join(FORMATS)}, not `{value}`")
    known = {"from": "-1s", "to": "2s", "zone": None, "digits": None}
    given = {key: rest.pop(key) for key in known if key in rest}
    found = fields(given, known, "{timestamp: iso8601, zone: true, digits: 6, from: -1s, to: 2s}")
    if found["zone"] not in (None, True, False):
        raise ValueError(f"`zone` is true or false, not `{found['zone']}`")
    if found["digits"] is not None and not re.fullmatch(r"[0-9]", str(found["digits"])):
        raise ValueError(f"`digits` is how many there are after the second, 0 to 9, not `{found['digits']}`")
    since, until = span_in(found["from"]), span_in(found["to"])
    if since > until:
        raise ValueError(f"`from` is after `to`: {found['from']}, {found['to']}")
    digits = None if found["digits"] is None else int(found["digits"])
    json = json_type(rest)
    if json and not value.startswith("epoch"):
        raise ValueError(f"`json: {json}` is said of an epoch time, not of `{value}`, which is text")
    return Timestamp(str(value), since, until, found["zone"], digits, json)
