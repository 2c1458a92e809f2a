"""Tokens that anyone can read: JSON Web Tokens, and what web frameworks sign."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from flowtape.capture.sanitise.pseudonyms import jwt, signed
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

Token: TypeAlias = jwt.Token | signed.Signed


class Secrets(NamedTuple):
    """What the service has at replay to check its tokens with, b"" where that is unknown: of JSON Web Tokens, of its framework."""

    jwt: bytes = b""
    key: bytes = b""


def read(value: str, *, cookie: bool = False) -> Token | None:
    """`cookie` says that it stands in one."""
    if value.startswith("eyJ") or ".eyJ" in value:
        token = jwt.read(value)
        if token is not None:
            return token
    return signed.read(value, cookie=cookie)


def write(keyed: Keyed, token: Token, claims: bytes, secrets: Secrets) -> str:
    """The token with other claims, signed anew."""
    if isinstance(token, signed.Signed):
        return signed.write(keyed, token, claims, secrets.key)
    return jwt.write(keyed, token, claims, secrets.jwt)


def ours(token: Token, value: str, secrets: Secrets) -> bool:
    """Whether the signature of `value`, which reads as `token`, is one of ours."""
    if isinstance(token, signed.Signed):
        return signed.ours(token, value, secrets.key)
    return jwt.ours(value, secrets.jwt)
