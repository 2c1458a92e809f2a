"""Digests, and entity tags, which often are digests. Those of something that the run knows are recomputed (digests.py)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowtape.replay.shapes.base import REFERENCE, Shape, fields, whole

ALGORITHMS = {
    "md5": 16,
    "sha1": 20,
    "sha224": 28,
    "sha256": 32,
    "sha384": 48,
    "sha512": 64,
    "sha3_256": 32,
    "blake2b": 64,
}
"""As hashlib calls them, with how many bytes they give. By its looks alone a digest is called by the first of its size."""
SIZES = {name: 2 * size for name, size in ALGORITHMS.items()}
"""Hexadecimal digits."""
ENCODINGS: dict[str, tuple[str, Callable[[bytes], str]]] = {
    "hex": ("[0-9a-f]", bytes.hex),
    "HEX": ("[0-9A-F]", lambda raw: raw.hex().upper()),
    "base64": ("[A-Za-z0-9+/=]", lambda raw: base64.b64encode(raw).decode()),
    "base64url": ("[A-Za-z0-9_=-]", lambda raw: base64.urlsafe_b64encode(raw).decode()),
}
"""What a digest is written in, and how."""
BODY = "body"
EXAMPLE = "{digest: sha256}, perhaps with `encoding`, `length`, and `of: body` or `of: $token`"


@dataclass(frozen=True, slots=True)
class Digest(Shape):
    """A digest of what differs from run to run itself.

    `length` is how many characters of it there are, 0 for all. `of` is BODY for the body of the message in whose headers it stands,
    `$name` for a variable, "" where that is not known.
    """

    algorithm: str = "sha256"
    encoding: str = "hex"
    length: int = 0
    of: str = ""

    @property
    def regex(self) -> str:
        whole_length = len(ENCODINGS[self.encoding][1](bytes(ALGORITHMS[self.algorithm])))
        return f"{ENCODINGS[self.encoding][0]}{{{self.length or whole_length}}}"

    def of_data(self, data: bytes) -> str:
        """The digest of `data` as this one is written."""
        raw = hashlib.new(self.algorithm, data, usedforsecurity=False).digest()
        return ENCODINGS[self.encoding][1](raw)[: self.length or None]

    def refers(self) -> list[str]:
        return [self.of[1:]] if self.of.startswith("$") else []

    def dump(self) -> dict[str, Any]:
        found: dict[str, Any] = {"digest": self.algorithm}
        if self.encoding != "hex":
            found["encoding"] = self.encoding
        if self.length:
            found["length"] = self.length
        return {**found, "of": self.of} if self.of else found


@dataclass(frozen=True, slots=True)
class Etag(Shape):
    """An entity tag (RFC 9110, section 8.8.3), weak or strong."""

    weak: bool = False

    @property
    def regex(self) -> str:
        return ("W/" if self.weak else "") + r'"[\x21\x23-\x7e\x80-\xff]*"'

    def dump(self) -> dict[str, Any]:
        return {"etag": "weak" if self.weak else "strong"}


def read(value: Any, rest: dict[str, Any]) -> Digest:
    if value not in ALGORITHMS:
        raise ValueError(f"a digest is one of {', '.join(ALGORITHMS)}, not `{value}`")
    known = {"encoding": "hex", "length": "0", "of": ""}
    given = fields({key: rest.pop(key) for key in known if key in rest}, known, EXAMPLE)
    encoding, of = given["encoding"], str(given["of"])
    if encoding not in ENCODINGS:
        raise ValueError(f"a digest's `encoding` is one of {', '.join(ENCODINGS)}, not `{encoding}`")
    if of not in ("", BODY) and not REFERENCE.fullmatch(of):
        raise ValueError(f"a digest is `of: body` or of a variable, as `of: $token`, not of `{of}`")
    return Digest(str(value), str(encoding), whole(given["length"], EXAMPLE), of)


def read_etag(value: Any, _rest: dict[str, Any]) -> Etag:
    if not re.fullmatch("weak|strong", str(value)):
        raise ValueError(f"an etag is weak or strong, not `{value}`")
    return Etag(value == "weak")
