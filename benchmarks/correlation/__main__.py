"""Measure captures again, and show what went wrong: `python -m benchmarks.correlation FOLDER… [--wrong 3] [--left-out 3]`.

A folder is one of those that CORRELATION_CAPTURES made the benchmark keep, as `shop.nothing`. For each load: the figures, why flows
were left out, and the first flows that are wrong or left out, each call beside the request that truly made it.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

from benchmarks.correlation.heard import hear
from benchmarks.correlation.score import Score, measure
from benchmarks.correlation.truth import Truth, place

from flowtape.capture.exchange import Exchange, HttpRequest, RedisCommand, SqlStatement
from flowtape.capture.flow import Flow

WIDTH = 110


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--wrong", type=int, default=2, help="show so many wrong flows of each load")
    parser.add_argument("--left-out", type=int, default=0, help="show so many flows of each load that were left out")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        heard = hear(folder)
        truth = Truth(folder / "oracle", heard.exchanges)
        for measured in measure(heard, truth):
            cold, score = measured.cold, measured.score
            print(f"{folder.name} {measured.load.in_flight}: {_figures(score)}; cold start: {_figures(cold)}")
            for reason, count in _reasons(score).most_common(4):
                print(f"    {count:5} {reason}")
            for flow in score.wrong[: arguments.wrong]:
                _show("WRONG", flow, truth)
            for flow in score.left_out[: arguments.left_out]:
                _show("LEFT OUT", flow, truth)


def _figures(score: Score) -> str:
    return f"precision {score.precision:.4f}, kept {score.kept:.4f} of {score.all}, wrong {len(score.wrong)}"


def _reasons(score: Score) -> Counter[str]:
    return Counter(re.sub(r"\b(?=\w*\d)[\w./-]{2,}", "?", flow.problem)[:WIDTH] for flow in score.left_out)


def _show(what: str, flow: Flow, truth: Truth) -> None:
    true = truth.flows[place(flow.entry)]
    print(f"  {what} {true.request} {_asked(flow.entry)} {flow.problem}")
    given = {place(call.exchange): call for call in flow.calls}
    own = {place(call): call for call in true.calls}
    found = {**own, **{at: call.exchange for at, call in given.items()}}
    for call in sorted(found.values(), key=lambda call: call.started):
        at = place(call)
        sign = "  " if at in given and at in own else "+ " if at in given else "- "
        evidence = ", ".join(f"{one.kind} {one.confidence:.4g}" for one in given[at].evidence) if at in given else ""
        when = f"{(call.started - flow.entry.started) / 1e6:8.2f} ms"
        print(f"    {sign}{when} of {truth.owner.get(at, '-')}: {_asked(call)} [{evidence}]")


def _asked(exchange: Exchange) -> str:
    match exchange.question:
        case HttpRequest(method=method, target=target):
            text = f"{method} {target}"
        case SqlStatement(text=sql, parameters=parameters):
            text = f"{' '.join(sql.split())} {parameters or ''}"
        case RedisCommand(arguments=arguments):
            text = b" ".join(arguments).decode(errors="replace")
        case _:
            text = "?"
    return f"{exchange.connection.dependency or ''} {text[:WIDTH]}".strip()


if __name__ == "__main__":
    main()
