"""Password hashes: the scheme and its parameters stay, salt and digest are drawn anew, the salt ends in a mark.

Where the password is known, the digest can be a true one of the password's pseudonym (`of_password`), so that a log-in still
verifies at replay. PBKDF2 and scrypt are computed here; bcrypt and argon2 keep only their shape.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

MAX_ROUNDS = 2_000_000
MAX_MEMORY = 128 * 1024 * 1024
"""A stranger may write a hash's parameters: what costs more than this is not computed."""

SCHEMES = (
    r"\$2[abxy]?\$\d\d\$(?P<bcrypt>[./A-Za-z0-9]{53})",
    r"\$argon2(?:id|i|d)\$(?:v=\d+\$)?[a-z]=[\w=,]{1,60}\$(?P<argon2>[A-Za-z0-9+/]{8,90}\$[A-Za-z0-9+/]{16,180})",
    r"scrypt:(?P<n>\d{1,9}):(?P<r>\d{1,4}):(?P<p>\d{1,4})\$(?P<wz_salt>[^$\s]{1,64})\$(?P<wz>[0-9a-f]{32,256})",
    r"pbkdf2:(?P<wp_name>sha\d{1,3}|md5):(?P<wp_rounds>\d{1,9})\$(?P<wp_salt>[^$\s]{1,64})\$(?P<wp>[0-9a-f]{32,256})",
    r"pbkdf2_(?P<dj_name>sha\d{1,3})\$(?P<dj_rounds>\d{1,9})\$(?P<dj_salt>[^$\s]{1,64})\$(?P<dj>[A-Za-z0-9+/]{16,180}={0,2})",
    r"\$pbkdf2(?:-sha\d{1,3})?\$\d{1,9}\$(?P<passlib>[A-Za-z0-9./]{1,90}\$[A-Za-z0-9./]{16,180})",
    r"\$scrypt\$[\w=,]{1,60}\$(?P<scrypt>[A-Za-z0-9+/]{1,90}\$[A-Za-z0-9+/]{16,180}={0,2})",
    r"\$[156]\$(?:rounds=\d{1,9}\$)?(?P<crypt>[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,86})",
    r"SCRAM-SHA-256\$\d{1,9}:(?P<scram>[A-Za-z0-9+/=]{4,90}\$[A-Za-z0-9+/=]{16,90}:[A-Za-z0-9+/=]{16,90})",
)
HASH = re.compile("|".join(SCHEMES))
COMPUTED = {"wz": "wz_salt", "wp": "wp_salt", "dj": "dj_salt"}


@dataclass(frozen=True, slots=True)
class _Computed:
    """A hash whose digest hashlib computes. `salt` is text, `form` the name of the digest's group."""

    match: re.Match[str]
    form: str

    @property
    def salt(self) -> str:
        return self.match[COMPUTED[self.form]]

    def digest(self, password: str, salt: str) -> str | None:
        """The digest in the hash's own notation, None where computing it would cost too much."""
        secret, salted, found = password.encode("utf-8", "surrogatepass"), salt.encode(), self.match
        if self.form == "wz":
            n, r, p = int(found["n"]), int(found["r"]), int(found["p"])
            if 130 * n * r > MAX_MEMORY or p > 16 or n < 2 or n & (n - 1) or not r or not p:
                return None
            return hashlib.scrypt(secret, salt=salted, n=n, r=r, p=p, maxmem=MAX_MEMORY).hex()
        name, rounds = found[f"{self.form}_name"], int(found[f"{self.form}_rounds"])
        if not 0 < rounds <= MAX_ROUNDS or name not in hashlib.algorithms_available:
            return None
        raw = hashlib.pbkdf2_hmac(name, secret, salted, rounds)
        return raw.hex() if self.form == "wp" else base64.b64encode(raw).decode()

    def with_(self, salt: str, digest: str) -> str:
        text, group = self.match[0], COMPUTED[self.form]
        return f"{text[: self.match.start(group)]}{salt}${digest}"


def is_hash(value: str) -> bool:
    return HASH.fullmatch(value) is not None


def make(keyed: Keyed, value: str) -> str:
    match = HASH.fullmatch(value)
    if match is None:
        return shape.make(keyed, value)
    computed = _computed(match)
    if computed is not None:
        return computed.with_(_salt(keyed, computed.salt), shape.make(keyed, match[computed.form]))
    start = match.start(match.lastgroup or 0)
    return value[:start] + shape.fill(keyed.draw("hash", value), value[start:])


def of_password(keyed: Keyed, value: str, password: str, pseudonym: str) -> str | None:
    """The hash of `pseudonym` in the manner of `value`, if `value` is the hash of `password`. Slow by design."""
    match = HASH.fullmatch(value)
    computed = _computed(match) if match else None
    if match is None or computed is None:
        return None
    digest = computed.digest(password, computed.salt)
    if digest is None or not hmac.compare_digest(digest, match[computed.form]):
        return None
    salt = _salt(keyed, computed.salt)
    made = computed.digest(pseudonym, salt)
    return computed.with_(salt, made) if made is not None else None


def verifies(value: str, password: str) -> bool | None:
    """Whether `value` is the hash of `password`; None where that cannot be computed here. Slow by design."""
    match = HASH.fullmatch(value)
    computed = _computed(match) if match else None
    digest = computed.digest(password, computed.salt) if computed else None
    if match is None or computed is None or digest is None:
        return None
    return hmac.compare_digest(digest, match[computed.form])


def ours(value: str) -> bool:
    match = HASH.fullmatch(value)
    if match is None:
        return shape.ours(value)
    computed = _computed(match)
    if computed is not None:
        return shape.ours(computed.salt)
    return shape.marked(value[match.start(match.lastgroup or 0) :])


def _computed(match: re.Match[str]) -> _Computed | None:
    form = next((form for form in COMPUTED if match[form] is not None), None)
    return _Computed(match, form) if form else None


def _salt(keyed: Keyed, salt: str) -> str:
    return shape.make(keyed, salt)
