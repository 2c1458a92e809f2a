"""Random text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowtape.replay.shapes.base import Shape, fields, whole

ALPHABETS = {
    "digits": "[0-9]",
    "hex": "[0-9a-fA-F]",
    "base32": "[A-Z2-7=]",
    "alnum": "[A-Za-z0-9]",
    "base64url": "[A-Za-z0-9_=-]",
    "base64": "[A-Za-z0-9+/=]",
    "any": r"[^\x00-\x20]",
}
EXAMPLE = f"{{token: {{length: 32, alphabet: hex}}}}, the alphabet being one of {', '.join(ALPHABETS)}"


@dataclass(frozen=True, slots=True)
class Token(Shape):
    """Random text: of this length (0: any) and alphabet."""

    length: int = 0
    alphabet: str = "any"

    @property
    def regex(self) -> str:
        return ALPHABETS[self.alphabet] + (f"{{{self.length}}}" if self.length else "+")

    def dump(self) -> dict[str, Any]:
        length = {"length": self.length} if self.length else {}
        return {"token": {**length, "alphabet": self.alphabet}}


def read(value: Any, _rest: dict[str, Any]) -> Token:
    found = fields(value, {"length": "0", "alphabet": "any"}, EXAMPLE)
    if found["alphabet"] not in ALPHABETS:
        raise ValueError(f"it is written {EXAMPLE}, not `{found['alphabet']}`")
    return Token(whole(found["length"], EXAMPLE), found["alphabet"])
