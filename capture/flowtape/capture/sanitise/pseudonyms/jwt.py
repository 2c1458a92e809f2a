"""A JSON Web Token (RFC 7519) taken apart and put together: its claims are sanitised by their names, as any JSON is.

The header stays. The signature is a keyed one of the same length; where the operator gives the secret with which the service
checks tokens at replay, HS256, HS384 and HS512 tokens are truly signed with that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

import msgspec

from flowtape.capture.sanitise.pseudonyms.keyed import Keyed, mark

MARK = 4
"""So many bytes at a signature's end follow from the rest of the token."""
HS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


@dataclass(frozen=True, slots=True)
class Token:
    """`header` and `signature` as they stand, `claims` decoded: the JSON text."""

    header: str
    claims: bytes
    signature: str
    algorithm: str

    kind = "jwt"


def read(value: str) -> Token | None:
    """None if it is no JWT: three parts, of which the first two are base64url of JSON objects."""
    parts = value.split(".")
    if len(parts) != 3:
        return None
    header, claims = _object(parts[0]), _object(parts[1])
    if header is None or claims is None:
        return None
    return Token(parts[0], claims[0], parts[2], str(header[1].get("alg", "")))


def write(keyed: Keyed, token: Token, claims: bytes, secret: bytes = b"") -> str:
    """The token with other claims, signed anew."""
    signed = f"{token.header}.{_encode(claims)}"
    if not token.signature:
        return f"{signed}."
    if secret and token.algorithm in HS:
        return f"{signed}.{_encode(hmac.digest(secret, signed.encode(), HS[token.algorithm]))}"
    size = max(len(token.signature) * 3 // 4 - MARK, 0)
    body = keyed.draw("jwt", f"{signed}.{token.signature}").bytes(size)
    return f"{signed}.{_encode(body + _mark(signed, body))}"


def ours(value: str, secret: bytes = b"") -> bool:
    """Whether the signature is one of ours; an unsigned token is, and its claims have to speak for themselves."""
    token = read(value)
    if token is None:
        return False
    signed = value.rpartition(".")[0]
    signature = _decode(token.signature)
    if signature is None or not token.signature:
        return not token.signature
    if secret and token.algorithm in HS:
        signed_anew = hmac.digest(secret, signed.encode(), HS[token.algorithm])
        if hmac.compare_digest(signature, signed_anew):
            return True
    return signature[-MARK:] == _mark(signed, signature[:-MARK])


def _mark(signed: str, body: bytes) -> bytes:
    return mark(signed + hashlib.blake2b(body).hexdigest()).bytes(MARK)


def _object(part: str) -> tuple[bytes, dict[str, object]] | None:
    data = _decode(part)
    try:
        found = msgspec.json.decode(data) if data else None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return (data, found) if data is not None and isinstance(found, dict) else None


def _decode(part: str) -> bytes | None:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
