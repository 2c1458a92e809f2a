"""JSON Web Tokens (RFC 7519)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from flowtape.replay.shapes.base import Shape, fields

EXAMPLE = "{jwt: {claims: [names that it must have]}}"


@dataclass(frozen=True, slots=True)
class Jwt(Shape):
    """Three parts, the first two JSON. `claims` names those that it must have."""

    claims: tuple[str, ...] = ()

    @property
    def regex(self) -> str:
        return r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"

    def matches(self, text: str, at: int) -> bool:
        if not re.fullmatch(self.regex, text):
            return False
        try:
            header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in text.split(".")[:2])
        except (ValueError, binascii.Error, RecursionError):
            return False
        return isinstance(header, dict) and isinstance(claims, dict) and set(self.claims) <= set(claims)

    def dump(self) -> dict[str, Any]:
        return {"jwt": {"claims": list(self.claims)}} if self.claims else {"jwt": {}}


def read(value: Any, _rest: dict[str, Any]) -> Jwt:
    claims = fields(value, {"claims": []}, EXAMPLE)["claims"]
    if not isinstance(claims, list) or not all(isinstance(claim, str) for claim in claims):
        raise ValueError(f"it is written {EXAMPLE}")
    return Jwt(tuple(claims))
