"""All kinds by their names, what shape beats a name, and one cache for all pseudonyms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from flowtape.capture.sanitise.pseudonyms import (
    birth,
    card,
    csrf,
    email,
    iban,
    network,
    password_hash,
    person,
    phone,
    postal,
    private_key,
    shape,
)
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

KEEP = "keep"
MAX_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Kind:
    """`make(keyed, value)` is a value's pseudonym, `ours(value)` knows one without the key."""

    make: Callable[[Keyed, str], str]
    ours: Callable[[str], bool]
    secret: bool = False


OPAQUE = Kind(shape.make, shape.ours, secret=True)
KINDS: dict[str, Kind] = {
    "email": Kind(email.make, email.ours),
    "phone": Kind(phone.make, phone.ours),
    "card": Kind(card.make, card.ours),
    "card_tail": Kind(card.tail, card.tail_ours),
    "cvv": OPAQUE,
    "iban": Kind(iban.make, iban.ours),
    "name": Kind(person.make, person.ours),
    "family_name": Kind(person.make_family, person.ours),
    "username": Kind(shape.make, shape.ours),
    "address": Kind(postal.make, postal.ours),
    "postcode": Kind(shape.make, shape.ours),
    "birth_date": Kind(birth.make, birth.ours),
    "ip": Kind(network.make, network.ours),
    "national_id": Kind(shape.make, shape.ours),
    "jwt": OPAQUE,
    "signed": OPAQUE,
    "csrf": Kind(csrf.make, csrf.ours, secret=True),
    "auth_hash": OPAQUE,
    "token": OPAQUE,
    "api_key": OPAQUE,
    "session": OPAQUE,
    "cookie": OPAQUE,
    "signature": OPAQUE,
    "password": OPAQUE,
    "password_hash": Kind(password_hash.make, password_hash.ours, secret=True),
    "private_key": Kind(private_key.make, private_key.ours, secret=True),
}
"""What docs/sanitising.md lists."""

TRIVIAL = frozenset(
    {"", "null", "none", "nil", "true", "false", "undefined", "n/a", "-", "*", "***", "[redacted]", "<null>"}
)


_NO_TIMES = frozenset({"username", "name", "family_name", "address", "token", "session", "cookie", "signature"})
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.+ZUTC -]{0,25}")
"""A moment is none of these, whatever the name says beside which it stands: `login: 2026-11-20 10:11`."""


def refine(kind: str, value: str) -> str:
    """The kind of a value whose place says `kind`: what its shape proves goes before what its name says, so that a value has
    the same kind at all its places. "" where there is nothing to hide.
    """
    plain = value.strip()
    if kind == KEEP or plain.lower() in TRIVIAL:
        return ""
    proven = _by_shape(plain)
    if proven:
        return proven
    if kind in _NO_TIMES and _TIME.fullmatch(plain):
        return ""
    digits = sum(sign.isdigit() for sign in plain)
    match kind:
        case "card":
            return (
                kind if digits >= 12 else "token" if shape.PREFIX.match(plain) else "card_tail" if digits == 4 else ""
            )
        case "iban":
            return "token" if digits >= 5 else ""
        case "session" | "cookie" if plain.isdigit() and digits < 9:
            return ""  # the number of a row
        case "ip":
            return "ip" if network.read(plain) else ""
        case "phone":
            return "phone" if digits >= 5 else ""
        case "email":
            return "username"
        case "birth_date":
            return kind if digits >= 4 else ""
        case "private_key":
            return "token"
    return kind


@lru_cache(maxsize=20_000)
def _by_shape(plain: str) -> str:
    if "@" in plain and " " not in plain and plain.count("@") == 1:
        local, _, domain = plain.partition("@")
        if (
            local
            and "." in domain.strip(".")
            and all(part.replace("-", "a").isalnum() for part in domain.split(".") if part)
        ):
            return "email"
    if password_hash.is_hash(plain):
        return "password_hash"
    if plain.startswith(private_key.BEGIN):
        return "private_key"
    if iban.valid(plain):
        return "iban"
    return "card" if len(plain) <= 32 and plain[:1].isdigit() and _only_number(plain) and card.plausible(plain) else ""


def _only_number(plain: str) -> bool:
    return all(sign.isdigit() or sign in " -" for sign in plain) and plain.isascii()


class Pseudonyms:
    """Pseudonyms under one key, remembered up to a bound. `of` takes a refined kind."""

    def __init__(self, key: bytes) -> None:
        self.keyed = Keyed(key)
        self.of = lru_cache(maxsize=MAX_REMEMBERED)(self._make)

    def _make(self, kind: str, value: str) -> str:
        plain = value.strip()
        start = value.find(plain)
        return value[:start] + KINDS[kind].make(self.keyed, plain) + value[start + len(plain) :]


def ours(kind: str, value: str) -> bool:
    """Whether `value`, found where a `kind` is, is a pseudonym (or has nothing to hide)."""
    refined = refine(kind, value)
    return not refined or KINDS[refined].ours(value.strip())
