"""The values that one flow is known to hold, and their pseudonyms: what is found at one place is replaced at every other.

A value is found where it stands alone or between signs that are neither letters nor digits, as it is and as it travels: quoted
for a URL, in base64, in small letters or capitals, as the MD5, SHA-1 or SHA-256 under which a service may keep it.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from flowtape.capture.sanitise import names
from flowtape.capture.sanitise.pseudonyms.registry import KINDS, Pseudonyms

MIN_WHOLE, MIN_PART = 3, 4
"""A shorter value is replaced only where its place says what it is; a name of three letters is looked for inside texts too."""
_NAMES = frozenset({"name", "family_name"})
MIN_NUMBER = 9
"""A shorter number is some id or amount as often as not."""
MIN_DERIVED = 6
"""A shorter value's digests and base64 are not looked for."""
MAX_VALUE = 8192
MAX_REMEMBERED = 20_000

_UNSAFE = re.compile(r"[^A-Za-z0-9_.~\-]")
"""What a URL quotes (RFC 3986, section 2.3)."""
_WORD = re.compile(r"[^\W_]+")
_COMMON = frozenset(word for ending in names.TABLE for word in ending) | frozenset(
    "order orders cart carts customer customers user users item items product products admin test demo guest default public "
    "private string value unknown data info health status api login logout register checkout payment payments true false".split()
)
"""Words of routes and keys: a password `session` must not change what `session:` means."""


class Variant(NamedTuple):
    """One notation of a value. `word` is its first word, "" where it is too short to be looked for inside a text; `place` where
    that word begins, and how long the notation is.
    """

    raw: str
    stands: tuple[str, str]
    word: str
    place: tuple[int, int]


Variants: TypeAlias = Callable[[str, str], tuple[Variant, ...]]


class Hit(NamedTuple):
    start: int
    end: int
    kind: str
    made: str


class Known:
    """Raw values of one flow and what stands for them. `variants` is `variants_under` of the operator's key."""

    def __init__(self, variants: Variants) -> None:
        self._variants = variants
        self.whole: dict[str, tuple[str, str]] = {}
        """Raw value to its kind and its pseudonym."""
        self.values: dict[str, str] = {}
        """The values that were found themselves, to their kinds: the others in `whole` derive from them."""
        self._parts: dict[str, set[tuple[int, int]]] = {}

    def add(self, kind: str, value: str) -> None:
        """`value` was found, of a refined kind."""
        if value in self.values or len(value) > MAX_VALUE:
            return
        self.values[value] = kind
        if not _travels(value):
            return
        for variant in self._variants(kind, value):
            self._put(variant)

    def set(self, kind: str, value: str, made: str) -> None:
        """`value`'s pseudonym is `made`, whatever was thought before."""
        self.values[value] = kind
        found = dict(_written(value, made))
        _derive(found, value, made)
        for raw, new in found.items():
            self.whole.pop(raw, None)
            self._put(_variant(raw, kind, new))

    def _put(self, variant: Variant) -> None:
        raw, stands, word, place = variant
        if raw not in self.whole:
            self.whole[raw] = stands
            if word:
                self._parts.setdefault(word, set()).add(place)

    def find(self, text: str) -> Iterator[Hit]:
        """Every known value that stands in `text` between other signs; they may overlap."""
        if not self._parts:
            return
        for word in _WORD.finditer(text):
            for offset, size in self._parts.get(word[0], ()):
                start = word.start() - offset
                end = start + size
                if (
                    start < 0
                    or end > len(text)
                    or (end < len(text) and _joined(text, end))
                    or (start and _joined(text, start))
                ):
                    continue
                found = self.whole.get(text[start:end])
                if found:
                    yield Hit(start, end, *found)


def _variant(raw: str, kind: str, made: str) -> Variant:
    least = MIN_WHOLE if kind in _NAMES and raw[0].isupper() else MIN_PART
    word = _WORD.search(raw) if len(raw) >= least else None
    return Variant(raw, (kind, made), word[0] if word else "", (word.start() if word else 0, len(raw)))


def _joined(text: str, place: int) -> bool:
    return text[place - 1].isalnum() and text[place].isalnum()


def _travels(value: str) -> bool:
    if len(value) < MIN_WHOLE or value.lower() in _COMMON:
        return False
    return len(value) >= MIN_NUMBER or not value.isdigit()


def variants_under(pseudonyms: Pseudonyms) -> Variants:
    """A function from a kind and a value to the value as it may be met elsewhere, each with what then stands for it."""
    return lru_cache(maxsize=MAX_REMEMBERED)(lambda kind, value: _variants(kind, value, pseudonyms.of(kind, value)))


def _variants(kind: str, value: str, made: str) -> tuple[Variant, ...]:
    found = dict(_written(value, made))
    if kind in {"email", "name", "family_name", "address"}:
        for change in (str.lower, str.upper):
            found.setdefault(change(value), change(made))
    if kind in _NAMES:
        for raw, new in zip(_WORD.findall(value), _WORD.findall(made), strict=False):
            if len(raw) >= MIN_WHOLE and raw[0].isupper() and raw != new and raw.lower() not in _COMMON:
                found.setdefault(raw, new)
    if kind in {"phone", "card"}:
        raw, new = ("".join(sign for sign in one if sign.isdigit()) for one in (value, made))
        if len(raw) >= MIN_NUMBER:
            found.setdefault(raw, new)
    if kind == "iban":
        found.setdefault("".join(value.split()), "".join(made.split()))
    if len(value) >= MIN_DERIVED and (kind == "email" or KINDS[kind].secret):
        _derive(found, value, made)
        if kind == "email":
            _derive(found, value.lower(), made.lower())
    return tuple(_variant(raw, kind, new) for raw, new in found.items())


def _written(value: str, made: str) -> Iterator[tuple[str, str]]:
    """As it is, and as URLs and forms hold it: with and without a slash quoted, a space as %20 or +."""
    yield value, made
    if _UNSAFE.search(value) is None:
        return
    raw, new = _quoted(value), _quoted(made)
    for one, other in (("/", "/"), ("%2F", "/"), ("%20", "+")):
        yield raw.replace(one, other), new.replace(one, other)


def _quoted(value: str) -> str:
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")), value)


def _derive(found: dict[str, str], value: str, made: str) -> None:
    raw, new = value.encode("utf-8", "surrogatepass"), made.encode("utf-8", "surrogatepass")
    for encode in (b64encode, urlsafe_b64encode):
        found.setdefault(encode(raw).decode(), encode(new).decode())
        found.setdefault(encode(raw).decode().rstrip("="), encode(new).decode().rstrip("="))
    for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        found.setdefault(digest(raw).hexdigest(), digest(new).hexdigest())
