"""What the correlator makes of a simulated service, against the truth: a flow is right if its content is that of a true flow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from tests.capture.correlate.simulator import Service, Simulation

from flowtape.capture.correlate.correlator import THRESHOLD, Correlator
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Flow

REQUESTS = 150


@dataclass
class Judged:
    heard: int = 0
    kept: int = 0
    wrong: list[Flow] = field(default_factory=list)


def judged(
    service: Service,
    seed: int,
    in_flight: int,
    learned: int = 0,
    *,
    quiet: int = REQUESTS,
    threshold: float = THRESHOLD,
) -> Judged:
    """Of REQUESTS under load, after `quiet` ones that were alone. The first `learned` flows are not looked at."""
    simulation = Simulation(service, seed, in_flight, REQUESTS, quiet)
    correlator = Correlator("simulated", "", threshold=threshold)
    decided, exchanges = [], {}
    for event in simulation:
        if isinstance(event, int):
            decided += correlator.advance(event)
        else:
            correlator.take(event)
            exchanges[event.connection.id] = event
    decided += correlator.close(whole=True)
    assert sum(n for name, n in correlator.counters.items() if name != "flows.heard") == len(exchanges)
    assert correlator.weight == 0
    assert correlator.counters["late"] == 0
    calls = defaultdict(list)
    for call, owner in simulation.owner.items():
        calls[owner].append(exchanges[call])
    truth = {_content(one, calls[name]) for name, one in exchanges.items() if one.connection.dependency is None}
    found = Judged()
    flows = sorted((one for one in decided if isinstance(one, Flow)), key=lambda one: one.entry.started)
    for flow in flows[learned:]:
        found.heard += 1
        if flow.problem:
            continue
        found.kept += 1
        if _content(flow.entry, [call.exchange for call in flow.calls]) not in truth:
            found.wrong.append(flow)
    return found


def _content(entry: Exchange, calls: Iterable[Exchange]) -> Hashable:
    """Of calls that began in one moment either may come first."""
    said = sorted((call.started, Saying(call).content) for call in calls)
    return entry.question, entry.answer, tuple(content for _, content in said)
