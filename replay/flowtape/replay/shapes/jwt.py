"""JSON Web Tokens (RFC 7519): compared by header and claims, and verified where the secret is known."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from typing import Any

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.bodies import Tree, json_body
from flowtape.replay.shapes.base import Secrets, Shape, fields
from flowtape.replay.shapes.claims import Claims

EXAMPLE = "{jwt: {header: {alg: HS256, typ: JWT}, claims: {sub: '7', exp: $exp}, verified: true}}"
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


@dataclass(frozen=True, slots=True)
class Jwt(Claims):
    """Three parts, the first two JSON objects.

    `header` and `claims` are JSON texts, "" where nothing is asserted; a claim may be a variable. `names` are claims that it must
    have, whatever they say. Where it is `verified`, its signature must be that of the secret which replay knows
    (`sanitise.jwt_secret` in flowtape.yaml), if it does.
    """

    names: tuple[str, ...] = ()
    header: str = ""
    claims: str = ""
    verified: bool = False
    secret: str = ""

    @property
    def regex(self) -> str:
        return r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"

    def matches(self, text: str, at: int) -> bool:
        token = parts(text)
        if token is None:
            return False
        header, claims = token
        if self.header and header != json_body.read(self.header.encode()):
            return False
        if self.claims and claims.keys() != _keys(self.claims):
            return False
        return set(self.names) <= set(claims) and (not self.secret or signed(text, header, self.secret))

    def content(self, text: str) -> Tree:
        token = parts(text)
        return None if token is None else token[1]

    def claiming(self, claims: str) -> Jwt:
        return replace(self, claims=claims)

    def told(self, request: HttpRequest, secrets: Secrets) -> Shape:
        return replace(self, secret=secrets.jwt) if self.verified and secrets.jwt else self

    def dump(self) -> dict[str, Any]:
        found: dict[str, Any] = {"header": json_body.read(self.header.encode())} if self.header else {}
        if self.claims or self.names:
            found["claims"] = json_body.read(self.claims.encode()) if self.claims else list(self.names)
        return {"jwt": {**found, "verified": True} if self.verified else found}


def _keys(claims: str) -> set[str]:
    found = json_body.read(claims.encode())
    return set(found) if isinstance(found, dict) else set()


def parts(text: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The header and the claims of a token, numbers as they are written; None if it is none."""
    pieces = text.split(".")
    if len(pieces) != 3:
        return None
    try:
        found = [json_body.read(base64.urlsafe_b64decode(piece + "==")) for piece in pieces[:2]]
    except (ValueError, binascii.Error):
        return None
    header, claims = found
    return (header, claims) if isinstance(header, dict) and isinstance(claims, dict) else None


def signed(text: str, header: dict[str, Any], secret: str) -> bool:
    """Whether an HS256, HS384 or HS512 token is signed with `secret`; no other can be."""
    import hmac

    content, _, signature = text.rpartition(".")
    hash_ = HASHES.get(str(header.get("alg")))
    if hash_ is None:
        return False
    wanted = base64.urlsafe_b64encode(hmac.digest(secret.encode(), content.encode(), hash_)).rstrip(b"=")
    return hmac.compare_digest(wanted, signature.encode())


def read(value: Any, _rest: dict[str, Any]) -> Jwt:
    found = fields(value, {"header": None, "claims": [], "verified": False}, EXAMPLE)
    header, claims, verified = found["header"], found["claims"], found["verified"]
    if (header is not None and not isinstance(header, dict)) or verified not in (True, False):
        raise ValueError(f"it is written {EXAMPLE}")
    names: tuple[str, ...] = ()
    if isinstance(claims, list) and all(isinstance(claim, str) for claim in claims):
        names, claims = tuple(claims), None
    elif not isinstance(claims, dict):
        raise ValueError(f"it is written {EXAMPLE}")
    texts = [json_body.write(each) if each is not None else "" for each in (header, claims)]
    return Jwt(names, texts[0], texts[1], verified)
