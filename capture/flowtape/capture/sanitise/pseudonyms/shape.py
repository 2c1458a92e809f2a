"""Anything opaque: the same length, the same class of character at every place, the same known prefix.

Sessions, API keys, bearer tokens, cookies, passwords, user names and national numbers are all made here, under one label,
so that a token is the same wherever it is met: in a cookie, in a bearer header or in a Redis key.
The last characters are a mark of those before them: four of them from eight on, two from four on, one from two on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase, digits

from flowtape.capture.sanitise.pseudonyms.keyed import Draw, Keyed, mark

PREFIX = re.compile(
    r"(?:sk|pk|rk)_(?:live|test)_|whsec_|tok_|gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|AKIA|ASIA|AIza|SG\.|npm_"
    r"|pypi-|dop_v1_|hf_|ya29\.|sk-ant-|sk-proj-|sk-|shpat_"
)
"""What issuers put before their keys: it names the issuer, not the holder."""

HEX = re.compile(r"[0-9a-f]*[a-f][0-9a-f]*|[0-9A-F]*[A-F][0-9A-F]*")
UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
LETTERS = ascii_lowercase, ascii_uppercase, digits, digits[1:], "0"
HEX_LETTERS = "0123456789abcdef", "0123456789ABCDEF"


def make(keyed: Keyed, value: str) -> str:
    prefix = PREFIX.match(value)
    kept = prefix.end() if prefix else 0
    for attempt in range(8):
        made = fill(keyed.draw("secret", value, attempt), value, kept)
        if made != value:
            break
    return made


def ours(value: str) -> bool:
    prefix = PREFIX.match(value)
    return marked(value, prefix.end() if prefix else 0)


def fill(draw: Draw, value: str, kept: int = 0) -> str:
    """`value` with all letters and digits from index `kept` on drawn anew, the last of them a mark."""
    places = _places(value, kept)
    alphabets = _alphabets(value, places, hexadecimal=_is_hex(value, places))
    signs = list(value)
    last = len(places) - _mark_size(len(places))
    for place, alphabet in zip(places[:last], alphabets, strict=False):
        signs[place] = alphabet[draw.below(len(alphabet))]
    return _sign(signs, places[last:], alphabets[last:])


def marked(value: str, kept: int = 0) -> bool:
    """Whether the mark at the end of `value` follows from what is before it; one sign alone holds none."""
    places = _places(value, kept)
    size = _mark_size(len(places))
    if not size:
        return True
    for hexadecimal in {False, _only_hex(value, places)}:
        alphabets = _alphabets(value, places, hexadecimal=hexadecimal)
        if _sign(list(value), places[-size:], alphabets[-size:]) == value:
            return True
    return False


def _sign(signs: list[str], places: Sequence[int], alphabets: Sequence[str]) -> str:
    if places:
        draw = mark("".join(signs[: places[0]]))
        for place, alphabet in zip(places, alphabets, strict=True):
            signs[place] = alphabet[draw.below(len(alphabet))]
    return "".join(signs)


def _mark_size(count: int) -> int:
    return 4 if count >= 8 else 2 if count >= 4 else 1 if count >= 2 else 0


def _places(value: str, kept: int) -> list[int]:
    fixed = (14, 19) if UUID.fullmatch(value) else ()  # a UUID keeps its version and its variant (RFC 9562, section 4)
    return [i for i, sign in enumerate(value) if i >= kept and sign.isalnum() and i not in fixed]


def _is_hex(value: str, places: list[int]) -> bool:
    return len(places) >= 16 and HEX.fullmatch("".join(value[i] for i in places)) is not None


def _only_hex(value: str, places: list[int]) -> bool:
    return len(places) >= 16 and all(value[i] in "0123456789abcdefABCDEF" for i in places)


def _alphabets(value: str, places: list[int], *, hexadecimal: bool) -> list[str]:
    if hexadecimal:
        upper = any(value[i] in "ABCDEF" for i in places)
        return [HEX_LETTERS[upper]] * len(places)
    lower, capital, number, leading, zero = LETTERS
    found = [number if value[i].isdigit() else capital if value[i].isupper() else lower for i in places]
    if value.isdigit() and places[:1] == [0]:
        # A number stays a number of as many digits, and a leading zero stays one.
        found[0] = zero if value[0] == "0" else leading
    return found
