"""`flowtape generate`: a recording becomes a suite."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowtape.replay.printable import lines, printable
from flowtape.testgen import options

if TYPE_CHECKING:
    from flowtape.testgen.generate import Generated

EXAMPLES = """\b
Examples:
  flowtape generate recording
  flowtape generate s3://captures/shop --config services/shop/flowtape.yaml
  flowtape generate recording --endpoint /orders"""
SHOWN = 10


@click.command("generate", epilog=EXAMPLES)
@click.argument("recording")
@options.config
@click.option("--endpoint", default="", metavar="PATH", help="Only flows whose path begins so, as in /orders.")
@options.as_json
def command(*, recording: str, config: Path, endpoint: str, as_json: bool) -> int:
    """Make tests of the flows in RECORDING: a folder, a segment, or any fsspec URL.

    Run it where the service's code can be imported, with the build that was recorded. Each kind of behaviour becomes a few
    tests; each is replayed several times, and written only if it passes every time. What is in the suite already stays as it is.

    Exit code 1 if no flow became a test and none is in the suite, or if a part of the recording is damaged.
    """
    from flowtape.capture.configuration import load
    from flowtape.testgen.generate import generate

    configuration = load(config)
    found = generate(recording, configuration, config, _progress, endpoint)
    if as_json:
        click.echo(json.dumps(_plain(found)))
    else:
        _print(found, configuration.folder / configuration.suite.path)
    nothing = not found.admitted and not found.alike
    return 1 if nothing or found.damages else 0


def _progress(doing: str, candidates: int) -> None:
    if sys.stderr.isatty():
        concerned = f" of {candidates} candidates" if candidates else ""
        click.echo(f"\r\x1b[K{doing}{concerned} …", err=True, nl=False)


def _plain(found: Generated) -> dict[str, Any]:
    return {
        "flows": found.flows,
        "left_out": found.problems,
        "alike": found.alike,
        "admitted": [test.flow_file for test in found.admitted],
        "quarantined": {
            one.test.flow_file: {"cause": one.problem.cause.name, "place": one.problem.path, "reason": one.reason}
            for one in found.quarantined
        },
        "written": [str(path) for path in found.written],
        "damages": found.damages,
    }


def _print(found: Generated, suite: Path) -> None:
    from flowtape.testgen.generate import taken_anew

    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    click.echo(f"{found.flows:6} flows in the recording")
    for reason, number in sorted(found.problems.items()):
        click.echo(f"{number:6} left out: {printable(reason)}")
    click.echo(f"{found.alike:6} alike: enough tests behave as they do")
    click.echo(f"{len(found.quarantined):6} quarantined: they do not replay alike each time")
    click.echo(f"{len(found.admitted):6} admitted: {len(found.written)} files written below {suite}")
    for one in found.quarantined[:SHOWN]:
        click.echo(f"\n{one.test.flow_file} is quarantined: {one.problem.cause.name}")
        click.echo("\n".join(f"  {line}" for line in lines(one.reason).splitlines()))
    if len(found.quarantined) > SHOWN:
        click.echo(f"\n… and {len(found.quarantined) - SHOWN} more, in {suite / 'quarantine.yaml'}")
    if found.quarantined:
        click.echo(f"\nWhat would admit most of them: flowtape stats {suite}")
    anew = sum(taken_anew(test.case) for test in found.admitted)
    if anew:
        click.echo(f"{anew:6} expectations were taken anew: their flow files' notes say which")
    for damage in found.damages:
        click.echo(f"damaged: {printable(damage)}", err=True)
