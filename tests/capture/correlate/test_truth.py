"""Random services whose truth is known: what is emitted whole must be exactly right."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Flow

Traffic: TypeAlias = Any
QUIET_MS = 100
LONGEST_MS = 200
"""No response takes longer, and so the quiet time of no service that is slow to answer."""
PARENT = "00-{:032x}-00f067aa0ba902b7-01"


@dataclass
class Service:
    """`owner` tells by connection id the entry that truly made a call; what belongs to none is not in it."""

    exchanges: list[Exchange] = field(default_factory=list)
    owner: dict[str, str] = field(default_factory=dict)
    windows: list[tuple[int, int]] = field(default_factory=list)

    def alone_at(self, ms: int) -> bool:
        return not any(start <= ms <= end for start, end in self.windows)


def call(draw: Any, traffic: Traffic, start: int, number: int, traced: bool) -> Exchange:
    end = start + draw(st.integers(0, 60))
    if not draw(st.booleans()):
        text = f"SELECT 1 /*traceparent='{PARENT.format(number)}'*/" if traced else "SELECT 1"
        return traffic.sql(start, end, text)  # type: ignore[no-any-return]
    headers = (("traceparent", PARENT.format(number)),) if traced else ()
    return traffic.http(start, end, headers)  # type: ignore[no-any-return]


def transaction(draw: Any, traffic: Traffic, start: int, name: str, number: int, traced: bool) -> list[Exchange]:
    """Statements in the request's window, the COMMIT as late as it likes."""
    found = []
    at = start
    for index in range(draw(st.integers(1, 3))):
        comment = f" /*traceparent='{PARENT.format(number)}'*/" if traced and draw(st.booleans()) else ""
        found.append(traffic.sql(at, at + 1, ("BEGIN" if not index else "INSERT") + comment, tx=name, state="active"))
        at += draw(st.integers(1, 10))
    late = at + draw(st.integers(1, 400))
    return [*found, traffic.sql(late, late + 1, "COMMIT", tx=name, state="idle")]


@st.composite
def services(draw: Any, traffic: Traffic) -> Service:
    service = Service()
    for number in range(1, draw(st.integers(1, 6)) + 1):
        start, length = draw(st.integers(0, 1500)), draw(st.integers(1, LONGEST_MS))
        traced = draw(st.booleans())
        headers = (("traceparent", PARENT.format(number)),) if traced else ()
        entry = traffic.entry(start, start + length, headers)
        offsets = draw(st.lists(st.integers(0, length + QUIET_MS), max_size=3))
        calls = [call(draw, traffic, start + offset, number, traced) for offset in offsets]
        if draw(st.booleans()):
            begin = start + draw(st.integers(0, length))
            calls += transaction(draw, traffic, begin, f"{entry.connection.id}.tx", number, traced)
        service.exchanges += [entry, *calls]
        # Whoever works for a request may go on to.
        last = max((made.ended for made in calls), default=0)
        ends = max(start + length, (last - traffic.at(0)) // 1_000_000)
        service.windows.append((start, ends + LONGEST_MS))
        service.owner |= {made.connection.id: entry.connection.id for made in calls}
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, 2500))
        if service.alone_at(at):
            service.exchanges.append(traffic.sql(at, at + draw(st.integers(0, 300))))
        service.exchanges.append(traffic.session(at, at + 5))
    return service


def correlate(exchanges: list[Exchange], steps: list[int], lost: list[Exchange]) -> tuple[list[Flow], Correlator]:
    """Feed them as they end, with the watermark of an honest tap at some of the ends."""
    correlator = Correlator("shop", "1", QUIET_MS * 1_000_000)
    heard = sorted(exchanges, key=lambda exchange: exchange.ended)
    decided = []
    for index, exchange in enumerate(heard):
        if exchange in lost:
            correlator.missed(exchange.started, exchange.ended, "lost")
        else:
            correlator.take(exchange)
        if index % 7 in steps:
            decided += correlator.advance(min((later.started for later in heard[index + 1 :]), default=0))
    decided += correlator.close(whole=True)
    return [flow for flow in decided if isinstance(flow, Flow)], correlator


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_flow_that_is_emitted_whole_is_exactly_right(traffic: Traffic, data: st.DataObject) -> None:
    service = data.draw(services(traffic))
    count = len(service.exchanges)
    hurt = data.draw(st.sets(st.integers(0, count - 1), max_size=2))
    exchanges = [replace(one, incomplete="cut") if i in hurt else one for i, one in enumerate(service.exchanges)]
    lost = [exchanges[index] for index in data.draw(st.sets(st.integers(0, count - 1), max_size=1))]
    steps = data.draw(st.lists(st.integers(0, 6), min_size=1))
    flows, correlator = correlate(exchanges, steps, lost)
    whole = {one.connection.id for one in exchanges if not one.incomplete and one not in lost}
    for flow in flows:
        if flow.problem:
            continue
        entry = flow.entry.connection.id
        truth = {made for made, owner in service.owner.items() if owner == entry}
        assert {made.exchange.connection.id for made in flow.calls} == truth
        assert {entry, *truth} <= whole
    accounted = sum(number for name, number in correlator.counters.items() if name != "flows.heard")
    assert accounted == count - len(lost)
    assert correlator.weight == 0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_requests_one_after_another_are_all_kept(traffic: Traffic, data: st.DataObject) -> None:
    """And precision is not had by keeping nothing."""
    exchanges, expected = [], {}
    at = 0
    for number in range(data.draw(st.integers(1, 5))):
        length = data.draw(st.integers(1, 50))
        entry = traffic.entry(at, at + length)
        offsets = data.draw(st.lists(st.integers(0, length + QUIET_MS), max_size=3))
        calls = [traffic.sql(at + offset, at + offset + 200) for offset in offsets]
        if data.draw(st.booleans()):
            begin = traffic.sql(at, at + 1, "BEGIN", tx=f"{entry.connection.id}.{number}")
            end = traffic.sql(at + 290, at + 299, "COMMIT", tx=f"{entry.connection.id}.{number}", state="idle")
            calls += [begin, end]
        exchanges += [entry, *calls]
        expected[entry.connection.id] = {call.connection.id for call in calls}
        last = max(exchange.ended for exchange in (entry, *calls))
        at = (last - traffic.at(0)) // 1_000_000 + QUIET_MS + 1
    flows, _ = correlate(exchanges, data.draw(st.lists(st.integers(0, 6), min_size=1)), [])
    assert {
        flow.entry.connection.id: {call.exchange.connection.id for call in flow.calls}
        for flow in flows
        if not flow.problem
    } == expected


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_requests_that_are_traced_throughout_are_all_kept(traffic: Traffic, data: st.DataObject) -> None:
    exchanges, expected = [], {}
    for number in range(1, data.draw(st.integers(1, 6)) + 1):
        start, length = data.draw(st.integers(0, 200)), data.draw(st.integers(1, 100))
        entry = traffic.entry(start, start + length, (("traceparent", PARENT.format(number)),))
        offsets = data.draw(st.lists(st.integers(0, length), max_size=3))
        calls = [traffic.http(start + at, start + at + 5, (("traceparent", PARENT.format(number)),)) for at in offsets]
        exchanges += [entry, *calls]
        expected[entry.connection.id] = {call.connection.id for call in calls}
    flows, _ = correlate(exchanges, data.draw(st.lists(st.integers(0, 6), min_size=1)), [])
    assert {
        flow.entry.connection.id: {call.exchange.connection.id for call in flow.calls}
        for flow in flows
        if not flow.problem
    } == expected
