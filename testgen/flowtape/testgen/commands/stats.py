"""`flowtape stats`: what was heard, kept, left out, and why."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowtape.replay.printable import printable
from flowtape.testgen import options

if TYPE_CHECKING:
    from flowtape.capture.recording import Reader

EXAMPLES = """\b
Examples:
  flowtape stats recording
  flowtape stats tests/flows
  flowtape stats s3://captures/shop --json | jq .flows"""
CHANGES = {
    "would_keep.spans": "send the service's OpenTelemetry spans to the agent (docs/spans.md)",
    "would_keep.comments": "add trace context to SQL and HTTP calls (sqlcommenter, OpenTelemetry's instrumentation)",
    "would_keep.fewer at once": "record an instance that serves one request at a time",
    "would_keep.pauses": "leave more than capture.quiet_ms between requests (or lower it, if nothing is done after a response)",
}
"""Each single change with which flows left out would be kept."""
FLOWS = ("heard", "kept", "ambiguous", "incomplete")


@dataclass(slots=True)
class Statistics:
    """`counters` and `reasons` are the agents' own, summed over their runs; `recorded` is what the recording holds."""

    runs: int = 0
    counters: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    recorded: Counter[str] = field(default_factory=Counter)
    damages: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    """Of the flows in the recording."""


@click.command("stats", epilog=EXAMPLES)
@click.argument("recording")
@options.suite
@options.as_json
def command(*, recording: str, suite: Path | None, as_json: bool) -> int:
    """What was heard, kept and left out, and why, in RECORDING: a folder, a segment, or any fsspec URL.

    Then which of its flows the suite did not admit, the causes ranked, with the change that would admit most flows. Where RECORDING
    is the folder of a suite, that alone.

    Exit code 1 if a part of the recording is damaged: the figures are of the rest.
    """
    from flowtape.capture.recording import Reader
    from flowtape.testgen.admission import is_suite, lines, ranked

    if is_suite(Path(recording)):
        ranks = ranked(Path(recording))
        click.echo(json.dumps({"admission": [rank.plain for rank in ranks]}) if as_json else _paragraphs(lines(ranks)))
        return 0
    found = gather(Reader(recording))
    ranks = [] if suite is None else ranked(suite, found.ids)
    if as_json:
        click.echo(json.dumps({**_plain(found), "admission": [rank.plain for rank in ranks]}))
    else:
        _print(found, recording)
        if ranks:
            click.echo(_paragraphs(lines(ranks)))
    return 1 if found.damages else 0


def _paragraphs(lines: list[str]) -> str:
    return "\n".join(map(printable, lines)) or "Every flow that was chosen is admitted."


def gather(reader: Reader) -> Statistics:
    from flowtape.capture.flow import Flow
    from flowtape.capture.recording import Counts

    found = Statistics()
    last: dict[str, Counts] = {}
    for record in reader:
        if isinstance(record, Counts):
            last[record.run] = record
        elif isinstance(record, Flow):
            found.recorded["flows with a problem" if record.problem else "whole flows"] += 1
            found.recorded["calls"] += len(record.calls)
            found.ids.add(record.id)
        else:
            found.recorded[f"outside: {record.reason}"] += 1
    found.runs = len(last)
    for counts in last.values():
        found.counters.update(counts.counters)
        found.reasons.update(counts.reasons)
    found.damages = [f"{damage.segment} at byte {damage.offset}: {damage.reason}" for damage in reader.damages]
    return found


def _plain(found: Statistics) -> dict[str, Any]:
    return {
        "runs": found.runs,
        "flows": {name: found.counters[f"flows.{name}"] for name in FLOWS},
        "recorded": dict(found.recorded),
        "would_keep": {name.partition(".")[2]: found.counters[name] for name in CHANGES},
        "reasons": dict(found.reasons.most_common()),
        "counters": dict(sorted(found.counters.items())),
        "damages": found.damages,
    }


def _print(found: Statistics, recording: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)

    def table(title: str, rows: list[tuple[str, int]]) -> None:
        if not rows:
            return
        grid = Table("what", "number", title=title, title_justify="left", box=None, pad_edge=False)
        grid.columns[1].justify = "right"
        for name, number in rows:
            grid.add_row(Text(printable(name)), str(number))
        console.print(grid, "")

    console.print(Text(f"{printable(recording)}: {found.runs} runs of the agent\n"))
    table("Flows", [(name, found.counters[f"flows.{name}"]) for name in FLOWS])
    table("Left out, because", found.reasons.most_common())
    changes = {text: found.counters[name] for name, text in CHANGES.items() if found.counters[name]}
    table("One change that would keep so many more", list(changes.items()))
    table("In the recording", sorted(found.recorded.items()))
    rest = {name: number for name, number in found.counters.items() if not name.startswith(("flows.", "would_keep."))}
    table("Everything else that was counted", sorted(rest.items()))
    for damage in found.damages:
        console.print(Text(f"damaged: {printable(damage)}", style="red"))
