"""How many flows were emitted, and how many of them are right, at each load."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.correlation.capture import Export, Load
from benchmarks.correlation.heard import Event, Heard, Watermark
from benchmarks.correlation.rivals import RIVALS
from benchmarks.correlation.truth import Truth, place

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.correlate.marks import MarkSource
from flowtape.capture.correlate.spans.peers import peers
from flowtape.capture.correlate.spans.source import Spans
from flowtape.capture.correlate.trace_context import TraceContext
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Flow, Outside
from flowtape.capture.otlp.decoding import from_protobuf


@dataclass(slots=True)
class Score:
    """Of `all` flows, how many were `emitted`, and the `wrong` ones of them. `left_out` have their problem."""

    all: int = 0
    emitted: int = 0
    wrong: list[Flow] = field(default_factory=list)
    left_out: list[Flow] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return 1 - len(self.wrong) / self.emitted if self.emitted else 1.0

    @property
    def kept(self) -> float:
        return self.emitted / self.all if self.all else 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """At one load: the correlator that had heard the lower loads before, one that had heard nothing, and the rivals."""

    load: Load
    score: Score
    cold: Score
    rivals: dict[str, Score]


def measure(heard: Heard, truth: Truth) -> Iterator[Measured]:
    exchanges = sorted(heard.exchanges, key=lambda exchange: exchange.started)
    flows = list(correlated(heard, heard.events))
    for load in heard.captured.loads:
        counts = _counted(truth, load, carried_only=heard.captured.help == "context")
        # What a load leaves behind is heard too: its background tasks, its last answers.
        until = load.ended + 900_000_000
        own = [one for one in exchanges if load.started <= one.started < until and not one.session]
        entries = [one for one in own if one.connection.dependency is None]
        calls = [one for one in own if one.connection.dependency is not None]
        cold = correlated(heard, heard.between(load.started, until))
        yield Measured(
            load,
            scored(flows, truth, counts),
            scored(cold, truth, counts),
            {name: scored(rival(entries, calls, truth), truth, counts) for name, rival in RIVALS.items()},
        )


def correlated(heard: Heard, events: Iterable[Event]) -> Iterator[Flow]:
    """What flowtape's own correlator makes of `events`, as it is shipped; with the service's spans where it exports them."""
    sources: list[MarkSource] = [TraceContext()]
    spans = Spans(peers(heard.configuration)) if heard.captured.help == "spans" else None
    if spans is not None:
        sources.append(spans)
    correlator = Correlator(heard.captured.service, "", sources=sources)
    for event in events:
        if isinstance(event, Watermark):
            yield from _flows(correlator.advance(event.at))
            if spans is not None:
                spans.advance(event.at)
        elif isinstance(event, Export):
            if spans is not None:
                spans.take(from_protobuf(event.body)[0])
        else:
            if spans is not None:
                spans.hear(event)
            correlator.take(event)
    yield from _flows(correlator.close(whole=True))


def _flows(decided: Iterable[Flow | Outside]) -> Iterator[Flow]:
    return (found for found in decided if isinstance(found, Flow))


def scored(flows: Iterable[Flow], truth: Truth, counts: Callable[[Exchange], bool]) -> Score:
    score = Score()
    for flow in flows:
        if not counts(flow.entry):
            continue
        score.all += 1
        if flow.problem:
            score.left_out.append(flow)
            continue
        score.emitted += 1
        if not truth.right(flow):
            score.wrong.append(flow)
    return score


def _counted(truth: Truth, load: Load, *, carried_only: bool) -> Callable[[Exchange], bool]:
    """Which entries are of this load and, with `carried_only`, truly ask only what can carry a trace context."""

    def counts(entry: Exchange) -> bool:
        if not load.started <= entry.started < load.ended:
            return False
        return not carried_only or all(call.protocol != "redis" for call in truth.flows[place(entry)].calls)

    return counts
