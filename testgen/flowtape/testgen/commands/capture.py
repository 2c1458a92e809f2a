"""`flowtape capture`: hear, correlate, sanitise, record."""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
import sys
from pathlib import Path
from typing import Any

import click

from flowtape.replay.printable import printable
from flowtape.testgen import options

PROGRESS_SECONDS = 0.5
EXAMPLES = """\b
Examples:
  flowtape capture
  flowtape capture --interface eth0 --duration 600
  flowtape capture --pcap incident.pcapng --flows 1
  flowtape capture --json 2>/dev/null | jq .flows"""


@click.command("capture", epilog=EXAMPLES)
@options.config
@click.option("--interface", help="Hear packets on this interface instead of the configured one.")
@click.option(
    "--pcap",
    "files",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    multiple=True,
    help="Read packets from this pcap or pcapng file; several are one capture, in the order given.",
)
@click.option("--duration", type=click.FloatRange(min=0), help="End after so many seconds.")
@click.option("--flows", type=click.IntRange(min=1), help="End once so many flows are kept.")
@options.as_json
def command(
    *,
    config: Path,
    interface: str | None,
    files: tuple[Path, ...],
    duration: float | None,
    flows: int | None,
    as_json: bool,
) -> int:
    """Record what the service does, sanitised before the first write.

    What flowtape.yaml names under `capture.inline` is heard in the path, the rest among the packets. Ctrl-C, or SIGTERM, ends it:
    the recording can be read. Exit code 1 if a full disk or a dead store stopped the recording, or a file of packets is damaged.
    """
    from flowtape.capture import tapping
    from flowtape.capture.agent import Agent, recording_url
    from flowtape.capture.configuration import load
    from flowtape.capture.sanitise.policy import Policy, key_from_environment
    from flowtape.capture.sanitise.sanitiser import Sanitiser

    configuration = load(config)
    sanitiser = Sanitiser(Policy(configuration.sanitise), key_from_environment(configuration.sanitise.key))
    taps = tapping.file_taps(configuration, files) if files else tapping.live_taps(configuration, interface)
    agent = Agent(configuration, sanitiser, taps, live=not files)
    where = ", ".join(str(file) for file in files) or " and ".join(tap.name for tap in taps)
    error: Exception | None = None
    try:
        asyncio.run(_run(agent, where, duration, flows))
    except (OSError, ValueError) as raised:  # told last, after what was heard before it
        error = raised
    progress = agent.progress()
    url = recording_url(configuration)
    _summarise(progress, url, as_json=as_json)
    if error is not None:
        raise error
    return 1 if progress.stopped or (files and progress.problems) else 0


async def _run(agent: Any, where: str, duration: float | None, flows: int | None) -> None:
    loop = asyncio.get_running_loop()

    def finish() -> None:
        # A second Ctrl-C ends it at once: what is recorded by then stays readable.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        click.echo("flowtape: finishing", err=True)
        agent.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, finish)
    told = asyncio.create_task(_tell(agent, where))
    try:
        await agent.run(seconds=duration, flows=flows)
    finally:
        told.cancel()


async def _tell(agent: Any, where: str) -> None:
    """That it hears; then, on a terminal, how far it is."""
    await agent.listening()
    click.echo(f"flowtape: hearing {printable(where)}; Ctrl-C ends it", err=True)
    while sys.stderr.isatty():
        await asyncio.sleep(PROGRESS_SECONDS)
        click.echo(f"\r\x1b[K{_line(agent.progress())}", err=True, nl=False)


def _line(progress: Any) -> str:
    count = progress.count
    left_out = count("flows.ambiguous") + count("flows.incomplete")
    open_ = count("flows.heard") - count("flows.kept") - left_out
    undecided = f", {open_} not decided yet" if open_ > 0 else ""
    stopped = f"; NOT RECORDING: {printable(progress.stopped)}" if progress.stopped else ""
    return (
        f"flowtape: {count('agent.exchanges.heard')} exchanges, {count('flows.heard')} flows heard, "
        f"{count('flows.kept')} kept, {left_out} left out{undecided}{stopped}"
    )


def _summarise(progress: Any, url: str, *, as_json: bool) -> None:
    click.echo(("\r\x1b[K" if sys.stderr.isatty() else "") + _line(progress), err=True)
    for reason, number in sorted(progress.reasons.items(), key=lambda item: -item[1]):
        click.echo(f"flowtape: left out: {number} {printable(reason)}", err=True)
    for problem in progress.problems:
        click.echo(f"flowtape: warning: {printable(problem)}", err=True)
    click.echo(f"flowtape: recording: {printable(url)}", err=True)
    if progress.count("flows.ambiguous"):
        click.echo(f"flowtape: which change would keep how many more: flowtape stats {shlex.quote(url)}", err=True)
    if as_json:
        names = ("heard", "kept", "ambiguous", "incomplete")
        summary = {
            "recording": url,
            "flows": {name: progress.count(f"flows.{name}") for name in names},
            "reasons": progress.reasons,
            "counters": progress.counters,
            "problems": list(progress.problems),
            "stopped": progress.stopped,
        }
        click.echo(json.dumps(summary))
