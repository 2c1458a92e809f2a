"""The verdict on one replay, in words that a developer can act on.

passed: response and effects are the recorded ones. regression: they are not. drift: the code asks its dependencies something
that the record does not hold. broken: the application did not start, or what answers for a dependency could not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from flowtape.capture.exchange import Question
from flowtape.replay import budget, conduct, effects
from flowtape.replay.effects import Effects
from flowtape.replay.match import asked
from flowtape.replay.tape import Observed, Tape

Kind: TypeAlias = Literal["passed", "regression", "drift", "broken"]
MAX_MISSES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """`lines` say what differs; `notes` what is worth knowing and no fault.

    `acceptable` is whether the record has all that the new behaviour needs, so that it can become the expectation. `untold` is
    whether something differs that neither the response nor the effects show.
    """

    kind: Kind
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    acceptable: bool = True
    untold: bool = False


def judge(
    response_lines: Sequence[str],
    recorded: Effects,
    observed: Effects,
    tape: Tape,
    refused: Sequence[str] = (),
    *,
    more: Sequence[str] = (),
) -> Verdict:
    """The verdict of a replay that ran to its end. `refused` are the connections that were not let through, `more` is what else differs."""
    notes = tuple(_notes(tape))
    misses = tape.misses
    reads = [miss for miss in misses if not miss.asked.effect]
    if refused or reads:
        return Verdict("drift", (*refused, *_miss_lines(reads or misses)), notes, acceptable=False)
    if misses:
        acceptable = all(tape.could_learn(miss) for miss in misses)
        return Verdict("regression", tuple(_miss_lines(misses)), notes, acceptable=acceptable)
    untold = [*conduct.differences(tape), *budget.overruns(tape), *more]
    lines = [*response_lines, *effects.differences(recorded, observed), *untold]
    return Verdict("regression" if lines else "passed", tuple(lines), notes, untold=bool(untold))


def _miss_lines(misses: Sequence[Observed]) -> list[str]:
    """The misses of a statement are told once, with how many there were: a loop asks the same of one value after another."""
    statements: dict[tuple[str, str, str], list[Observed]] = {}
    for miss in misses:
        subject = miss.asked.subject if miss.asked.protocol == "http" else ""
        statements.setdefault((miss.dependency, miss.asked.fingerprint, subject), []).append(miss)
    lines: list[str] = []
    for alike in list(statements.values())[:MAX_MISSES]:
        lines += alike[0].note.splitlines()
        if len(alike) > 1:
            lines.append(f"  and the same with other values, {len(alike)} times in all: is it asked in a loop?")
    more = len(statements) - MAX_MISSES
    return [*lines, f"… and {more} more"] if more > 0 else lines


def _notes(tape: Tape) -> list[str]:
    notes = [f"{call.dependency}: never asked now: {_short(call.question)}" for call in tape.never_asked()]
    return notes + [
        f"{seen.dependency}: {seen.note}: {seen.asked.words[:100]}"
        for seen in tape.observed
        if seen.note and seen.recorded is not None
    ]


def _short(question: Question) -> str:
    return asked(question).words[:100]


def report(verdict: Verdict, flow: str, command: str, *, extra: Sequence[str] = ()) -> str:
    """The failure as it is shown: the verdict, what differs, what to do next. `extra` is what the application said."""
    heads = {
        "regression": f"regression in {flow}: the service does not do what it did",
        "drift": f"drift in {flow}: the service asks its dependencies something new",
        "broken": f"broken: {flow} could not be replayed",
        "passed": f"passed: {flow}",
    }
    lines = [heads[verdict.kind], *(f"  {line}" for line in verdict.lines), *extra]
    if verdict.notes and verdict.kind != "passed":
        lines += ["Notes:", *(f"  {note}" for note in verdict.notes[:6])]
    return "\n".join([*lines, advice(verdict, command)])


def advice(verdict: Verdict, command: str) -> str:
    """What to do next."""
    if verdict.kind == "passed":
        return ""
    if verdict.kind == "broken":
        return f"Start with the first error above, then run: {command}"
    if verdict.acceptable:
        return f"If the change is meant, accept it: {command} --flowtape-accept"
    return "If the change is meant, capture the flow again and run: flowtape generate"
