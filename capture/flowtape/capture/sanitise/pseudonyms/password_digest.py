"""The digests of password hashes, in the notations of those who write them: by Python's own means, bcrypt and argon2 by the
libraries of that name, where these can be imported.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping

MAX_ROUNDS = 2_000_000
MAX_MEMORY = 128 * 1024 * 1024
MAX_COST, MAX_TIME, MAX_LANES = 14, 32, 16
"""A stranger may write a hash's parameters: what costs more than these is not computed."""

ARGON2_COSTS = re.compile(r"m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})")
FIRST_VERSION, LAST_VERSION = 16, 19
"""Of argon2: hashes that say none are of the first (its reference implementation, `decode_string`)."""


def _bcrypt(found: re.Match[str], password: bytes, salt: str) -> str | None:
    if int(found["bcrypt_cost"]) > MAX_COST:
        return None
    try:
        import bcrypt
    except ImportError:
        return None
    if found["bcrypt_of"]:  # Django's way round bcrypt's limit of 72 bytes
        password = hashlib.sha256(password).hexdigest().encode()
    try:
        return bcrypt.hashpw(password, (found["bcrypt_scheme"] + salt).encode()).decode()[-31:]
    except ValueError:  # a password that it does not take, or costs that are none
        return None


def _argon2(found: re.Match[str], password: bytes, salt: str) -> str | None:
    costs = ARGON2_COSTS.fullmatch(found["argon_costs"])
    if costs is None:
        return None
    memory, time, lanes = (int(each) for each in costs.groups())
    version = int(found["argon_version"] or FIRST_VERSION)
    if (
        version not in (FIRST_VERSION, LAST_VERSION)
        or memory * 1024 > MAX_MEMORY
        or time > MAX_TIME
        or lanes > MAX_LANES
    ):
        return None
    try:
        from argon2 import Type, exceptions, low_level
    except ImportError:
        return None
    kind = {"2id": Type.ID, "2i": Type.I, "2d": Type.D}[found["argon_kind"]]
    try:
        size = len(_bytes(found["argon"]))
        raw = low_level.hash_secret_raw(password, _bytes(salt), time, memory, lanes, size, kind, version)
    except (exceptions.Argon2Error, ValueError):  # nothing that it can compute, or no base64
        return None
    return base64.b64encode(raw).decode().rstrip("=")


def _werkzeugs_scrypt(found: re.Match[str], password: bytes, salt: str) -> str | None:
    raw = _scrypt(password, salt.encode(), (found["ws_n"], found["ws_r"], found["ws_p"]), 64)
    return None if raw is None else raw.hex()


def _djangos_scrypt(found: re.Match[str], password: bytes, salt: str) -> str | None:
    raw = _scrypt(password, salt.encode(), (found["ds_n"], found["ds_r"], found["ds_p"]), 64)
    return None if raw is None else base64.b64encode(raw).decode()


def _passlibs_scrypt(found: re.Match[str], password: bytes, salt: str) -> str | None:
    try:
        raw = _scrypt(password, _bytes(salt), (1 << int(found["ps_ln"]), found["ps_r"], found["ps_p"]), 32)
    except ValueError:  # no base64
        return None
    return None if raw is None else base64.b64encode(raw).decode().rstrip("=")


def _scrypt(password: bytes, salt: bytes, costs: Iterable[int | str], size: int) -> bytes | None:
    n, r, p = (int(cost) for cost in costs)
    if 130 * n * r > MAX_MEMORY or p > 16 or n < 2 or n & (n - 1) or not r or not p:
        return None
    try:
        return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=MAX_MEMORY, dklen=size)
    except ValueError:  # the costs do not go together
        return None


def _werkzeugs_pbkdf2(found: re.Match[str], password: bytes, salt: str) -> str | None:
    raw = _pbkdf2(password, salt.encode(), found["wp_name"], int(found["wp_rounds"]))
    return None if raw is None else raw.hex()


def _djangos_pbkdf2(found: re.Match[str], password: bytes, salt: str) -> str | None:
    raw = _pbkdf2(password, salt.encode(), found["dp_name"], int(found["dp_rounds"]))
    return None if raw is None else base64.b64encode(raw).decode()


def _passlibs_pbkdf2(found: re.Match[str], password: bytes, salt: str) -> str | None:
    try:
        salted = _bytes(salt.replace(".", "+"))
    except ValueError:  # no base64
        return None
    raw = _pbkdf2(password, salted, found["pp_name"] or "sha1", int(found["pp_rounds"]))
    return None if raw is None else base64.b64encode(raw).decode().rstrip("=").replace("+", ".")


def _pbkdf2(password: bytes, salt: bytes, name: str, rounds: int) -> bytes | None:
    if not 0 < rounds <= MAX_ROUNDS or name not in hashlib.algorithms_available:
        return None
    return hashlib.pbkdf2_hmac(name, password, salt, rounds)


def _bytes(text: str) -> bytes:
    """Of base64 without its padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


DIGESTS: Mapping[str, Callable[[re.Match[str], bytes, str], str | None]] = {
    "bcrypt": _bcrypt,
    "argon": _argon2,
    "ws": _werkzeugs_scrypt,
    "wp": _werkzeugs_pbkdf2,
    "ds": _djangos_scrypt,
    "dp": _djangos_pbkdf2,
    "ps": _passlibs_scrypt,
    "pp": _passlibs_pbkdf2,
}
"""By the name of the digest's group in a hash's pattern: the digest of a password with a salt, both as a hash of that kind has
them. None where it cannot be computed here, or would cost too much.
"""
