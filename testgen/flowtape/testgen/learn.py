"""What varies from run to run, learned from verifying replays and kept as a relation.

A place is *steady* where every run gave what was recorded. Where the runs differ from the record, the differing piece must be
of a shape (UUID, timestamp near the flow's time, token) in the record and in every run; it becomes one variable for all places that
hold the same recorded piece, and those places must have agreed within each run. Where all runs agree with each other and not with
the record, the expectation is taken from them and marked, since sanitising changed what the code derives. All else
is a reason to quarantine the flow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flowtape.capture.exchange import HttpResponse, Question
from flowtape.replay.bodies import Number
from flowtape.replay.flowfile import Case
from flowtape.replay.shapes import Jwt, Shape, Timestamp, Token, Uuid
from flowtape.testgen.name import variable_name
from flowtape.testgen.places import RESPONSE, Edit, Place, Run, all_texts, edited, places, recorded_questions

SHAPES: tuple[Shape, ...] = (
    Uuid(4), Uuid(7), Uuid(1), Uuid(5), Uuid(0), Jwt(),
    Timestamp("iso8601"), Timestamp("http"), Timestamp("epoch"), Timestamp("epoch_ms"),
)  # fmt: skip
PIECE = re.compile(r"[A-Za-z0-9_+/=-]+")
TOKEN_LENGTH = 6
ALPHABETS = (
    ("digits", r"[0-9]+"),
    ("hex", r"[0-9a-fA-F]+"),
    ("alnum", r"[A-Za-z0-9]+"),
    ("base64url", r"[A-Za-z0-9_=-]+"),
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """`case` with what was learned in it, or why the flow cannot be admitted: `problem` names the place, what was recorded and
    what came instead; "" if all is well.
    """

    case: Case
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A varying piece of text: its shape, and what it is in each run."""

    shape: Shape
    values: tuple[str, ...]


@dataclass(slots=True)
class Findings:
    """`pieces` by what was recorded; `derived` are the places whose text all runs agree on, and the record does not."""

    pieces: dict[str, Piece] = field(default_factory=dict)
    derived: list[Place] = field(default_factory=list)


def learn(case: Case, runs: Sequence[Run]) -> Lesson:
    """What `runs` of one case, at least one, show of it."""
    asked = [index for index in recorded_questions(case) if all(index in run.questions for run in runs)]
    recorded = places(case.response, {index: case.calls[index].question for index in asked})
    observed = [places(run.response, {index: run.questions[index] for index in asked}) for run in runs]
    if problem := _structure(recorded, observed):
        return Lesson(case, problem)
    findings = Findings()
    for place, text in recorded.items():
        seen = [one[place] for one in observed]
        if any(other != text or type(other) is not type(text) for other in seen) and (
            problem := _learn(case, place, text, seen, findings)
        ):
            return Lesson(case, problem)
    return Lesson(_rewritten(case, findings, recorded, runs[0]))


def _structure(recorded: Mapping[Place, str], observed: Sequence[Mapping[Place, str]]) -> str:
    """The first place that is on one side only, in words; "" if there is none."""
    for one in observed:
        if missing := sorted(recorded.keys() - one.keys()):
            return f"{missing[0]}: recorded {_shown(recorded[missing[0]])}, and not there at replay"
        if extra := sorted(one.keys() - recorded.keys()):
            return f"{extra[0]}: not recorded, and {_shown(one[extra[0]])} at replay"
    return ""


def _learn(case: Case, place: Place, text: str, seen: Sequence[str], findings: Findings) -> str:
    """Add to `findings` what differs at `place`; returns why it cannot be told, or ""."""
    pieces = _pieces(text, seen, case.captured.at) if len({type(one) for one in (text, *seen)}) == 1 else None
    if pieces is None:
        distinct = {(one, type(one).__name__): one for one in seen}
        if place.derivable and len(distinct) == 1:
            findings.derived.append(place)
            return ""
        shown = " and ".join(_shown(distinct[each]) for each in sorted(distinct)[:3])
        return f"{place}: recorded {_shown(text)}, at replay {shown}"
    for recorded, shape, values in pieces:
        known = findings.pieces.setdefault(recorded, Piece(shape, values))
        if known.values != values:
            return f"{place}: {_shown(recorded)} was one value when recorded, and became several at replay"
    return ""


def _pieces(
    text: str, seen: Sequence[str], at: int, shapes: Sequence[Shape] = SHAPES
) -> list[tuple[str, Shape, tuple[str, ...]]] | None:
    """The differing pieces of `text`, each with its shape and its value in each run; None if a difference has no shape."""
    if all(one == text for one in seen):
        return []
    for index in range(len(shapes)):
        if (split := _by_shape(text, seen, at, shapes[index:])) is not None:
            return split
    return _by_token(text, seen)


def _by_shape(
    text: str, seen: Sequence[str], at: int, shapes: Sequence[Shape]
) -> list[tuple[str, Shape, tuple[str, ...]]] | None:
    """The pieces of the first of `shapes`, and of what lies between them those of the others."""
    shape, *others = shapes
    pattern = re.compile(rf"(?<![A-Za-z0-9]){shape.regex}(?![A-Za-z0-9])")
    between = [pattern.split(one) for one in [text, *seen]]
    if len(between[0]) == 1 or len({len(parts) for parts in between}) > 1:
        return None
    pieces = []
    for piece, *values in zip(*(pattern.findall(one) for one in [text, *seen]), strict=True):
        if all(value == piece for value in values):
            continue
        if not all(shape.matches(value, at) for value in [piece, *values]):
            return None
        pieces.append((piece, shape, tuple(values)))
    for part, *rest in zip(*between, strict=True):
        inner = _pieces(part, rest, at, others)
        if inner is None:
            return None
        pieces += inner
    return pieces


def _by_token(text: str, seen: Sequence[str]) -> list[tuple[str, Shape, tuple[str, ...]]] | None:
    """Random words: unlike in the record and in each run, of one length and alphabet."""
    between = PIECE.split(text)
    if any(PIECE.split(one) != between for one in seen):
        return None
    pieces: list[tuple[str, Shape, tuple[str, ...]]] = []
    for piece, *values in zip(PIECE.findall(text), *(PIECE.findall(one) for one in seen), strict=True):
        if all(value == piece for value in values):
            continue
        head = _common_head([piece, *values])
        rest = [one[len(head) :] for one in [piece, *values]]
        alphabet = next((name for name, regex in ALPHABETS if all(re.fullmatch(regex, one) for one in rest)), None)
        same_length = len({len(one) for one in rest}) == 1
        if alphabet is None or not same_length or len(rest[0]) < TOKEN_LENGTH or len(set(rest)) != len(rest):
            return None
        pieces.append((rest[0], Token(len(rest[0]), alphabet), tuple(rest[1:])))
    return pieces or None


def _common_head(words: Sequence[str]) -> str:
    """What all begin with, up to the last `_` or `-` in it: the `ch_` of `ch_3fa9`."""
    first, last = min(words), max(words)
    size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[: max(first.rfind("_", 0, size), first.rfind("-", 0, size)) + 1]


def _rewritten(case: Case, findings: Findings, recorded: Mapping[Place, str], run: Run) -> Case:
    """`case` with `$name` wherever a variable's recorded piece stood, and with what was derived anew taken from `run`."""
    variables = dict(case.variables)
    by_recorded: dict[str, tuple[str, Shape]] = {}
    by_observed: dict[str, tuple[str, Shape]] = {}
    for name, shape, texts in _named(case, findings, recorded):
        variables[name] = shape
        for text, piece in texts:
            by_recorded[text] = by_observed[piece.values[0]] = (name, shape)
    taken: dict[int, Question | HttpResponse] = {}
    for place in findings.derived:
        taken[place.call] = run.response if place.call == RESPONSE else run.questions[place.call]
    changed = edited(case, _editor(by_recorded), taken, _editor(by_observed))
    notes = [*case.notes, *(f"{place}: taken anew when the test was generated" for place in findings.derived)]
    return replace(changed, variables=variables, notes=tuple(dict.fromkeys(notes)))


def _named(
    case: Case, findings: Findings, recorded: Mapping[Place, str]
) -> Iterator[tuple[str, Shape, list[tuple[str, Piece]]]]:
    """A name for each variable; pieces that write one value in several ways, such as an instant, are one variable."""
    everything = all_texts(case)
    groups: dict[tuple[str, ...], list[tuple[str, Piece]]] = {}
    for text, piece in findings.pieces.items():
        same = tuple(piece.shape.canonical(one) for one in (text, *piece.values))
        groups.setdefault((type(piece.shape).__name__, *same), []).append((text, piece))
    taken: set[str] = set(case.variables)
    for texts in groups.values():
        shape = texts[0][1].shape
        where = [place for place, text in recorded.items() if any(text == one for one, _ in texts)]
        name = variable_name(case, where, shape, lambda name: name in taken or f"${name}" in everything)
        taken.add(name)
        yield name, shape, texts


def _editor(named: Mapping[str, tuple[str, Shape]]) -> Edit:
    """Puts `$name` in the place of each recorded piece that stands by itself; a number in JSON becomes the text "$name"."""
    if not named:
        return lambda text: text
    words = "|".join(sorted(map(re.escape, named), key=len, reverse=True))
    alone = re.compile(rf"(?<![A-Za-z0-9.])({words})(?![A-Za-z0-9]|\.\d)")

    def reference(found: re.Match[str]) -> str:
        name, shape = named[found[1]]
        text, start, end = found.string, found.start(), found.end()
        bare = shape.numeric and text[:1] in "{[" and text[start - 1 : start] != '"' and text[end : end + 1] != '"'
        return f'"${name}"' if bare else f"${name}"

    return lambda text: alone.sub(reference, text)


def _shown(text: str, limit: int = 80) -> str:
    return str(text) if isinstance(text, Number) else repr(text if len(text) <= limit else text[: limit - 1] + "…")
