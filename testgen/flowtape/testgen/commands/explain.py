"""`flowtape explain`: why each call of a flow is thought to be its own, and who else came into question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flowtape.replay.printable import printable

if TYPE_CHECKING:
    from flowtape.capture.flow import Flow

EXAMPLES = """\b
Examples:
  flowtape explain 4f1c                  # of the recording in ./recording
  flowtape explain 4f1c s3://captures/shop"""


@click.command("explain", epilog=EXAMPLES)
@click.argument("flow")
@click.argument("recording", default="recording")
def command(*, flow: str, recording: str) -> int:
    """Say why the calls of FLOW, the beginning of its id, are its own: the evidence for each, how sure it is, and the runner-up.

    Of a flow that was left out it says why. Exit code 1 if it was.
    """
    from flowtape.capture.flow import Flow
    from flowtape.capture.recording import Reader

    found = {one.id: one for one in Reader(recording) if isinstance(one, Flow) and one.id.startswith(flow)}
    if len(found) != 1:
        some = f" ({', '.join(list(found)[:5])})" if found else ""
        raise click.ClickException(f"{len(found)} flows in {recording} have an id that begins with `{flow}`{some}")
    (one,) = found.values()
    for line in lines(one):
        click.echo(printable(line, 1000))
    return 1 if one.problem else 0


def lines(flow: Flow) -> list[str]:
    from flowtape.testgen.timeline import answered, asked, span

    entry = flow.entry
    sure = min((evidence.confidence for call in flow.calls for evidence in call.evidence[:1]), default=1.0)
    said = [f"flow {flow.id}: {asked(entry.question)} → {answered(entry.answer)}"]
    said.append(f"left out: {flow.problem}" if flow.problem else f"kept: {sure:.5g} sure of {len(flow.calls)} calls")
    for call in flow.calls:
        exchange = call.exchange
        said.append(f"{exchange.connection.dependency}: {asked(exchange.question)}  {span(exchange, entry.started)}")
        said += [f"    {one.kind}: {one.detail} ({one.confidence:.5g})" for one in call.evidence]
        said.append(f"    runner-up: {call.runner_up or 'none'}")
    return said
