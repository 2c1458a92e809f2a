"""Whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowtape.replay.shapes.base import Shape, fields, json_type, whole


@dataclass(frozen=True, slots=True)
class Integer(Shape):
    """A whole number, of so many digits (0: any)."""

    digits: int = 0
    json: str = ""

    @property
    def numeric(self) -> bool:
        return True

    @property
    def regex(self) -> str:
        return rf"-?\d{{{self.digits}}}" if self.digits else r"-?\d+"

    def dump(self) -> dict[str, Any]:
        json = {"json": self.json} if self.json else {}
        return {"integer": {"digits": self.digits} if self.digits else {}, **json}


def read(value: Any, rest: dict[str, Any]) -> Integer:
    example = "{integer: {}} or {integer: {digits: 8}}"
    return Integer(whole(fields(value, {"digits": "0"}, example)["digits"], example, 300), json_type(rest))
