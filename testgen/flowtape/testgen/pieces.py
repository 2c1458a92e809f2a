"""What differs in a text between runs: the piece of it that differs, and of which shape it is in each of them.

A *sample* is one text as it was in each run, the record's first; `clocks` are the runs' clocks, in the same order. A text is split at
the pieces of the first shape that explains it, and what lies between them by the shapes after it, last by random words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from flowtape.capture.sanitise.pseudonyms.password_hash import HASH, scheme
from flowtape.capture.sanitise.pseudonyms.signed import readings
from flowtape.replay.shapes import ALPHABETS, FORMATS, Digest, Jwt, PasswordHash, Shape, Signed, Timestamp, Token, Uuid
from flowtape.replay.shapes.digest import SIZES
from flowtape.replay.shapes.password_hash import SCHEME
from flowtape.testgen.moments import fitted, holds_time

Fit: TypeAlias = Callable[[Sequence[str], Sequence[int]], Shape | None]
"""From a piece in each run, and the clocks, to the shape that all of them have."""

WORD = re.compile(r"[A-Za-z0-9_+/=-]+")
TOKEN_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """`values` are the piece in each run, the record's first."""

    shape: Shape
    values: tuple[str, ...]


def pieces(sample: Sequence[str], clocks: Sequence[int]) -> list[Piece] | None:
    """The differing pieces; None if a difference has no shape."""
    return _pieces(sample, clocks, FINDERS)


def _pieces(sample: Sequence[str], clocks: Sequence[int], finders: Sequence[tuple[str, Fit]]) -> list[Piece] | None:
    if all(one == sample[0] for one in sample):
        return []
    for index in range(len(finders)):
        if (found := _split(sample, clocks, finders[index:])) is not None:
            return found
    return _words(sample)


def _split(sample: Sequence[str], clocks: Sequence[int], finders: Sequence[tuple[str, Fit]]) -> list[Piece] | None:
    """The pieces of the first of `finders`, and of what lies between them those of the others."""
    (regex, fit), *others = finders
    spans = [list(re.finditer(rf"(?<![A-Za-z0-9]){regex}(?![A-Za-z0-9])", one)) for one in sample]
    if not spans[0] or len({len(found) for found in spans}) > 1:
        return None
    pieces = []
    for matches in zip(*spans, strict=True):
        values = tuple(match[0] for match in matches)
        if all(value == values[0] for value in values):
            continue
        if (shape := fit(values, clocks)) is None:
            return None
        pieces.append(Piece(shape, values))
    for between in zip(*(_between(one, found) for one, found in zip(sample, spans, strict=True)), strict=True):
        if (inner := _pieces(between, clocks, others)) is None:
            return None
        pieces += inner
    return pieces


def _between(text: str, found: Sequence[re.Match[str]]) -> list[str]:
    starts, ends = [0, *(match.end() for match in found)], [*(match.start() for match in found), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _words(sample: Sequence[str]) -> list[Piece] | None:
    """Random words: unlike in every run, of one length and alphabet."""
    between = WORD.split(sample[0])
    if all(map(holds_time, sample)):
        return None  # whose digits look random from one time zone to another
    if any(WORD.split(one) != between for one in sample):
        return None
    found = []
    for words in zip(*(WORD.findall(one) for one in sample), strict=True):
        if all(word == words[0] for word in words):
            continue
        head = len(_common_head(words))
        shape = random_text([word[head:] for word in words])
        if shape is None:
            return None
        found.append(Piece(shape, tuple(word[head:] for word in words)))
    return found or None


def random_text(values: Sequence[str], shortest: int = TOKEN_LENGTH) -> Shape | None:
    """The token or digest that all are; None where they are of unlike lengths, too short, or one comes twice."""
    length = len(values[0])
    if len({len(value) for value in values}) > 1 or length < shortest or len(set(values)) < len(values):
        return None
    if length > SIZES["md5"] and all(re.fullmatch("[0-9a-f]+", value) for value in values):
        algorithm = next((name for name, size in SIZES.items() if size == length), "")
        if algorithm:
            return Digest(algorithm)
    for alphabet in ("digits", "hex", "alnum", "base64url", "base64"):
        if all(re.fullmatch(f"{ALPHABETS[alphabet]}+", value) for value in values):
            return Token(length, alphabet)
    return None


def _common_head(words: Sequence[str]) -> str:
    """What all begin with, up to the last `_`, `-` or `=` in it: the `ch_` of `ch_3fa9`."""
    first, last = min(words), max(words)
    size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[: max(first.rfind(mark, 0, size) for mark in "_-=") + 1]


# -- shapes that are found by their looks


def _uuid(values: Sequence[str], _clocks: Sequence[int]) -> Shape | None:
    versions = {value.replace("-", "")[12].lower() for value in values}
    if len(versions) == 1 and (version := next(iter(versions))) in "12345678":
        return Uuid(int(version))
    return Uuid(0) if all("-" in value for value in values) else None


def _jwt(values: Sequence[str], clocks: Sequence[int]) -> Shape | None:
    # Its claims are learned one by one (tokens.py).
    return Jwt() if all(Jwt().matches(value, at) for value, at in zip(values, clocks, strict=True)) else None


def _password_hash(values: Sequence[str], _clocks: Sequence[int]) -> Shape | None:
    schemes = {scheme(value) for value in values}
    lengths = {len(value) for value in values}
    one = schemes.pop()
    return PasswordHash(one, lengths.pop()) if not schemes and len(lengths) == 1 and SCHEME.fullmatch(one) else None


def _signed(values: Sequence[str], _clocks: Sequence[int]) -> Shape | None:
    """Of several that could have written them all the first: only the secret key tells those of Django apart."""
    each = [[token.notation for token in readings(value)] for value in values]
    return next((Signed(by) for by in each[0] if all(by in names for names in each)), None)


FINDERS: tuple[tuple[str, Fit], ...] = (
    (f"(?:{re.sub(r'[?]P<[a-z_]+>', '?:', HASH.pattern)})", _password_hash),
    (Uuid(0).regex, _uuid),
    (Jwt().regex, _jwt),
    (Signed("").regex, _signed),
    *((Timestamp(format_).regex, fitted(format_)) for format_ in FORMATS),
)
