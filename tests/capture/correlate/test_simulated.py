"""Random services under load, with hot values, retries, calls at once, tasks after the response: what is kept is exactly right.

`simulator.py` makes them; a flow is right if its content is that of a true flow. Offline, more seeds are tried the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

import pytest
from tests.capture.correlate.simulator import Endpoint, Service, Simulation, Step, random_service

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Flow

REQUESTS = 150
ORDINARY = Service(
    (
        Endpoint("customers", 1, ((1.0, (Step("db", 1, (("request", 0),)),)),)),
        Endpoint(
            "products",
            1,
            ((1.0, (Step("db", 2, (("request", 0),)), Step("cache", 3, (("request", 0),), unique=True))),),
        ),
        Endpoint(
            "orders",
            2,
            (
                (
                    1.0,
                    (
                        Step("db", 4, (("request", 0),), group=1, unique=True),
                        Step("db", 5, (("answer", 0), ("fresh", 0)), group=1),
                        Step("http", 6, (("answer", 0), ("request", 1))),
                        Step("http", 7, (("answer", 0),), after_response=True, shown=False),
                    ),
                ),
            ),
        ),
    )
)
"""As services are: what they ask holds what they are asked for."""


@dataclass
class Judged:
    heard: int = 0
    kept: int = 0
    wrong: list[Flow] = field(default_factory=list)


def judged(service: Service, seed: int, in_flight: int, learned: int = 0) -> Judged:
    """Of REQUESTS under load, after as many that were alone. The first `learned` flows are not looked at."""
    simulation = Simulation(service, seed, in_flight, REQUESTS, REQUESTS)
    correlator = Correlator("simulated", "")
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
    truth = {content(one, calls[name]) for name, one in exchanges.items() if one.connection.dependency is None}
    found = Judged()
    flows = sorted((one for one in decided if isinstance(one, Flow)), key=lambda one: one.entry.started)
    for flow in flows[learned:]:
        found.heard += 1
        if flow.problem:
            continue
        found.kept += 1
        if content(flow.entry, [call.exchange for call in flow.calls]) not in truth:
            found.wrong.append(flow)
    return found


def content(entry: Exchange, calls: Iterable[Exchange]) -> Hashable:
    said = tuple(Saying(call).content for call in sorted(calls, key=lambda call: call.started))
    return entry.question, entry.answer, said


@pytest.mark.parametrize("in_flight", [2, 4])
@pytest.mark.parametrize("seed", range(100, 106))
def test_a_flow_of_any_service_that_is_kept_is_right(seed: int, in_flight: int) -> None:
    assert judged(random_service(seed, jobs=False), seed, in_flight).wrong == []


@pytest.mark.parametrize(("in_flight", "kept"), [(2, 0.97), (4, 0.9), (16, 0.7)])
def test_most_flows_of_an_ordinary_service_are_kept(in_flight: int, kept: float) -> None:
    """And precision is not had by keeping nothing."""
    found = judged(ORDINARY, 1, in_flight, learned=REQUESTS)
    assert found.wrong == []
    assert found.kept >= kept * found.heard


@pytest.mark.parametrize("in_flight", [1, 3])
def test_a_schedulers_calls_are_in_no_flow(in_flight: int) -> None:
    """Once some have come while nothing was asked."""
    found = judged(Service(ORDINARY.endpoints, jobs=0.1), 2, in_flight, learned=REQUESTS // 2)
    assert found.wrong == []
    assert found.kept > found.heard * 0.3
