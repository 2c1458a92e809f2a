from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.correlate.marks import Mark, ask
from flowtape.capture.correlate.trace_context import TraceContext
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Evidence, Flow

TIED = Evidence("span", "a span of its request's", 1.0)
MS = 1_000_000


class Spans:
    """A source that is told late. `asked` are the connections of the exchanges it was asked about, in order."""

    def __init__(self, patience_ms: int = 0) -> None:
        self.patience_ns = patience_ms * MS
        self.known: dict[str, Mark] = {}
        self.asked: list[str] = []
        self.lasting: dict[str, int] = {}

    def tie(self, number: int, *exchanges: Exchange, space: Any = "span") -> None:
        for exchange in exchanges:
            self.known[exchange.connection.id] = Mark(space, f"{number:032x}")

    def marks(self, exchange: Exchange) -> Mapping[Mark, Evidence]:
        self.asked.append(exchange.connection.id)
        known = self.known.get(exchange.connection.id)
        return {known: TIED} if known else {}

    def until(self, entry: Exchange) -> int:
        return self.lasting.get(entry.connection.id, 0)


def flows(correlator: Correlator) -> dict[str, Flow]:
    return {one.entry.connection.id: one for one in correlator.close(whole=True) if isinstance(one, Flow)}


def test_the_first_sources_evidence_is_recorded(traffic: Any) -> None:
    call = traffic.http(0, 1, (("x-b3-traceid", f"{7:032x}"),))
    spans = Spans()
    spans.tie(7, call, space="trace")
    assert ask([spans, TraceContext()], call) == {Mark("trace", f"{7:032x}"): TIED}
    assert next(iter(ask([TraceContext(), spans], call).values())).kind == "trace context"


def test_what_a_source_knows_ties_calls_of_any_protocol(traffic: Any) -> None:
    spans = Spans()
    first, second = traffic.entry(0, 50), traffic.entry(10, 60)
    mine, yours = traffic.redis(20, 30), traffic.sql(21, 31)
    spans.tie(1, first, mine)
    spans.tie(2, second, yours)
    correlator = Correlator("shop", "1", sources=(TraceContext(), spans))
    for one in (first, second, mine, yours):
        correlator.take(one)
    found = flows(correlator)
    for entry, call in ((first, mine), (second, yours)):
        (owned,) = found[entry.connection.id].calls
        assert (owned.exchange.connection, owned.evidence, found[entry.connection.id].problem) == (
            call.connection,
            (TIED,),
            "",
        )


def test_a_span_wins_over_a_trace_that_two_requests_share(traffic: Any) -> None:
    spans = Spans()
    headers = (("x-b3-traceid", f"{7:032x}"),)
    first, second = traffic.entry(0, 50, headers), traffic.entry(10, 60, headers)
    call = traffic.http(20, 30, headers)
    spans.tie(2, second, call)
    correlator = Correlator("shop", "1", sources=(TraceContext(), spans))
    for one in (first, second, call):
        correlator.take(one)
    found = flows(correlator)
    assert [len(found[entry.connection.id].calls) for entry in (first, second)] == [0, 1]
    assert not any(flow.problem for flow in found.values())


def test_decisions_wait_for_marks_that_come_late(traffic: Any) -> None:
    spans = Spans(patience_ms=6000)
    correlator = Correlator("shop", "1", sources=(spans,))
    first, second, call = traffic.entry(0, 900), traffic.entry(10, 60), traffic.redis(20, 30)
    for one in (call, first, second):
        correlator.take(one)
    assert correlator.advance(traffic.at(6899)) == []
    assert spans.asked == []
    spans.tie(1, first, call)
    spans.tie(2, second)
    decided = correlator.advance(traffic.at(8000))
    assert spans.asked == [first.connection.id, second.connection.id, call.connection.id]
    calls = {
        flow.entry.connection.id: len(flow.calls) for flow in decided if isinstance(flow, Flow) and not flow.problem
    }
    assert calls == {first.connection.id: 1, second.connection.id: 0}


def test_what_is_heard_while_decisions_wait_is_not_late(traffic: Any) -> None:
    correlator = Correlator("shop", "1", sources=(Spans(patience_ms=6000),))
    correlator.take(traffic.entry(0, 50))
    correlator.advance(traffic.at(3000))
    correlator.take(traffic.redis(10, 20))
    (flow,) = flows(correlator).values()
    assert (len(flow.calls), flow.problem) == (1, "")
    assert correlator.counters["late"] == 0


def test_the_end_of_a_capture_waits_for_nothing(traffic: Any) -> None:
    spans = Spans(patience_ms=6000)
    correlator = Correlator("shop", "1", sources=(spans,))
    correlator.take(traffic.entry(0, 50))
    assert correlator.advance(traffic.at(200)) == []
    (flow,) = correlator.close()
    assert isinstance(flow, Flow)
    assert flow.problem == ""
