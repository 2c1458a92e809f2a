"""`flowtape rerecord`: tests are played against live dependencies, and their flow files get what these answer."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowtape.replay.printable import lines, printable
from flowtape.testgen import options

if TYPE_CHECKING:
    from flowtape.testgen.rerecord import Rerecorded

MAX_DIFF = 100_000
EXAMPLES = """\b
Examples:
  flowtape rerecord
  flowtape rerecord tests/flows/test_post_orders.py -k paid --dry-run
  flowtape rerecord --dependency db=127.0.0.1:5433 --dependency payments=https://sandbox.payments.example
  flowtape rerecord --dependency 'db=postgresql://staging.internal:5432?sslmode=verify-full'
  DATABASE_URL=postgresql://me:secret@{db}/shop flowtape rerecord --env DATABASE_URL
  flowtape rerecord --agent "$(uv tool dir)/flowtape/bin/python\""""


@click.command("rerecord", epilog=EXAMPLES)
@click.argument("paths", nargs=-1)
@click.option("-k", "expression", default="", metavar="EXPRESSION", help="Only tests that match, as for pytest.")
@options.config
@click.option(
    "--dependency", "-d", "addresses", multiple=True, metavar="NAME=ADDRESS", help="Where a live dependency is; else where flowtape.yaml says."
)  # fmt: skip
@click.option(
    "--env", "-e", "variables", multiple=True, metavar="NAME[=VALUE]",
    help="Set instead of flowtape.yaml's `service.env`, {db} being the dependency; without a value, taken from this environment.",
)  # fmt: skip
@click.option(
    "--agent", default="", metavar="PYTHON",
    help="The Python of the agent's environment, which hears the HTTP of a service that runs as a command; else this one.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@options.as_json
def command(
    *,
    paths: tuple[str, ...],
    expression: str,
    config: Path,
    addresses: tuple[str, ...],
    variables: tuple[str, ...],
    agent: str,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Play the tests in PATHS (all of the suite, if there are none) once against live dependencies, and update their flow files.

    The dependencies must run and hold what the flows are about. WHAT THE SERVICE WRITES IS WRITTEN: use a database of your own
    or a sandbox, never production's. What is heard is sanitised, with the key of a capture, before it is written anywhere.
    A flow file is changed only if the service answers with the status it had, and if what was heard replays alike each time.

    Exit code 1 if a flow file was left as it is.
    """
    from flowtape.capture.configuration import load
    from flowtape.replay.live.addresses import Live
    from flowtape.testgen.rerecord import Chosen, parse_pairs, rerecord

    configuration = load(config)
    live = Live(parse_pairs(addresses, "--dependency"), _environment(variables), agent)
    found = rerecord(Chosen(paths, expression), configuration, config, live, _progress, keep=not dry_run)
    if as_json:
        told = [
            {"path": str(one.path), "changed": bool(one.diff), "reason": one.reason, "not_kept": list(one.lost)}
            for one in found
        ]
        click.echo(json.dumps(told))
    else:
        _print(found, dry_run=dry_run)
    return 1 if any(one.reason for one in found) else 0


def _environment(variables: tuple[str, ...]) -> dict[str, str]:
    from flowtape.capture.configuration import ConfigurationError

    found = {}
    for variable in variables:
        name, equals, value = variable.partition("=")
        if not equals and name not in os.environ:
            raise ConfigurationError(
                f"--env {name}: there is no such variable in this environment; give --env {name}=VALUE"
            )
        found[name] = value if equals else os.environ[name]
    return found


def _progress(doing: str, flows: int) -> None:
    if sys.stderr.isatty():
        concerned = f", {flows} flow{'s' if flows > 1 else ''}" if flows else ""
        click.echo(f"\r\x1b[K{doing}{concerned} …", err=True, nl=False)


def _print(found: list[Rerecorded], *, dry_run: bool) -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    for one in found:
        if one.reason:
            click.echo(f"{printable(str(one.path))} is left as it is:")
            click.echo("\n".join(f"  {line}" for line in lines(one.reason).splitlines()))
        elif one.diff:
            click.echo(f"{printable(str(one.path))} {'would be' if dry_run else 'is'} changed:")
            click.echo("\n".join(f"  {line}" for line in lines(one.diff, MAX_DIFF).splitlines()))
            for words in one.lost:
                click.echo(f"  not kept: {printable(words)}")
    left = sum(bool(one.reason) for one in found)
    changed = sum(bool(one.diff) for one in found)
    click.echo(
        f"{len(found)} played: {changed} changed, {len(found) - left - changed} as before, {left} left as they are"
    )
