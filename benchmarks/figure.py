"""One measured number, beside its rival or floor in the same run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """`name` is `group.case` or `group.case.detail`. `rival` holds the same measure of others, by their name."""

    name: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    rival: dict[str, float] = field(default_factory=dict)

    def line(self) -> str:
        """As one line of JSON, numbers to four significant digits."""
        found = asdict(self)
        found["value"] = _short(self.value)
        found["rival"] = {name: _short(value) for name, value in self.rival.items()}
        return json.dumps(found)


def _short(value: float) -> float:
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() else short
