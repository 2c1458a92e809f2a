"""Whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowtape.replay.shapes.base import Shape, fields, whole


@dataclass(frozen=True, slots=True)
class Integer(Shape):
    """A whole number, of so many digits (0: any)."""

    digits: int = 0

    @property
    def numeric(self) -> bool:
        return True

    @property
    def regex(self) -> str:
        return rf"-?\d{{{self.digits}}}" if self.digits else r"-?\d+"

    def dump(self) -> dict[str, Any]:
        return {"integer": {"digits": self.digits} if self.digits else {}}


def read(value: Any, _rest: dict[str, Any]) -> Integer:
    example = "{integer: {}} or {integer: {digits: 8}}"
    return Integer(whole(fields(value, {"digits": "0"}, example)["digits"], example, 300))
