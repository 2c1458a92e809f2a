"""What varies from run to run, learned from verifying replays and kept as a relation.

A place is *steady* where every run gave what was recorded. Where the runs differ from the record, the differing piece must be
of a shape (UUID, time that moves with the flow's clock, token, …) in the record and in every run; it becomes one variable for all
places that hold the same recorded piece, and those places must have agreed within each run. Where all runs agree with each
other and not with the record, the expectation is taken from them and marked, since sanitising changed what the code derives.
All else is a reason to quarantine the flow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flowtape.capture.exchange import HttpResponse, Question
from flowtape.replay.bodies import Number, json_body
from flowtape.replay.flowfile import Case
from flowtape.replay.shapes import (
    NANOSECONDS,
    NO_SECRETS,
    Claims,
    Digest,
    Integer,
    PasswordHash,
    Secrets,
    Shape,
    Timestamp,
    Token,
)
from flowtape.replay.shapes.digest import BODY
from flowtape.testgen.causes import RANDOMNESS, REFUSED, Problem
from flowtape.testgen.digests import bodies, related
from flowtape.testgen.moments import MOVED, merged
from flowtape.testgen.name import variable_name
from flowtape.testgen.passwords import with_password
from flowtape.testgen.pieces import Piece, pieces
from flowtape.testgen.places import RESPONSE, Edit, Place, Run, all_texts, edited, places, recorded_questions
from flowtape.testgen.placing import placed
from flowtape.testgen.sets import in_one_order, in_one_wording, sets
from flowtape.testgen.single import Single, a_while, number, single
from flowtape.testgen.suspect import suspect
from flowtape.testgen.tokens import claims, learned

STATUS = Place(RESPONSE, "status", derivable=False)


@dataclass(frozen=True, slots=True)
class Lesson:
    """`case` with what was learned in it, or why the flow cannot be admitted."""

    case: Case
    problem: Problem | None = None


@dataclass(slots=True)
class Findings:
    """`pieces` by what was recorded; `single` are those that stand for their own place alone, with the text around them;
    `derived` are the places whose text all runs agree on, and the record does not. `claims` are the places in JWTs. `said` is
    the first place at which the service says what was recorded.
    """

    pieces: dict[str, Piece] = field(default_factory=dict)
    single: dict[Place, Single] = field(default_factory=dict)
    derived: list[Place] = field(default_factory=list)
    claims: dict[Place, str] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)


def learn(case: Case, runs: Sequence[Run], secrets: Secrets = NO_SECRETS) -> Lesson:
    """What `runs` of one case, at least one, show of it. `secrets` are what the service signs with at replay."""
    found = sets(case, runs)
    case = replace(case, unordered=found.places)
    runs = in_one_order(case, runs, found) if found.places else runs
    asked = [index for index in recorded_questions(case) if all(index in run.questions for run in runs)]
    recorded = places(case.response, {index: case.calls[index].question for index in asked})
    observed: list[Mapping[Place, str]] = [
        places(run.response, {index: run.questions[index] for index in asked}) for run in runs
    ]
    if found.places:
        observed = in_one_wording(recorded, observed, found)
    if problem := _structure(recorded, observed):
        return Lesson(case, problem)
    clocks = [case.captured.at, *(case.captured.at if run.at is None else run.at for run in runs)]
    findings = Findings()
    for place, text in recorded.items():
        sample = [text, *(one[place] for one in observed)]
        if _differ(sample) and (problem := _learn(case, place, sample, clocks, findings)):
            return Lesson(case, problem)
    return _rewritten(case, findings, {**recorded, **findings.claims}, runs, secrets)


def _differ(sample: Sequence[str]) -> bool:
    return any(one != sample[0] or type(one) is not type(sample[0]) for one in sample)


def _structure(recorded: Mapping[Place, str], observed: Sequence[Mapping[Place, str]]) -> Problem | None:
    """Another status, which explains whatever else differs; else the first place that is on one side only."""
    for one in observed:
        if one[STATUS] != recorded[STATUS]:
            return Problem(REFUSED, str(STATUS), f"recorded {recorded[STATUS]}, at replay {one[STATUS]}")
    for one in observed:
        if missing := sorted(recorded.keys() - one.keys()):
            return Problem(
                RANDOMNESS, str(missing[0]), f"recorded {shown(recorded[missing[0]])}, and not there at replay"
            )
        if extra := sorted(one.keys() - recorded.keys()):
            return Problem(RANDOMNESS, str(extra[0]), f"not recorded, and {shown(one[extra[0]])} at replay")
    return None


def _learn(
    case: Case, place: Place, sample: Sequence[str], clocks: Sequence[int], findings: Findings
) -> Problem | None:
    """Add to `findings` what differs at `place`, or say why it cannot be told."""
    distinct = {(one, type(one).__name__): one for one in sample[1:]}
    apart = (max(clocks) - min(clocks)) / NANOSECONDS >= MOVED
    if len(distinct) == 1 and place.derivable and apart and len(sample) > 2:
        # Whatever was changed between the runs, this came of it each time.
        findings.derived.append(place)
        return None
    alike = len({type(one) for one in sample}) == 1
    found = (number(sample, clocks) if isinstance(sample[0], Number) else pieces(sample, clocks)) if alike else None
    one = (single(case, place, sample) if found is None else _a_while(case, place, sample, found)) if alike else None
    if one:
        findings.single[place] = one
        return None
    if found is None:
        if len(distinct) == 1 and place.derivable:
            findings.derived.append(place)
            return None
        seen = " and ".join(shown(distinct[each]) for each in sorted(distinct)[:3])
        return Problem(suspect(sample, clocks), str(place), f"recorded {shown(sample[0])}, at replay {seen}")
    for piece in found:
        known = findings.pieces.setdefault(piece.values[0], piece)
        at = len(case.calls) if place.call == RESPONSE else place.call
        findings.said[piece.values[0]] = min(at, findings.said.get(piece.values[0], at))
        if known.values == piece.values and piece.shape.json:
            findings.pieces[piece.values[0]] = piece  # of a number that is a text elsewhere, the number tells more
        if known.values != piece.values:
            why = f"{shown(piece.values[0])} was one value when recorded, and became several at replay"
            return Problem(RANDOMNESS, str(place), why)
        inside = claims(place, piece.shape, piece.values) if isinstance(piece.shape, Claims) else {}
        if problem := _learn_claims(case, place, inside, clocks, findings):
            return problem
    return None


def _a_while(case: Case, place: Place, sample: Sequence[str], found: Sequence[Piece]) -> Single | None:
    """Whether what seemed digits at random is how long something took: that they were equally many was chance."""
    if all(isinstance(piece.shape, Integer | Token) and all(map(str.isdigit, piece.values)) for piece in found):
        return a_while(case, place, sample)
    return None


def _learn_claims(
    case: Case, place: Place, found: Mapping[Place, list[str]] | None, clocks: Sequence[int], findings: Findings
) -> Problem | None:
    """Each claim is a place of its own; what the runs agree on is taken from them, with the rest of the token."""
    if found is None:
        return Problem(RANDOMNESS, f"{place}.claims", "a token with other claims from one run to another")
    for inside, sample in found.items():
        findings.claims[inside] = sample[0]
        if _differ(sample[1:]) and (problem := _learn(case, inside, sample, clocks, findings)):
            return problem
    return None


def _rewritten(
    case: Case, findings: Findings, recorded: Mapping[Place, str], runs: Sequence[Run], secrets: Secrets
) -> Lesson:
    """`case` with `$name` wherever a variable's recorded piece stood, and with what was derived anew taken from the first run."""
    variables = dict(case.variables)
    run = runs[0]
    by_recorded: dict[str, tuple[str, Shape]] = {}
    by_observed: dict[str, tuple[str, Shape]] = {}
    templates: dict[Place, str] = {}
    named = list(_named(case, findings, recorded))
    for name, shape, found, where in named:
        variables[name] = shape
        for piece in found:
            by_recorded[piece.values[0]] = by_observed[piece.values[1]] = (name, shape)
        for place in where:
            piece, before, after = findings.single[place]
            text = place.in_json and shape.numeric and not piece.shape.json
            templates[place] = f"{before}${{{name}}}{after}" if text else f"{before}${name}{after}"
        if isinstance(shape, Claims):
            variables[name] = learned(shape, found[0].values[1:], secrets)
    variables |= _digests(case, runs, named)
    # What a run says it may have out of an answer, which is the record's as long as nothing is learned.
    edit = _editor({**by_recorded, **by_observed})
    for name, shape in variables.items():
        if isinstance(shape, Claims) and name not in case.variables:
            variables[name] = shape.claiming(edit(shape.claims))
    taken: dict[int, Question | HttpResponse] = {}
    for place in findings.derived:
        taken[place.call] = run.response if place.call == RESPONSE else run.questions[place.call]

    def edit_answer(call: int) -> Edit:
        """Nobody can have answered what the service had not said yet: there it is the same text by chance."""
        return _editor({text: name for text, name in by_recorded.items() if findings.said[text] <= call})

    changed = edited(case, _editor(by_recorded), taken, edit, edit_answer)
    notes = [*case.notes, *(f"{place}: taken anew when the test was generated" for place in findings.derived)]
    changed = replace(changed, variables=variables, notes=tuple(dict.fromkeys(notes)))
    for place, template in templates.items():
        at = placed(changed, place, template)
        if at is None:
            return Lesson(case, Problem(RANDOMNESS, str(place), f"recorded {shown(recorded[place])}, and varies"))
        changed = at
    return Lesson(changed)


def _digests(
    case: Case, runs: Sequence[Run], named: Sequence[tuple[str, Shape, list[Piece], list[Place]]]
) -> dict[str, Shape]:
    """The shapes of those that are digests of what is known."""
    found: dict[str, Shape] = {}
    texts = {f"${name}": pieces_[0].values[1:] for name, _, pieces_, _ in named if pieces_}
    for name, shape, pieces_, _ in named:
        if pieces_ and isinstance(shape, Digest | Token):
            values = pieces_[0].values
            sources = {other: [text.encode() for text in each] for other, each in texts.items() if other != f"${name}"}
            if body := bodies(case, runs, values[0]):
                sources = {BODY: body, **sources}
            found[name] = related(shape, values[1:], sources)
    return found


def _named(
    case: Case, findings: Findings, recorded: Mapping[Place, str]
) -> Iterator[tuple[str, Shape, list[Piece], list[Place]]]:
    """A name for each variable, its shape, its pieces, and the places that it has to itself.

    Pieces that write one value in several ways, such as an instant, are one variable.
    """
    everything = all_texts(case)
    groups: dict[tuple[str, ...], list[Piece]] = {}
    for piece in findings.pieces.values():
        written = piece.shape.format if isinstance(piece.shape, Timestamp) else ""
        same = (type(piece.shape).__name__, written, *map(piece.shape.canonical, piece.values))
        groups.setdefault(same, []).append(piece)
    taken: set[str] = set(case.variables)

    def is_taken(name: str) -> bool:
        return name in taken or f"${name}" in everything or f"${{{name}}}" in everything

    def name(where: Sequence[Place], shape: Shape) -> str:
        found = variable_name(case, where, shape, is_taken, recorded)
        taken.add(found)
        return found

    for found in groups.values():
        shape = _shape_of(case, found)
        where = [place for place, text in recorded.items() if any(_is(piece.values[0], place, text) for piece in found)]
        yield name(where, shape), shape, found, []
    alone: dict[tuple[str, ...], list[Place]] = {}
    for place, (piece, _, _) in findings.single.items():
        alone.setdefault((type(piece.shape).__name__, *piece.values), []).append(place)
    for where in alone.values():
        shapes = [findings.single[place][0].shape for place in where]
        shape = next((each for each in shapes if each.json), shapes[0])
        yield name(where, shape), shape, [], where


def _is(value: str, place: Place, text: str) -> bool:
    """Whether `value` is all that stands at a place, or the cookie that is set there."""
    return value == (text.partition(";")[0].partition("=")[2] if place.is_cookie else text)


def _shape_of(case: Case, found: Sequence[Piece]) -> Shape:
    shape = found[0].shape
    for other in found[1:]:
        if isinstance(shape, Timestamp) and isinstance(other.shape, Timestamp):
            shape = merged(shape, other.shape)
    if isinstance(shape, PasswordHash):
        return with_password(shape, case.request, found[0].values[1:])
    return shape


def _editor(named: Mapping[str, tuple[str, Shape]]) -> Edit:
    """Puts `$name` in the place of each recorded piece that stands by itself; a number in JSON becomes the text "$name", and a text
    that is nothing but such a number "${name}".
    """
    if not named:
        return lambda text: text
    words = "|".join(sorted(map(re.escape, named), key=len, reverse=True))
    alone = re.compile(rf"(?<![A-Za-z0-9.])({words})(?![A-Za-z0-9]|\.\d)")

    def reference(found: re.Match[str]) -> str:
        name, shape = named[found[1]]
        quoted = found.string[found.start() - 1 : found.end() + 1] == f'"{found[1]}"'
        return f"${{{name}}}" if shape.numeric and quoted else f"${name}"

    def in_text(text: str) -> str:
        return alone.sub(reference, text)

    def number(text: str) -> str:
        name, shape = named.get(text, ("", None))
        return f'"${name}"' if shape is not None and shape.numeric else text

    def edit(text: str) -> str:
        found = json_body.edited(text, in_text, number)
        return in_text(text) if found is None else found

    return edit


def shown(text: str, limit: int = 80) -> str:
    return str(text) if isinstance(text, Number) else repr(text if len(text) <= limit else text[: limit - 1] + "…")
