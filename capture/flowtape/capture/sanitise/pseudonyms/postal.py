"""A postal address or a part of one (street, city): words become invented words, numbers become other numbers."""

from __future__ import annotations

import re

from flowtape.capture.sanitise.pseudonyms import shape, words
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

PART = re.compile(r"[^\W_]+", re.UNICODE)
KEPT = frozenset(
    (
        "street st str straße strasse road rd avenue ave lane ln drive dr boulevard blvd square sq court ct place pl way po box "
        "apt apartment suite unit floor no rua calle via rue platz weg allee po postfach n s e w ne nw se sw"
    ).split()
)


def make(keyed: Keyed, value: str) -> str:
    return PART.sub(lambda found: _part(keyed, found[0]), value)


def ours(value: str) -> bool:
    parts = [part for part in PART.findall(value) if part.lower() not in KEPT]
    named = [part for part in parts if part.isalpha()]
    if named:
        return all(part.lower() in words.KNOWN for part in named)
    return all(shape.marked(part) for part in parts)


def _part(keyed: Keyed, part: str) -> str:
    if part.lower() in KEPT:
        return part
    return words.family(keyed, part) if part.isalpha() else shape.fill(keyed.draw("address", part), part)
