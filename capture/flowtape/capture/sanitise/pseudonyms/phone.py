"""A telephone number: its punctuation, country code and length stay, the other digits are drawn anew.

Equal ignoring punctuation: +49 170 1234567 and +491701234567 get the same digits. The last three are a mark.
"""

from __future__ import annotations

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

TWO_DIGITS = frozenset(
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 "
    "93 94 95 98".split()
)
"""Country codes of two digits (ITU-T E.164, annex); 1 and 7 have one, all others three."""


def make(keyed: Keyed, value: str) -> str:
    number = _digits(value)
    kept = _kept(value, number)
    for attempt in range(8):
        made = shape.fill(keyed.draw("phone", number, attempt), number, kept)
        if made != number and _kept(value, made) == kept:  # 0170… must not become 00…, which is another country
            break
    drawn = iter(made)
    return "".join(next(drawn) if sign.isdigit() else sign for sign in value)


def ours(value: str) -> bool:
    number = _digits(value)
    return shape.marked(number, _kept(value, number))


def _digits(value: str) -> str:
    return "".join(sign for sign in value if sign.isdigit())


def _kept(value: str, number: str) -> int:
    if not value.lstrip(" (").startswith("+"):
        if not number.startswith("00"):
            return 1 if number.startswith("0") else 0
        number, trunk = number[2:], 2
    else:
        trunk = 0
    code = 1 if number[:1] in {"1", "7"} else 2 if number[:2] in TWO_DIGITS else 3
    return trunk + code
