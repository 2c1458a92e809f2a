"""Who is shown every value of a flow, and what holds values inside a value: JSON text, a token's claims, Basic credentials.

The same walk serves three visitors: one that collects, one that rewrites, one that audits. A visitor gets each value once with
all that its place says of it, and returns what shall stand there.
"""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from flowtape.capture.sanitise.policy import Policy
from flowtape.capture.sanitise.pseudonyms import tokens
from flowtape.capture.sanitise.pseudonyms.registry import KEEP

MAX_NESTED = 4
"""JSON in a string in JSON in a string: so deep is it looked into."""

IN_BYTES = frozenset({"email", "jwt", "api_key", "private_key"})
"""The kinds that are looked for in bytes that are no text: others would be found by chance."""
_ASCII = bytes(byte if byte < 0x80 else 0 for byte in range(256))
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Visitor(Protocol):
    policy: Policy

    def value(self, kind: str, value: str) -> str:
        """A value whose place says that it is of this kind (not refined)."""

    def text(self, value: str) -> str:
        """Text of which nothing is known."""

    def data(self, value: bytes) -> bytes:
        """Bytes that are no text. The result is as long."""

    def token(self, value: str, token: tokens.Token) -> str:
        """A token with claims."""


def leaf(visitor: Visitor, kind: str, value: str, nested: int = 0) -> str:
    """One string. `kind` is what its place says: "" for nothing, "keep" to leave it alone."""
    if kind == KEEP or not value:
        return value
    token = tokens.read(value)
    if token is not None:
        return visitor.token(value, token)
    if value[0] in "{[" and value[-1] in "}]" and nested < MAX_NESTED:
        found = json_text(visitor, value, kind, nested + 1)
        if found is not None:
            return found
    return visitor.value(kind, value) if kind else visitor.text(value)


def cookie(visitor: Visitor, kind: str, value: str) -> str:
    """A cookie's value, whose name says `kind`."""
    token = tokens.read(value, cookie=True)
    return leaf(visitor, kind, value) if token is None else visitor.token(value, token)


def json_text(visitor: Visitor, text: str, kind: str = "", nested: int = 0) -> str | None:
    """JSON in a string, None if it is none."""
    made = json_data(visitor, text.encode("utf-8", "surrogatepass"), kind, nested)
    return made.decode("utf-8", "surrogatepass") if made is not None else None


def json_data(visitor: Visitor, data: bytes, kind: str = "", nested: int = 0) -> bytes | None:
    """A JSON text; the same bytes where nothing in it is changed; None if it is no JSON."""
    try:
        tree = _DECODER.decode(data)
        made = json_tree(visitor, tree, kind=kind, nested=nested)
        return data if made == tree else _ENCODER.encode(made)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def json_tree(visitor: Visitor, node: Any, *, name: str = "", kind: str = "", nested: int = 0) -> Any:
    """A decoded JSON value that stands under `name`, of which `kind` is known."""
    if isinstance(node, str):
        return leaf(visitor, kind, node, nested)
    if isinstance(node, dict):
        field = visitor.policy.field
        siblings = frozenset(node) if "name" in node or "Name" in node else frozenset()
        return {
            _json_key(visitor, key): value
            if value is None or value is True or value is False
            else json_tree(visitor, value, name=key, kind=field(key, name, siblings), nested=nested)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [json_tree(visitor, one, name=name, kind=kind, nested=nested) for one in node]
    if kind and kind != KEEP and type(node) is int:
        made = visitor.value(kind, str(node))
        return int(made) if made.lstrip("-").isdigit() and made.isascii() else node
    return node


def _json_key(visitor: Visitor, key: str) -> str:
    """A key is a name, unless somebody used a value as one."""
    return key if _is_name(key) else visitor.text(key)


@lru_cache(maxsize=10_000)
def _is_name(key: str) -> bool:
    return len(key) < 5 or (key.isidentifier() and key.isascii())


def claims(visitor: Visitor, token: tokens.Token) -> bytes:
    """A token's claims, sanitised as any JSON."""
    made = json_data(visitor, token.claims)
    return token.claims if made is None else made


def basic(visitor: Visitor, value: str) -> str | None:
    """What follows `Basic ` (RFC 7617), None if it is not base64 of user:password."""
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    user, colon, password = text.partition(":")
    if not colon:
        return None
    made = f"{visitor.value('username', user)}:{visitor.value('password', password)}"
    return value if made == text else base64.b64encode(made.encode()).decode()


def text_of(data: bytes) -> str | None:
    """`data` as text if it is such: UTF-8 without control characters other than white space."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def ascii_of(data: bytes) -> str:
    """What of `data` is ASCII, at its place; NUL for the rest."""
    return data.translate(_ASCII).decode("ascii")


def content(visitor: Visitor, data: bytes, kind: str = "") -> bytes:
    """Bytes of which the place says at most a kind: a cache's value, a parameter of an unknown type."""
    text = text_of(data)
    if text is None:
        return visitor.data(data)
    made = leaf(visitor, kind, text)
    return data if made is text or made == text else made.encode("utf-8", "surrogatepass")
