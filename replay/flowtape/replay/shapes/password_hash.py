"""Password hashes: bcrypt, argon2, scrypt, PBKDF2 and crypt's, in the ways in which frameworks write them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.shapes.base import Secrets, Shape, fields, whole

EXAMPLE = "{password_hash: {scheme: 'scrypt:32768:8:1', length: 162, of: json.password}}"
SCHEME = re.compile(r"[$A-Za-z0-9_:=,-]{2,90}")


@dataclass(frozen=True, slots=True)
class PasswordHash(Shape):
    """A hash that begins with `scheme` (the algorithm with its costs, up to the salt's `$`) and is `length` characters long.

    `of` is the place of its password in the flow's request, "" where it is not there or the hash cannot be computed here; with it,
    the hash is verified. `password` is what stands there.
    """

    scheme: str
    length: int
    of: str = ""
    password: str = ""

    @property
    def regex(self) -> str:
        return re.escape(self.scheme + "$") + rf"[A-Za-z0-9./+=$:_-]{{{self.length - len(self.scheme) - 1}}}"

    def matches(self, text: str, at: int) -> bool:
        from flowtape.capture.sanitise.pseudonyms.password_hash import is_hash, verifies

        if not Shape.matches(self, text, at) or not is_hash(text):
            return False
        return not self.password or verifies(text, self.password) is not False

    def told(self, request: HttpRequest, secrets: Secrets) -> Shape:
        if not self.of:
            return self
        return replace(self, password=texts(request).get(self.of, ""))

    def dump(self) -> dict[str, Any]:
        of = {"of": self.of} if self.of else {}
        return {"password_hash": {"scheme": self.scheme, "length": self.length, **of}}


def texts(request: HttpRequest) -> dict[str, str]:
    """The texts of a request's body by their places: any may be a password."""
    from flowtape.replay.bodies import leaves, read

    body = read(request.headers, request.body)
    return {path: leaf for path, leaf in leaves(body.tree, body.kind) if type(leaf) is str and leaf}


def read(value: Any, _rest: dict[str, Any]) -> PasswordHash:
    found = fields(value, {"scheme": "", "length": "0", "of": ""}, EXAMPLE)
    scheme, length = found["scheme"], whole(found["length"], EXAMPLE, 1000)
    if not isinstance(scheme, str) or not SCHEME.fullmatch(scheme) or length <= len(scheme) + 1:
        raise ValueError(f"it is written {EXAMPLE}")
    return PasswordHash(scheme, length, str(found["of"]))
