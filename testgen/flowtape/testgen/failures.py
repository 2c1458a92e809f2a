"""What a replay that failed says of the likely cause."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flowtape.replay.flowfile import Case
from flowtape.replay.match import asked
from flowtape.testgen.causes import BROKEN, MISSING_CALL, NOT_ITS_OWN, ORDER, STATE, UNDECLARED, UNKNOWN, Problem

REASON_LINES = 8
PLACE = re.compile(r"^(response\.[^\s:]+): ", re.MULTILINE)
EFFECT = re.compile(r"^(?:different|missing|extra|order)\s+(\S+): ", re.MULTILINE)
ASKED = re.compile(r"(\S+) was asked what the record does not hold")


def missing(observation: Mapping[str, Any], learned: Problem) -> Problem | None:
    """The problem of a run that asked for what it could not be given, which explains whatever else differs."""
    if refused := observation.get("refused"):
        return Problem(UNDECLARED, learned.path, first_lines("\n".join(refused)))
    notes = [call["note"] for call in observation["calls"] if call["recorded"] is None]
    if not notes:
        return None
    return Problem(MISSING_CALL, learned.path, first_lines(str(notes[0])))


def never_asked(case: Case, observations: Sequence[Mapping[str, Any]]) -> Problem | None:
    """The first recorded effect that no run asked for: the correlator gave it to the wrong flow, or it came by chance."""
    seen = {call["recorded"] for data in observations for call in data["calls"]}
    for index, call in enumerate(case.calls):
        meaning = asked(call.question)
        if meaning.effect and index not in seen:
            detail = f"recorded `{meaning.words[:100]}` of {call.dependency}, and asked for in no replay"
            return Problem(NOT_ITS_OWN, f"calls[{index}]", detail)
    return None


def failed(text: str) -> Problem:
    """The problem that pytest's words for a failure tell of."""
    reason = first_lines(text)
    plain = "\n".join(_told(text))
    if "broken:" in plain:
        return Problem(BROKEN, detail=reason)
    if found := ASKED.search(plain):
        return Problem(MISSING_CALL, found[1], reason)
    if plain.startswith("drift"):
        return Problem(UNDECLARED, detail=reason)
    if found := re.search(r"^order\s+(\S+): ", plain, re.MULTILINE):
        return Problem(ORDER, found[1], reason)
    # It was steady in the runs that were learned from: what differs has come with the tests that ran before.
    if found := PLACE.search(plain) or EFFECT.search(plain):
        return Problem(STATE, found[1], reason)
    return Problem(UNKNOWN, detail=reason)


def first_lines(text: str) -> str:
    """The lines of a failure that tell what differed."""
    return "\n".join((_told(text) or text.splitlines())[:REASON_LINES])


def _told(text: str) -> list[str]:
    return [line.removeprefix("E").strip() for line in text.splitlines() if line.startswith("E") or "flowtape" in line]
