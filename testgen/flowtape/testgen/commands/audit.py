"""`flowtape audit`: what is left in a recording or a suite that looks personal or secret."""

from __future__ import annotations

import json
from pathlib import Path

import click

from flowtape.capture.configuration import FILE_NAME, Sanitise, load
from flowtape.replay.printable import printable
from flowtape.testgen import options

EXAMPLES = """\b
Examples:
  flowtape audit recording
  flowtape audit tests/flows && git add tests/flows"""


@click.command("audit", epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration whose rules count.  [default: the nearest flowtape.yaml above PATH, or here]",
)
@options.as_json
def command(*, path: Path, config: Path | None, as_json: bool) -> int:
    """Look through PATH, a recording, a suite or any files, for values that seem raw.

    Each finding is a line: file, place, kind, and the ends of the value. Exit code 1 if there is any.
    """
    from flowtape.capture.sanitise.audit import audit
    from flowtape.capture.sanitise.policy import Policy

    section = rules(path, config)
    number = 0
    for number, finding in enumerate(audit(path, Policy(section)), 1):  # noqa: B007 - the last one is the count
        if as_json:
            parts = {
                "file": str(finding.file),
                "place": finding.place,
                "kind": finding.kind,
                "excerpt": finding.excerpt,
            }
            click.echo(json.dumps(parts))
        else:
            click.echo(printable(str(finding), 500))
    if not as_json:
        shown = printable(str(path))
        click.echo(
            f"flowtape: {number} findings in {shown}" if number else f"flowtape: nothing is left in {shown}", err=True
        )
    return 1 if number else 0


def rules(path: Path, config: Path | None) -> Sanitise:
    """The `sanitise` section that counts for `path`."""
    if config is not None:
        return load(config).sanitise
    above = [folder / FILE_NAME for folder in path.resolve().parents]
    inside = [path / FILE_NAME] if path.is_dir() else []
    nearest = next((file for file in [*inside, *above, Path(FILE_NAME)] if file.is_file()), None)
    return load(nearest).sanitise if nearest else Sanitise()
