"""`--flowtape-summary FILE`: the verdicts as GitHub-flavoured Markdown, for a CI's page (GITHUB_STEP_SUMMARY).

Captured text stands in fenced blocks, whose fence is longer than any in it, and in escaped HTML within `<summary>`, where no
Markdown is read: nothing of it becomes markup, a link or a mention.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from flowtape.replay.printable import printable
from flowtape.replay.reporting.entry import MEANINGS, Entry, Kind
from flowtape.replay.reporting.summary import advice, counts, headline, to_look_at

MARKS = {"regression": "❌", "drift": "⚠️", "broken": "💥", "accepted": "📝", "passed": "✅"}
SHOWN_FLOWS = 40
"""Of one verdict."""
SHOWN_LINES = 30
MOST = 900_000
"""Bytes: GitHub takes no more than a mebibyte a step, and then shows none of it."""


def written(entries: Sequence[Entry]) -> str:
    blocks = list(_blocks(entries))
    size, kept = 0, 0
    for block in blocks:
        size += len(block.encode()) + 2
        if size > MOST:
            break
        kept += 1
    cut = [] if kept == len(blocks) else ["… and more: this page is full."]
    return "\n\n".join([*blocks[:kept], *cut]) + "\n"


def _blocks(entries: Sequence[Entry]) -> Iterator[str]:
    yield f"## flowtape: {headline(entries) or 'no flow was replayed'}"
    rows = [f"| {MARKS[kind]} {kind} | {count} |" for kind, count in counts(entries).items() if count]
    if rows:
        yield "\n".join(["| verdict | flows |", "|---|---:|", *rows])
    for kind, groups in to_look_at(entries).items():
        yield f"### {MARKS[kind]} {kind.capitalize()}: {MEANINGS[kind]}"
        for group in groups[:SHOWN_FLOWS]:
            yield _flow(kind, group)
        if len(groups) > SHOWN_FLOWS:
            yield f"… and {len(groups) - SHOWN_FLOWS} more."
        yield _fenced([advice(kind, groups)], "")
    for entry in entries:
        if entry["accepted"]:
            yield _folded(f"{MARKS['accepted']} accepted", entry["file"], entry["accepted"].splitlines(), "diff")


def _flow(kind: Kind, group: Sequence[Entry]) -> str:
    entry = group[0]
    more = f" and {len(group) - 1} more, for the same reason" if len(group) > 1 else ""
    lines = [*entry["lines"], *(f"note: {note}" for note in entry["notes"]), *entry["error"].splitlines()]
    return _folded(kind, f"{entry['test']} ({entry['flow']})", lines, "", more)


def _folded(kind: str, name: str, lines: Sequence[str], language: str, more: str = "") -> str:
    head = f"<details><summary>{kind} <code>{_escaped(name)}</code>{more}</summary>"
    shown = [*lines[:SHOWN_LINES], *(["…"] if len(lines) > SHOWN_LINES else [])]
    return f"{head}\n\n{_fenced(shown, language)}\n\n</details>"


def _escaped(text: str) -> str:
    return html.escape(printable(text))


def _fenced(lines: Sequence[str], language: str) -> str:
    shown = [printable(line, 1000) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence + language, *shown, fence])
