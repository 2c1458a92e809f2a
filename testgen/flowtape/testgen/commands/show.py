"""`flowtape show`: the flows of a recording, or one of them as a tree."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowtape.replay.printable import printable

if TYPE_CHECKING:
    from rich.tree import Tree

    from flowtape.capture.flow import Flow
    from flowtape.replay.flowfile import Case

EXAMPLES = """\b
Examples:
  flowtape show recording                # the flows, a line each
  flowtape show recording --problems     # those that were left out, and why
  flowtape show recording 4f1c           # the flow whose id begins so
  flowtape show tests/flows/post_orders/paid_by_card.yaml"""

PIPED_WIDTH = 200


@click.command("show", epilog=EXAMPLES)
@click.argument("path")
@click.argument("flow", required=False)
@click.option("--problems", is_flag=True, help="Only flows that were left out.")
def command(*, path: str, flow: str | None, problems: bool) -> int:
    """Show the flows of PATH, a recording or a flow file; with FLOW, the beginning of an id, that flow with its calls and timings.

    Exit code 1 if a part of the recording is damaged.
    """
    from flowtape.capture.flow import Flow
    from flowtape.capture.recording import Reader

    if path.endswith((".yaml", ".yml")) and Path(path).is_file():
        _show_case(Path(path))
        return 0
    reader = Reader(path)
    flows = (record for record in reader if isinstance(record, Flow) and (record.problem or not problems))
    if flow is None:
        _list(flows, path)
    else:
        _show([found for found in flows if found.id.startswith(flow)], flow, path)
    for damage in reader.damages:
        click.echo(f"flowtape: warning: {printable(f'{damage.segment} at {damage.offset}: {damage.reason}')}", err=True)
    return 1 if reader.damages else 0


def _list(flows: Iterable[Flow], path: str) -> None:
    from flowtape.testgen.timeline import answered, asked, moment

    number = 0
    for number, flow in enumerate(flows, 1):  # noqa: B007 - the last one is the count
        entry = flow.entry
        took = f"{(entry.ended - entry.started) / 1e6:.1f} ms"
        line = f"{flow.id}  {moment(entry.started)}  {asked(entry.question)} → {answered(entry.answer)}"
        problem = f"  ! {flow.problem}" if flow.problem else ""
        click.echo(printable(f"{line}  {len(flow.calls)} calls, {took}{problem}", 400))
    if not number:
        click.echo(f"flowtape: no flows in {printable(path)}", err=True)


def _show(found: list[Flow], wanted: str, path: str) -> None:
    if not found:
        raise click.ClickException(
            f"no flow in {path} whose id begins with `{wanted}`: `flowtape show {path}` lists them"
        )
    if len({flow.id for flow in found}) > 1:
        some = ", ".join(flow.id for flow in found[:5])
        raise click.ClickException(f"{len(found)} flows have ids that begin with `{wanted}`: {some}")
    _print(_tree(found[0]))


def _tree(flow: Flow) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    from flowtape.testgen.timeline import answered, asked, details, moment, span

    entry = flow.entry
    title = f"{asked(entry.question)} → {answered(entry.answer)}"
    tree = Tree(Text(f"{title}  {moment(entry.started)}, {span(entry, entry.started)}", style="bold"))
    tree.add(Text(f"flow {flow.id} of {printable(flow.service)} {printable(flow.version)}"))
    if flow.problem:
        tree.add(Text(printable(flow.problem, 1000), style="red"))
    for detail in details(entry):
        tree.add(Text(detail))
    for call in flow.calls:
        exchange = call.exchange
        name = printable(exchange.connection.dependency or "")
        line = f"{name}: {asked(exchange.question)} → {answered(exchange.answer)}  {span(exchange, entry.started)}"
        branch = tree.add(Text(line))
        for detail in details(exchange):
            branch.add(Text(detail))
        for evidence in call.evidence:
            because = f"because {evidence.kind}: {evidence.detail} ({evidence.confidence:g})"
            branch.add(Text(printable(because), style="dim"))
    return tree


def _show_case(path: Path) -> None:
    from rich.text import Text
    from rich.tree import Tree

    from flowtape.replay import flowfile
    from flowtape.testgen.timeline import answered, asked, moment

    case: Case = flowfile.load(path)
    captured = case.captured
    tree = Tree(Text(f"{asked(case.request)} → {answered(case.response)}  {moment(captured.at)}", style="bold"))
    about = f"captured from {captured.service}; owner: {captured.owner or 'unknown'} ({captured.confidence:g})"
    tree.add(Text(printable(about)))
    for call in case.calls:
        tree.add(Text(f"{printable(call.dependency)}: {asked(call.question)} → {answered(call.answer)}"))
    for name in case.variables:
        tree.add(Text(f"variable: {printable(name)}", style="dim"))
    _print(tree)


def _print(tree: Tree) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    console.print(tree)
