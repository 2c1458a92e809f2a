"""Values that vary and are too short or too common to be looked for elsewhere: durations, counts, entity tags.

Such a value becomes a variable of its own place alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from flowtape.replay.bodies import Number
from flowtape.replay.flowfile import Case
from flowtape.replay.shapes import Duration, Etag, Integer
from flowtape.replay.shapes.duration import UNITS as SECONDS
from flowtape.testgen.moments import fitted
from flowtape.testgen.name import place_word
from flowtape.testgen.pieces import TOKEN_LENGTH, Piece
from flowtape.testgen.places import Place

NAMED = re.compile(
    r"(?:elapsed|duration|took|latency|runtime|timing|spent|millis|(?:^|_)(?:ms|us|ns|secs?|seconds)(?:_|$))",
    re.IGNORECASE,
)
"""What fields are called that hold how long something took."""
UNIT_OF_NAME = (
    (re.compile(r"(?:^|_)(?:ms|millis|milliseconds)(?:_|$)|(?<=[a-z])Ms$|millis", re.IGNORECASE), "ms"),
    (re.compile(r"(?:^|_)(?:us|micros|microseconds)(?:_|$)|micros", re.IGNORECASE), "us"),
    (re.compile(r"(?:^|_)(?:ns|nanos|nanoseconds)(?:_|$)|nanos", re.IGNORECASE), "ns"),
    (re.compile(r"(?:^|_)(?:s|secs?|seconds)(?:_|$)|seconds", re.IGNORECASE), "s"),
)
WRITTEN = re.compile(r"(?s)(.*?)(\d{1,12}(?:\.\d{1,12})?)(\s?)(ms|µs|us|ns|s|secs?|seconds|milliseconds)\b(.*)")
PLAIN = re.compile(r"\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?")
UNITS = {"µs": "us", "sec": "s", "secs": "s", "seconds": "s", "milliseconds": "ms"}

Single: TypeAlias = tuple[Piece, str, str]
"""The piece that varies, and the text before and after it."""


def number(sample: Sequence[str], clocks: Sequence[int]) -> list[Piece] | None:
    """A JSON number that is a time, or a long whole number at random."""
    for format_ in ("epoch", "epoch_ms", "epoch_us", "epoch_ns"):
        if shape := fitted(format_)(sample, clocks):
            return [Piece(replace(shape, json=_json(sample)), tuple(map(str, sample)))]
    digits = {len(value) for value in sample}
    if (
        all(map(str.isdigit, sample))
        and len(digits) == 1
        and len(set(sample)) == len(sample)
        and min(digits) >= TOKEN_LENGTH
    ):
        return [Piece(Integer(digits.pop(), "integer"), tuple(map(str, sample)))]
    return None


def _json(sample: Sequence[str]) -> str:
    """What a sample of JSON numbers is declared as."""
    return "integer" if all(re.fullmatch(r"-?\d+", each) for each in sample) else "number"


def single(case: Case, place: Place, sample: Sequence[str]) -> Single | None:
    """None if it is nothing that can be told."""
    if place.path.endswith(".etag"):
        for weak in (False, True):
            if all(Etag(weak).written(value) for value in sample):
                return Piece(Etag(weak), tuple(sample)), "", ""
    return a_while(case, place, sample)


def a_while(case: Case, place: Place, sample: Sequence[str]) -> Single | None:
    """How long something took, by its name or its unit."""
    return _named_so(case, place, sample) or _written_so(sample)


def _named_so(case: Case, place: Place, sample: Sequence[str]) -> Single | None:
    """A plain number in a field or a column whose name says that it is a while."""
    key = (
        place_word(case, place)
        if place.path.startswith("parameters[") and not place.in_json
        else re.split(r"[.\[\]\"]+", place.path.rstrip("]"))[-1]
    )
    if not NAMED.search(key) or not all(PLAIN.fullmatch(value) for value in sample):
        return None
    unit = next((unit for pattern, unit in UNIT_OF_NAME if pattern.search(key)), "s" if "." in sample[0] else "ms")
    shape = _bounded(unit, sample)
    if isinstance(sample[0], Number):
        shape = replace(shape, json=_json(sample))
    return Piece(shape, tuple(map(str, sample))), "", ""


def _written_so(sample: Sequence[str]) -> Single | None:
    """A number with its unit behind it: `took 12.3 ms`."""
    found = [WRITTEN.fullmatch(value) for value in sample]
    matches = [match for match in found if match is not None]
    around = {(match[1], match[3] + match[4] + match[5]) for match in matches}
    if len(matches) < len(sample) or len(around) > 1:
        return None
    before, after = around.pop()
    unit = matches[0][4]
    values = tuple(match[2] for match in matches)
    return Piece(_bounded(UNITS.get(unit, unit), values), values), before, after


def _bounded(unit: str, values: Sequence[str]) -> Duration:
    """A minute, or ten times the longest that was seen: a busy machine takes long."""
    longest = max(float(value) for value in values) * SECONDS[unit]
    return Duration(unit, until=max(60.0, float(math.ceil(10 * longest))))
