"""`flowtape doctor`: can this machine and user record what flowtape.yaml says? What is in the way, and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from flowtape.replay.printable import printable
from flowtape.testgen import options

EXAMPLES = """\b
Examples:
  flowtape doctor
  flowtape doctor --config services/shop/flowtape.yaml --interface eth0"""
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command("doctor", epilog=EXAMPLES)
@options.config
@click.option("--interface", help="The interface to hear packets on, instead of the configured one.")
@options.as_json
def command(*, config: Path, interface: str | None, as_json: bool) -> int:
    """Check whether flowtape can record here, and say what to do where it can't.

    Looks at the key, the recording, the right to hear packets, the ports to listen at and the dependencies' addresses, and changes
    nothing. Exit code 1 if something must be done first.
    """
    from flowtape.capture.configuration import load
    from flowtape.testgen.checks import checks

    found = list(checks(load(config), interface))
    if as_json:
        click.echo(json.dumps([asdict(check) for check in found]))
    else:
        for check in found:
            click.secho(f"{check.state:4}", fg=COLOURS[check.state], nl=False)
            click.echo(f"  {printable(check.what)}")
            if check.advice:
                click.echo(f"      → {printable(check.advice, 600)}")
    return 1 if any(check.state == "fail" for check in found) else 0
