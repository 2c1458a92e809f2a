"""The verdicts on a terminal: a line each, the small of what differs, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flowtape.replay.printable import printable
from flowtape.replay.reporting.entry import Entry
from flowtape.replay.reporting.summary import advice, to_look_at

COLOURS: dict[str, dict[str, bool]] = {
    "regression": {"red": True, "bold": True},
    "drift": {"yellow": True, "bold": True},
    "broken": {"purple": True, "bold": True},
    "accepted": {"cyan": True, "bold": True},
}
SHOWN_LINES = 6
"""Of what differs in a flow. pytest shows the rest above."""
SHOWN_FLOWS = 30
"""Of one verdict with what differs; the others in one line each."""
WIDTH = 300

Piece = tuple[str, dict[str, bool]]
"""Text, and how it is marked up."""


def lines(entries: Sequence[Entry]) -> Iterator[list[Piece]]:
    """The lines of the section; none where everything passed."""
    for entry in entries:
        if entry["accepted"]:
            yield from _accepted(entry)
    for kind, groups in to_look_at(entries).items():
        for number, group in enumerate(groups):
            yield [(kind.upper().ljust(10), COLOURS[kind]), (f" {_named(group)}", {"bold": True})]
            if number < SHOWN_FLOWS:
                yield from _differing(group[0])
        yield [("→ ", COLOURS[kind]), (printable(advice(kind, groups), 400), {})]


def _named(group: Sequence[Entry]) -> str:
    first = printable(f"{group[0]['test']} ({group[0]['flow']})")
    return first if len(group) == 1 else f"{first} and {len(group) - 1} more, for the same reason"


def _differing(entry: Entry) -> Iterator[list[Piece]]:
    for line in entry["lines"][:SHOWN_LINES]:
        yield [(f"    {printable(line, WIDTH)}", {})]
    more = len(entry["lines"]) - SHOWN_LINES
    if more > 0:
        yield [(f"    … and {more} more line{'s' if more > 1 else ''}", {"light": True})]
    if entry["error"]:
        yield [(f"    the application raised {printable(_raised(entry['error']), WIDTH)}", {})]


def _raised(error: str) -> str:
    """The line of a traceback that says what was raised: the first after its frames, which are indented."""
    lines = [line for line in error.splitlines() if line.strip() and not line.startswith(("Traceback ", "…"))]
    return next((line for line in lines if not line.startswith(" ")), lines[-1].strip())


def _accepted(entry: Entry) -> Iterator[list[Piece]]:
    yield [("ACCEPTED  ", COLOURS["accepted"]), (f" {printable(entry['file'])}", {"bold": True})]
    marks = {"-": {"red": True}, "+": {"green": True}, "@": {"cyan": True}}
    for line in entry["accepted"].splitlines():
        yield [(printable(line, 400), marks.get(line[:1], {}))]


def write(reporter: Any, entries: Sequence[Entry], title: str) -> None:
    """On pytest's TerminalReporter."""
    found = list(lines(entries))
    if not found:
        return
    reporter.section(title)
    for pieces in found:
        for text, markup in pieces:
            reporter.write(text, **markup)
        reporter.write_line("")
