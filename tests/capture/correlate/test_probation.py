from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.correlate.open_flow import OpenFlow
from flowtape.capture.correlate.probation import PROBATION_NS, Probation
from flowtape.capture.exchange import Exchange, HttpRequest, SqlStatement
from flowtape.capture.flow import Flow

AFTER = PROBATION_NS // 1_000_000
"""In ms, as the traffic counts."""


def flow(traffic: Any, at: float) -> OpenFlow:
    return OpenFlow("f", traffic.entry(at, at + 50), traffic.at(at + 100), 1)


def test_they_are_over_when_their_time_is(traffic: Any) -> None:
    probation, first, second = Probation(), flow(traffic, 0), flow(traffic, 1000)
    probation.add(first)
    probation.add(second)
    assert probation.over(traffic.at(AFTER + 99)) == []
    assert probation.over(traffic.at(AFTER + 100)) == [first]
    assert probation.over(traffic.at(AFTER + 100)) == []
    assert probation.over(traffic.at(AFTER + 1100)) == [second]


def test_of_too_many_the_oldest_are_over(traffic: Any) -> None:
    probation, flows = Probation(), [flow(traffic, at) for at in range(5)]
    for one in flows:
        probation.add(one)
    assert probation.over(traffic.at(0), 3) == flows[:2]
    assert probation.over(traffic.at(0), 3) == []
    assert probation.over(traffic.at(0), 0) == flows[2:]


# -- what the correlator makes of it


def asked(traffic: Any, path: str, at: float) -> list[Exchange]:
    """A request that is alone and selects from a table of its own."""
    entry = replace(traffic.entry(at, at + 50), question=HttpRequest("GET", path))
    return [entry, replace(traffic.sql(at + 10, at + 15), question=SqlStatement(f"SELECT a FROM t_{path[1:]}"))]


def jobs(traffic: Any, at: float) -> Exchange:
    call: Exchange = replace(traffic.sql(at, at + 1), question=SqlStatement("SELECT a FROM jobs"))
    return call


def flows_of(correlator: Correlator, *, end: int | None = None) -> list[Flow]:
    decided = correlator.close(whole=True) if end is None else correlator.advance(end)
    return sorted((one for one in decided if isinstance(one, Flow)), key=lambda one: one.entry.started)


def test_a_schedulers_first_call_in_a_request_is_found_out_when_it_comes_by_itself(traffic: Any) -> None:
    correlator = Correlator("shop", "1")
    for one in (*asked(traffic, "/a", 0), jobs(traffic, 20), *asked(traffic, "/b", 1000)):
        correlator.take(one)
    assert flows_of(correlator, end=traffic.at(2000)) == []
    correlator.take(jobs(traffic, 60_000))
    strange, plain = flows_of(correlator)
    assert strange.problem.endswith("may be of no request")
    assert (len(plain.calls), plain.problem) == (1, "")
    assert correlator.weight == 0
    assert (correlator.counters["flows.kept"], correlator.counters["flows.ambiguous"]) == (1, 1)


def test_it_is_found_out_when_its_endpoint_turns_out_to_do_without(traffic: Any) -> None:
    correlator = Correlator("shop", "1")
    heard = [*asked(traffic, "/a", 0), jobs(traffic, 20)]
    for number in range(1, 8):
        heard += asked(traffic, "/a", 1000 * number)
    for one in heard:
        correlator.take(one)
    strange, *others = flows_of(correlator)
    assert strange.problem.endswith("may be of no request")
    assert [one.problem for one in others] == [""] * 7


def test_what_nothing_speaks_against_is_believed_in_time(traffic: Any) -> None:
    correlator = Correlator("shop", "1")
    for one in asked(traffic, "/a", 0):
        correlator.take(one)
    assert flows_of(correlator, end=traffic.at(AFTER)) == []
    assert (correlator.keeps, correlator.counters["flows.kept"]) == (1, 0)
    (found,) = flows_of(correlator, end=traffic.at(AFTER + 1000))
    assert (len(found.calls), found.problem) == (1, "")
    assert (correlator.keeps, correlator.weight) == (1, 0)


def test_a_path_that_is_well_known_is_believed_at_once(traffic: Any) -> None:
    correlator = Correlator("shop", "1")
    for number in range(10):
        for one in asked(traffic, "/a", 1000 * number):
            correlator.take(one)
    found = flows_of(correlator, end=traffic.at(11_000))
    assert [one.entry.started for one in found] == [traffic.at(1000 * number) for number in range(4, 10)]
    assert len(flows_of(correlator)) == 4
    assert correlator.counters["flows.kept"] == 10


def test_what_is_sure_by_a_mark_waits_for_nothing(traffic: Any) -> None:
    header = (("traceparent", f"00-{'a' * 32}-{'b' * 16}-01"),)
    correlator = Correlator("shop", "1")
    correlator.take(traffic.entry(0, 50, header))
    correlator.take(traffic.http(10, 20, header))
    (found,) = flows_of(correlator, end=traffic.at(1000))
    assert (len(found.calls), found.problem) == (1, "")
