"""UUIDs (RFC 9562)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flowtape.replay.shapes.base import Shape


@dataclass(frozen=True, slots=True)
class Uuid(Shape):
    """A UUID of this version, any version if 0 (RFC 9562, section 4)."""

    version: int = 4

    @property
    def regex(self) -> str:
        digit = "[0-9a-fA-F]"
        version = f"{self.version:x}{digit}{{3}}" if self.version else f"{digit}{{4}}"
        return f"{digit}{{8}}-?{digit}{{4}}-?{version}-?{digit}{{4}}-?{digit}{{12}}"

    def canonical(self, text: str) -> str:
        return text.replace("-", "").lower()

    def dump(self) -> dict[str, Any]:
        return {"uuid": self.version}


def read(value: Any, _rest: dict[str, Any]) -> Uuid:
    if not re.fullmatch(r"[0-8]", str(value)):
        raise ValueError(f"a UUID's version is 1 to 8, or 0 for any, not `{value}`")
    return Uuid(int(value))
