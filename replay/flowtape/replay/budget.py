"""The call budget: how often a flow may read. More reads than recorded is what an N+1 query looks like.

A statement may be asked as often as it was recorded, or as its calls' `budget` in the flow file allows, all its calls taken
together. What the session answers costs nothing: a driver's or a pool's own questions are not the flow's.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from flowtape.replay.match import Asked
from flowtape.replay.nearest import shown
from flowtape.replay.tape import Tape


def overruns(tape: Tape) -> list[str]:
    """Each statement that was read more often than its budget allows, with its count; two lines each."""
    budgets: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for each in tape.recorded:
        if not each.asked.effect:
            budgets[_statement(each.call.dependency, each.asked)].append(each.index)
    repeats = Counter(seen.recorded for seen in tape.observed if seen.again)
    lines = []
    for (dependency, *_), indexes in budgets.items():
        asked = sum(tape.recorded[index].used + repeats[index] for index in indexes)
        allowed = sum(tape.recorded[index].call.budget for index in indexes)
        if asked > allowed:
            most = max(indexes, key=lambda index: repeats[index])
            lines.append(
                f"too often {dependency}: {shown(tape.recorded[most].asked)}\n"
                f"          asked {_times(asked)} now, {_limit(allowed, len(indexes))}"
            )
    return lines


def _statement(dependency: str, asked: Asked) -> tuple[str, str, str]:
    # The fingerprint of an HTTP request does not hold its path.
    return dependency, asked.fingerprint, asked.subject if asked.protocol == "http" else ""


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _limit(allowed: int, recorded: int) -> str:
    return f"recorded {_times(recorded)}" if allowed == recorded else f"its budget is {allowed}"
