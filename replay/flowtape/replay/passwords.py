"""Whether a hash is of a password: by Python's own means, and by the libraries that the service has for it, where it is replayed.

bcrypt and argon2 are computed by `bcrypt` and `argon2-cffi`, if these can be imported, as they can where the service uses them.
"""

from __future__ import annotations

import re

from flowtape.capture.sanitise.pseudonyms import password_hash
from flowtape.capture.sanitise.pseudonyms.password_hash import MAX_MEMORY

BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
ARGON2 = re.compile(
    r"\$argon2(id|i|d)\$(?:v=\d+\$)?m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
)
MAX_COST, MAX_TIME, MAX_LANES = 15, 32, 16
"""A stranger may write a hash's parameters: what costs more than this, or more memory than MAX_MEMORY, is not computed."""


def verifies(value: str, password: str) -> bool | None:
    """Whether `value` is the hash of `password`; None where that cannot be computed here. Slow by design."""
    found = password_hash.verifies(value, password)
    if found is not None:
        return found
    if (bcrypt := BCRYPT.fullmatch(value)) and int(bcrypt[1]) <= MAX_COST:
        return _bcrypt(value, password)
    if argon2 := ARGON2.fullmatch(value):
        memory, time, lanes = (int(argon2[group]) for group in (2, 3, 4))
        if memory * 1024 <= MAX_MEMORY and time <= MAX_TIME and lanes <= MAX_LANES:
            return _argon2(value, password, argon2[1])
    return None


def _bcrypt(value: str, password: str) -> bool | None:
    try:
        import bcrypt
    except ImportError:
        return None
    try:
        return bool(bcrypt.checkpw(password.encode("utf-8", "surrogatepass"), value.encode()))
    except ValueError:  # a password that it does not take, or a salt that is none
        return None


def _argon2(value: str, password: str, kind: str) -> bool | None:
    try:
        from argon2 import Type, exceptions, low_level
    except ImportError:
        return None
    type_ = {"id": Type.ID, "i": Type.I, "d": Type.D}[kind]
    try:
        return bool(low_level.verify_secret(value.encode(), password.encode("utf-8", "surrogatepass"), type_))
    except exceptions.VerifyMismatchError:
        return False
    except (exceptions.Argon2Error, ValueError):
        return None
