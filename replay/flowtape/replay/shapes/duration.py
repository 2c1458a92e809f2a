"""How long something took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowtape.replay.shapes.base import Shape, json_type, span_in, span_out

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


@dataclass(frozen=True, slots=True)
class Duration(Shape):
    """A number of `unit`s, between `since` and `until` seconds."""

    unit: str = "ms"
    since: float = 0.0
    until: float = 60.0
    json: str = ""

    @property
    def numeric(self) -> bool:
        return True

    @property
    def regex(self) -> str:
        return r"-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?"

    def matches(self, text: str, at: int) -> bool:
        return Shape.matches(self, text, at) and self.since <= float(text) * UNITS[self.unit] <= self.until

    def dump(self) -> dict[str, Any]:
        json = {"json": self.json} if self.json else {}
        return {"duration": self.unit, **json, "from": span_out(self.since), "to": span_out(self.until)}


def read(value: Any, rest: dict[str, Any]) -> Duration:
    if value not in UNITS:
        raise ValueError(f"a duration is counted in one of {', '.join(UNITS)}, not `{value}`")
    since, until = span_in(rest.pop("from", "0s")), span_in(rest.pop("to", "60s"))
    if since > until:
        raise ValueError("`from` is more than `to`")
    return Duration(str(value), since, until, json_type(rest))
