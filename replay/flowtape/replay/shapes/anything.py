"""No shape at all, and the very value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flowtape.replay.shapes.base import Shape


@dataclass(frozen=True, slots=True)
class Anything(Shape):
    """No shape at all, only equal wherever it appears."""

    def matches(self, text: str, at: int) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Pinned(Shape):
    """One value and no other: what a developer has pinned. It may be of another shape besides, and then must parse as that."""

    value: str
    of: Shape | None = None

    @property
    def numeric(self) -> bool:
        return self.of is not None and self.of.numeric

    @property
    def json(self) -> str:
        return self.of.json if self.of is not None else ""

    @property
    def regex(self) -> str:
        return self.of.regex if self.of is not None else re.escape(self.value)

    def matches(self, text: str, at: int) -> bool:
        return self.canonical(text) == self.canonical(self.value)

    def canonical(self, text: str) -> str:
        return self.of.canonical(text) if self.of is not None else text

    def dump(self) -> dict[str, Any]:
        return {**(self.of.dump() if self.of is not None else {}), "value": self.value}
