"""Password hashes: the scheme and its parameters stay, salt and digest are drawn anew, the salt ends in a mark.

Where the password is known, the digest can be a true one of the password's pseudonym (`of_password`), so that a log-in still
verifies at replay. Those of crypt(3) and SCRAM keep only their shape, as do all whose digest cannot be computed here.
"""

from __future__ import annotations

import hmac
import re

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed
from flowtape.capture.sanitise.pseudonyms.password_digest import DIGESTS

SCHEMES = (
    # as the libraries of that name write them, and Django, which puts a word of its own in front
    r"(?:bcrypt(?P<bcrypt_of>_sha256)?\$)?(?P<bcrypt_scheme>\$2[abxy]?\$(?P<bcrypt_cost>\d\d)\$)(?P<bcrypt_salt>[./A-Za-z0-9]{22})(?P<bcrypt>[./A-Za-z0-9]{31})",
    r"(?:argon2)?\$argon(?P<argon_kind>2id|2i|2d)\$(?:v=(?P<argon_version>\d{1,3})\$)?(?P<argon_costs>[a-z]=[\w=,]{1,60})\$(?P<argon_salt>[A-Za-z0-9+/]{8,90})\$(?P<argon>[A-Za-z0-9+/]{16,180})",
    # Werkzeug
    r"scrypt:(?P<ws_n>\d{1,9}):(?P<ws_r>\d{1,4}):(?P<ws_p>\d{1,4})\$(?P<ws_salt>[^$\s]{1,64})\$(?P<ws>[0-9a-f]{32,256})",
    r"pbkdf2:(?P<wp_name>sha\d{1,3}|md5):(?P<wp_rounds>\d{1,9})\$(?P<wp_salt>[^$\s]{1,64})\$(?P<wp>[0-9a-f]{32,256})",
    # Django
    r"scrypt\$(?P<ds_n>\d{1,9})\$(?P<ds_salt>[^$\s]{1,64})\$(?P<ds_r>\d{1,4})\$(?P<ds_p>\d{1,4})\$(?P<ds>[A-Za-z0-9+/]{16,180}={0,2})",
    r"pbkdf2_(?P<dp_name>sha\d{1,3})\$(?P<dp_rounds>\d{1,9})\$(?P<dp_salt>[^$\s]{1,64})\$(?P<dp>[A-Za-z0-9+/]{16,180}={0,2})",
    # passlib
    r"\$scrypt\$ln=(?P<ps_ln>\d{1,2}),r=(?P<ps_r>\d{1,4}),p=(?P<ps_p>\d{1,4})\$(?P<ps_salt>[A-Za-z0-9+/]{1,90})\$(?P<ps>[A-Za-z0-9+/]{16,180}={0,2})",
    r"\$pbkdf2(?:-(?P<pp_name>sha\d{1,3}))?\$(?P<pp_rounds>\d{1,9})\$(?P<pp_salt>[A-Za-z0-9./]{1,90})\$(?P<pp>[A-Za-z0-9./]{16,180})",
    r"\$[156]\$(?:rounds=\d{1,9}\$)?(?P<crypt>[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,86})",
    r"SCRAM-SHA-256\$\d{1,9}:(?P<scram>[A-Za-z0-9+/=]{4,90}\$[A-Za-z0-9+/=]{16,90}:[A-Za-z0-9+/=]{16,90})",
)
HASH = re.compile("|".join(SCHEMES))
ENCODED = frozenset({"bcrypt", "argon", "ps", "pp"})
"""Forms whose salt is bytes in base64, of whose last sign not all bits are free: it stays."""


def is_hash(value: str) -> bool:
    return HASH.fullmatch(value) is not None


def scheme(value: str) -> str:
    """The algorithm and its costs: all before the `$` in front of the salt. "" where `value` is no hash."""
    match = HASH.fullmatch(value)
    return value[: _start(match) - 1] if match else ""


def make(keyed: Keyed, value: str) -> str:
    match = HASH.fullmatch(value)
    if match is None:
        return shape.make(keyed, value)
    if form := _form(match):
        return _with(match, form, _salt(keyed, match, form), shape.make(keyed, match[form]))
    return value[: _start(match)] + shape.fill(keyed.draw("hash", value), value[_start(match) :])


def of_password(keyed: Keyed, value: str, password: str, pseudonym: str) -> str | None:
    """The hash of `pseudonym` in the manner of `value`, if `value` is the hash of `password`. Slow by design."""
    match = HASH.fullmatch(value)
    if match is None or not _verifies(match, password):
        return None
    form = _form(match)
    salt = _salt(keyed, match, form)
    made = DIGESTS[form](match, _secret(pseudonym), salt)
    return None if made is None else _with(match, form, salt, made)


def verifies(value: str, password: str) -> bool | None:
    """Whether `value` is the hash of `password`; None where that cannot be computed here. Slow by design."""
    match = HASH.fullmatch(value)
    return _verifies(match, password) if match else None


def ours(value: str) -> bool:
    match = HASH.fullmatch(value)
    if match is None:
        return shape.ours(value)
    form = _form(match)
    return shape.ours(_drawn(match, form)) if form else shape.marked(value[_start(match) :])


def _verifies(match: re.Match[str], password: str) -> bool | None:
    form = _form(match)
    digest = DIGESTS[form](match, _secret(password), match[f"{form}_salt"]) if form else None
    return None if digest is None else hmac.compare_digest(digest, match[form])


def _secret(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _form(match: re.Match[str]) -> str:
    """The name of the group of its digest, "" where only the shape is known."""
    return next((form for form in DIGESTS if match[form] is not None), "")


def _start(match: re.Match[str]) -> int:
    """Where the salt begins."""
    form = _form(match)
    return match.start(f"{form}_salt" if form else match.lastgroup or 0)


def _drawn(match: re.Match[str], form: str) -> str:
    """What of the salt is drawn anew."""
    salt: str = match[f"{form}_salt"]
    return salt[:-1] if form in ENCODED else salt


def _salt(keyed: Keyed, match: re.Match[str], form: str) -> str:
    drawn = _drawn(match, form)
    return shape.make(keyed, drawn) + match[f"{form}_salt"][len(drawn) :]


def _with(match: re.Match[str], form: str, salt: str, digest: str) -> str:
    text, group = match.string, f"{form}_salt"
    return text[: match.start(group)] + salt + text[match.end(group) : match.start(form)] + digest
