"""What the correlator itself costs: exchanges per second on one core, and memory over a long run.

The services are those of the property tests' simulator, `tests/capture/correlate/simulator.py`; a request asks some four calls. `rate` is for
requests that come one by one, `rate.traced` for sixteen at once whose trace ids are in the bytes, `rate.busy` for four at once of which
nothing says whose their calls are, and the grammar can tell next to none: the worst case. `memory` is how much higher the memory's peak is after 2,000,000
exchanges than after 100,000 (1.0: flat), with sixteen requests at once that are traced, in a process of its own.
CORRELATOR_EXCHANGES is the higher of the two numbers.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from benchmarks.figure import Figure
from tests.capture.correlate.simulator import BASE, Event, Simulation, random_service

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.exchange import Exchange, HttpRequest, SqlStatement

SEED = 7
REQUESTS = 4000
FIRST = 100_000
LAST = 2_000_000


def run() -> Iterator[Figure]:
    alone = list(Simulation(random_service(SEED, jobs=False), SEED, 1, 0, REQUESTS, remember=False))
    yield Figure("correlator.rate", rate(alone), "exchanges/s", "higher")
    simulation = Simulation(random_service(SEED, jobs=False), SEED, 16, REQUESTS)
    yield Figure("correlator.rate.traced", rate(list(traced(simulation))), "exchanges/s", "higher")
    busy = list(Simulation(random_service(SEED, jobs=False), SEED, 4, REQUESTS // 2, 400, remember=False))
    yield Figure("correlator.rate.busy", rate(busy), "exchanges/s", "higher")
    number = os.environ.get("CORRELATOR_EXCHANGES", str(LAST))
    child = [sys.executable, "-m", "benchmarks.correlator", number]
    first, last = map(int, subprocess.run(child, check=True, capture_output=True, text=True).stdout.split())
    yield Figure("correlator.memory", last / first, f"peak after {number} / after {FIRST}", "lower")


def rate(events: list[Event]) -> float:
    """Of one pass, on the processor's clock."""
    started = time.process_time()
    heard = sum(1 for _ in correlated(events))
    return heard / (time.process_time() - started)


def correlated(events: Iterable[Event]) -> Iterator[None]:
    """Once for each exchange."""
    correlator = Correlator("simulated", "")
    for event in events:
        if isinstance(event, int):
            correlator.advance(event)
        else:
            correlator.take(event)
            yield
    correlator.close(whole=True)


def traced(simulation: Simulation) -> Iterator[Event]:
    """With each HTTP request and SQL statement carrying its request's id; Redis commands, which can't, are left out."""
    events = list(simulation)
    numbers: dict[str, int] = {}
    for event in events:
        if isinstance(event, int):
            yield event
            continue
        owner = simulation.owner.get(event.connection.id, event.connection.id)
        trace = f"00-{numbers.setdefault(owner, len(numbers) + 1):032x}-00f067aa0ba902b7-01"
        question = event.question
        if isinstance(question, HttpRequest):
            yield replace(event, question=replace(question, headers=(*question.headers, ("traceparent", trace))))
        elif isinstance(question, SqlStatement):
            yield replace(event, question=replace(question, text=f"{question.text} /*traceparent='{trace}'*/"))


def forever(events: list[Event]) -> Iterator[Event]:
    """The same again and again, later each time."""
    span = max(event if isinstance(event, int) else event.ended for event in events) - BASE + 1_000_000_000
    turn = 0
    while True:
        for event in events:
            if isinstance(event, int):
                yield event + turn * span
            else:
                yield later(event, turn * span, turn)
        turn += 1


def later(one: Exchange, by: int, turn: int) -> Exchange:
    transaction = f"{one.transaction}.{turn}" if one.transaction else ""
    times = (one.started + by, one.asked + by, one.answered + by, one.ended + by)
    return Exchange(one.connection, one.protocol, one.question, one.answer, *times, transaction)


def main(number: int) -> None:
    """Print the peak of the memory in KiB after FIRST exchanges, and after `number`."""
    simulation = Simulation(random_service(SEED, jobs=False), SEED, 16, REQUESTS)
    for heard, _ in enumerate(correlated(forever(list(traced(simulation)))), 1):
        if heard in (FIRST, number):
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
        if heard >= number:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
