"""What web frameworks sign: sessions, messages and CSRF tokens of Django, Flask and Starlette. Anyone can read their content, so it is
sanitised as any JSON; where the operator gives the secret key that the service has at replay, they are truly signed with that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

MAX_TEXT, MAX_CONTENT = 16_384, 65_536
COMPACT, SPACED = (",", ":"), (", ", ": ")


@dataclass(frozen=True, slots=True)
class Notation:
    """How one framework writes it: `payload`, `stamp` (when, with the sign before it) and `signature` are groups of `pattern`."""

    pattern: re.Pattern[str]
    sign: Callable[[bytes, bytes], bytes]
    """The signature of a text (second) under a secret key (first)."""
    separators: tuple[str, str] = COMPACT
    padded: bool = False
    only: type[object] = object
    """What its JSON must be."""
    in_cookies: bool | None = None
    """Whether it stands in cookies only (True), elsewhere only (False), or anywhere (None)."""


def _django(salt: str, before: str = "") -> Callable[[bytes, bytes], bytes]:
    """`django.core.signing.Signer`, its key with something `before` it."""
    head = f"{salt}signer{before}".encode()
    return lambda secret, text: hmac.digest(hashlib.sha256(head + secret).digest(), text, "sha256")


def _hmac(salt: str) -> Callable[[bytes, bytes], bytes]:
    """`itsdangerous.Signer` with the key derivation "hmac", as in Flask."""
    return lambda secret, text: hmac.digest(hmac.digest(secret, salt.encode(), "sha1"), text, "sha1")


def _concatenated(salt: str) -> Callable[[bytes, bytes], bytes]:
    """`itsdangerous.Signer` with its own key derivation, "django-concat"."""
    return lambda secret, text: hmac.digest(
        hashlib.sha1(salt.encode() + b"signer" + secret, usedforsecurity=False).digest(), text, "sha1"
    )


_TIMED = re.compile(r"(?P<payload>\.?[A-Za-z0-9_-]+)(?P<stamp>:[A-Za-z0-9]{6}):(?P<signature>[A-Za-z0-9_-]{43})")
_DANGEROUS = re.compile(
    r"(?P<payload>\.?[A-Za-z0-9_+/-]+={0,2})(?P<stamp>\.[A-Za-z0-9_-]{6})\.(?P<signature>[A-Za-z0-9_-]{27})"
)
NOTATIONS: Mapping[str, Notation] = {
    "django session": Notation(_TIMED, _django("django.contrib.sessions.SessionStore"), in_cookies=False),
    "django session cookie": Notation(
        _TIMED, _django("django.contrib.sessions.backends.signed_cookies"), only=dict, in_cookies=True
    ),
    "django messages": Notation(
        _TIMED, _django("django.contrib.messages", "django.http.cookies"), only=list, in_cookies=True
    ),
    "flask session": Notation(_DANGEROUS, _hmac("cookie-session"), only=dict),
    "flask-wtf token": Notation(_DANGEROUS, _concatenated("wtf-csrf-token"), only=str),
    "starlette session": Notation(_DANGEROUS, _concatenated("itsdangerous.Signer"), SPACED, padded=True),
}


@dataclass(frozen=True, slots=True)
class Signed:
    """`claims` is the content, JSON; `notation` one of NOTATIONS; `stamp` and `signature` as they stand."""

    notation: str
    claims: bytes
    packed: bool
    stamp: str
    signature: str

    kind = "signed"


def read(value: str, *, cookie: bool = False) -> Signed | None:
    """None if it is nothing that is known here."""
    fits = (token for token in readings(value) if NOTATIONS[token.notation].in_cookies in (None, cookie))
    return next(fits, None)


def readings(value: str) -> Iterator[Signed]:
    """All that it may be: its place, or the secret key, tells which."""
    if len(value) > MAX_TEXT or (value[-28:-27] != "." and value[-44:-43] != ":"):
        return
    for name, notation in NOTATIONS.items():
        found = notation.pattern.fullmatch(value)
        content = _content(notation, found["payload"]) if found else None
        if found and content is not None:
            yield Signed(name, content, found["payload"][0] == ".", found["stamp"], found["signature"])


def write(keyed: Keyed, token: Signed, claims: bytes, secret: bytes = b"") -> str:
    """The same with other content, signed anew."""
    notation = NOTATIONS[token.notation]
    signed = _payload(notation, _written(notation, json.loads(claims)), packed=token.packed) + token.stamp
    signature = _encode(notation.sign(secret, signed.encode())) if secret else shape.make(keyed, token.signature)
    return signed + token.stamp[0] + signature


def ours(token: Signed, value: str, secret: bytes = b"") -> bool:
    """Whether the signature of `value`, which reads as `token`, is one of ours."""
    return (bool(secret) and verifies(token, value, secret)) or shape.ours(token.signature)


def verifies(token: Signed, value: str, secret: bytes) -> bool:
    """Whether `value`, which reads as `token`, is signed with `secret`."""
    signed = value[: -len(token.signature) - 1].encode()
    return hmac.compare_digest(token.signature, _encode(NOTATIONS[token.notation].sign(secret, signed)))


def auth_hash(secret: bytes, password_hash: str) -> str:
    """What Django keeps in a session so that it ends with the password (`AbstractBaseUser.get_session_auth_hash`)."""
    salt = b"django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
    return hmac.new(hashlib.sha256(salt + secret).digest(), password_hash.encode(), "sha256").hexdigest()


def _content(notation: Notation, payload: str) -> bytes | None:
    """The JSON text in a payload; None if it is none, or not as the framework would write it."""
    packed = payload[0] == "."
    text = payload[packed:]
    if (packed or len(text) % 4) if notation.padded else "=" in text:
        return None
    try:
        data = base64.b64decode(
            text + ("" if notation.padded else "=" * (-len(text) % 4)),
            None if notation.padded else b"-_",
            validate=True,
        )
        if packed:
            unpacking = zlib.decompressobj()
            data = unpacking.decompress(data, MAX_CONTENT)
            if not unpacking.eof:
                return None
        tree = json.loads(data)
    except (ValueError, zlib.error, RecursionError):
        return None
    fits = isinstance(tree, (dict, list, str)) and isinstance(tree, notation.only)
    return data if fits and _written(notation, tree) == data else None


def _written(notation: Notation, tree: Any) -> bytes:
    return json.dumps(tree, separators=notation.separators).encode()


def _payload(notation: Notation, data: bytes, *, packed: bool) -> str:
    if notation.padded:
        return base64.b64encode(data).decode()
    compressed = zlib.compress(data) if packed else data
    if packed and len(compressed) < len(data) - 1:
        return f".{_encode(compressed)}"
    return _encode(data)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
