"""The entries of a run, counted and put in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flowtape.replay.reporting.entry import MEANINGS, Entry, Kind


def counts(entries: Iterable[Entry]) -> dict[str, int]:
    """How many replays came to each verdict; an accepted one counts as `accepted`."""
    found = {"regression": 0, "drift": 0, "broken": 0, "accepted": 0, "passed": 0}
    for entry in entries:
        found["accepted" if entry["accepted"] else entry["verdict"]] += 1
    return found


def headline(entries: Iterable[Entry]) -> str:
    """`1 regression, 2 broken, 297 passed`."""
    words = {"regression": "regressions"}
    return ", ".join(
        f"{count} {words.get(kind, kind) if count != 1 else kind}" for kind, count in counts(entries).items() if count
    )


def to_look_at(entries: Sequence[Entry]) -> dict[Kind, list[list[Entry]]]:
    """What did not pass, by verdict. Entries that are broken for one reason are told as one."""
    found: dict[Kind, list[list[Entry]]] = {kind: [] for kind in MEANINGS if kind != "passed"}
    same: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        kind = entry["verdict"]
        if kind == "passed" or entry["accepted"]:
            continue
        group = same.setdefault(tuple(entry["lines"]), []) if kind == "broken" else []
        if not group:
            found[kind].append(group)
        group.append(entry)
    return {kind: groups for kind, groups in found.items() if groups}


def advice(kind: Kind, groups: Sequence[Sequence[Entry]]) -> str:
    """What to do about all of one kind, at once where there are many."""
    nexts = list(dict.fromkeys(entry["next"] for group in groups for entry in group))
    if len(nexts) == 1:
        return nexts[0]
    return {
        "regression": "Repair the service or, where the change is meant, accept it: pytest --flowtape-accept --lf (all that failed), "
        "or -k with the tests' names",
        "drift": "If the change is meant, capture the flows again and run: flowtape generate",
        "broken": "Start with the first error above",
    }.get(kind, "")
