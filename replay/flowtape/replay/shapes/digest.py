"""Digests, and entity tags, which often are digests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flowtape.replay.shapes.base import Shape

SIZES = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
"""Hexadecimal digits. Digests of one size by any other name are called so too."""


@dataclass(frozen=True, slots=True)
class Digest(Shape):
    """A digest in small hexadecimal digits, of what differs from run to run itself."""

    algorithm: str = "sha256"

    @property
    def regex(self) -> str:
        return f"[0-9a-f]{{{SIZES[self.algorithm]}}}"

    def dump(self) -> dict[str, Any]:
        return {"digest": self.algorithm}


@dataclass(frozen=True, slots=True)
class Etag(Shape):
    """An entity tag (RFC 9110, section 8.8.3), weak or strong."""

    weak: bool = False

    @property
    def regex(self) -> str:
        return ("W/" if self.weak else "") + r'"[\x21\x23-\x7e\x80-\xff]*"'

    def dump(self) -> dict[str, Any]:
        return {"etag": "weak" if self.weak else "strong"}


def read(value: Any, _rest: dict[str, Any]) -> Digest:
    if value not in SIZES:
        raise ValueError(f"a digest is one of {', '.join(SIZES)}, not `{value}`")
    return Digest(str(value))


def read_etag(value: Any, _rest: dict[str, Any]) -> Etag:
    if not re.fullmatch("weak|strong", str(value)):
        raise ValueError(f"an etag is weak or strong, not `{value}`")
    return Etag(value == "weak")
