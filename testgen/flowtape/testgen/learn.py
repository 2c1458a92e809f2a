"""What varies from run to run, learned from verifying replays and kept as a relation.

A place is *steady* where every run gave what was recorded. Where the runs differ from the record, the differing piece must be
of a shape (UUID, timestamp near the flow's time, token) in the record and in every run; it becomes one variable for all places that
hold the same recorded piece, and those places must have agreed within each run. Where all runs agree with each other and not with
the record, the expectation is taken from them and marked, since sanitising changed what the code derives. All else
is a reason to quarantine the flow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flowtape.replay.flowfile import Case
from flowtape.replay.shapes import Shape, Timestamp, Token, Uuid
from flowtape.testgen.places import Place, Run, map_texts, places, texts

SHAPES: tuple[Shape, ...] = (
    Uuid(4), Uuid(7), Uuid(1), Uuid(5), Uuid(0),
    Timestamp("iso8601"), Timestamp("http"), Timestamp("epoch"), Timestamp("epoch_ms"),
)  # fmt: skip
PIECE = re.compile(r"[A-Za-z0-9_+/=-]+")
TOKEN_LENGTH = 6
ALPHABETS = (("digits", r"[0-9]+"), ("hex", r"[0-9a-fA-F]+"), ("alnum", r"[A-Za-z0-9]+"), ("base64url", r"[A-Za-z0-9_=-]+"))


@dataclass(frozen=True, slots=True)
class Lesson:
    """`case` with what was learned in it, or why the flow cannot be admitted: `problem` names the place, what was recorded and
    what came instead; "" if all is well."""

    case: Case
    problem: str = ""


def learn(case: Case, runs: Sequence[Run]) -> Lesson:
    """What `runs` of one case, at least one, show of it."""
    recorded = places(case, None)
    observed = [places(case, run) for run in runs]
    problem = _structure(recorded, observed)
    if problem:
        return Lesson(case, problem)
    found: dict[str, tuple[Shape, list[str]]] = {}
    derived: dict[str, str] = {}
    for place, text in recorded.items():
        seen = [one[place] for one in observed]
        if all(other == text for other in seen):
            continue
        problem = _learn_place(case, place, text, seen, found, derived)
        if problem:
            return Lesson(case, problem)
    return Lesson(_rewritten(case, found, derived, recorded, observed[0]))


def _structure(recorded: Mapping[Place, str], observed: Sequence[Mapping[Place, str]]) -> str:
    """The first place that is on one side only, in words; "" if there is none."""
    for one in observed:
        if missing := sorted(recorded.keys() - one.keys()):
            return f"{missing[0]}: recorded {_shown(recorded[missing[0]])}, and not there at replay"
        if extra := sorted(one.keys() - recorded.keys()):
            return f"{extra[0]}: not recorded, and {_shown(one[extra[0]])} at replay"
    return ""


def _learn_place(
    case: Case,
    place: Place,
    text: str,
    seen: Sequence[str],
    found: dict[str, tuple[Shape, list[str]]],
    derived: dict[str, str],
) -> str:
    pieces = _pieces(text, seen, case.captured.at)
    if pieces is None:
        if place.derivable and len(set(seen)) == 1:
            derived[str(place)] = seen[0]
            return ""
        return f"{place}: recorded {_shown(text)}, at replay {' and '.join(_shown(one) for one in sorted(set(seen))[:3])}"
    for piece, shape, values in pieces:
        known = found.setdefault(piece, (shape, values))
        if known[1] != values:
            return f"{place}: {_shown(piece)} was one value when recorded, and became several at replay"
    return ""


def _pieces(text: str, seen: Sequence[str], at: int) -> list[tuple[str, Shape, list[str]]] | None:
    """The differing pieces of `text`, each with its shape and its value in each run; None if a difference has no shape."""
    for shape in SHAPES:
        if (split := _by_shape(text, seen, shape, at)) is not None:
            return split
    return _by_token(text, seen)


def _by_shape(text: str, seen: Sequence[str], shape: Shape, at: int) -> list[tuple[str, Shape, list[str]]] | None:
    pattern = re.compile(rf"(?<![A-Za-z0-9]){shape.regex}(?![A-Za-z0-9])")
    between = pattern.split(text)
    if len(between) == 1 or any(pattern.split(one) != between for one in seen):
        return None
    pieces = []
    for piece, *values in zip(pattern.findall(text), *(pattern.findall(one) for one in seen), strict=True):
        if all(value == piece for value in values):
            continue
        if not all(shape.matches(value, at) for value in [piece, *values]):
            return None
        pieces.append((piece, shape, values))
    return pieces


def _by_token(text: str, seen: Sequence[str]) -> list[tuple[str, Shape, list[str]]] | None:
    """Random words: unlike in every run, of one length and alphabet, or of one alphabet where even the lengths differ."""
    between = PIECE.split(text)
    if any(PIECE.split(one) != between for one in seen):
        return None
    pieces: list[tuple[str, Shape, list[str]]] = []
    for piece, *values in zip(PIECE.findall(text), *(PIECE.findall(one) for one in seen), strict=True):
        if all(value == piece for value in values):
            continue
        head = _common_head([piece, *values])
        rest = [one[len(head) :] for one in [piece, *values]]
        alphabet = next((name for name, regex in ALPHABETS if all(re.fullmatch(regex, one) for one in rest)), None)
        same_length = len({len(one) for one in rest}) == 1
        if alphabet is None or not same_length or len(rest[0]) < TOKEN_LENGTH or len(set(rest)) != len(rest):
            return None
        pieces.append((rest[0], Token(len(rest[0]), alphabet), rest[1:]))
    return pieces or None


def _common_head(words: Sequence[str]) -> str:
    """What all begin with, up to the last `_` or `-` in it: the `ch_` of `ch_3fa9`."""
    first, last = min(words), max(words)
    size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[: max(first.rfind("_", 0, size), first.rfind("-", 0, size)) + 1]


def _rewritten(
    case: Case,
    found: Mapping[str, tuple[Shape, list[str]]],
    derived: Mapping[str, str],
    recorded: Mapping[Place, str],
    observed: Mapping[Place, str],
) -> Case:
    """`case` with `$name` wherever a variable's recorded piece stood, and with what was derived anew."""
    variables = dict(case.variables)
    replacements: dict[str, str] = {}
    all_texts = list(texts(case))
    for piece, (shape, _) in found.items():
        name = _name(piece, shape, recorded, variables, all_texts)
        variables[name] = shape
        replacements[piece] = f"${name}"
    rewritten = map_texts(case, derived, _replacer(replacements))
    notes = [*case.notes, *(f"{place}: expectation taken anew at generation" for place in derived)]
    return Case(
        rewritten.captured, rewritten.request, rewritten.response, rewritten.calls, variables, tuple(dict.fromkeys(notes))
    )


def _replacer(replacements: Mapping[str, str]) -> re.Pattern[str] | None:
    raise AssertionError(replacements)


def _name(
    piece: str, shape: Shape, recorded: Mapping[Place, str], taken: Iterable[str], all_texts: Sequence[str]
) -> str:
    raise AssertionError(piece, shape, recorded, taken, all_texts)


def _shown(text: str, limit: int = 80) -> str:
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
