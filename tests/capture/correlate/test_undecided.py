from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.capture.correlate.judged import judged
from tests.capture.correlate.simulator import random_service

from flowtape.capture.correlate import undecided
from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.correlate.held import MOST
from flowtape.capture.correlate.probation import PROBATION_NS
from flowtape.capture.exchange import Column, Exchange, HttpRequest, HttpResponse, SqlResult, SqlStatement
from flowtape.capture.flow import Flow


def entry(traffic: Any, about: object, at: float, status: int = 200) -> Exchange:
    asked: Exchange = replace(traffic.entry(at, at + 50), question=HttpRequest("GET", f"/a/{about}"))
    return replace(asked, answer=HttpResponse(status))


def select(traffic: Any, about: object, at: float) -> Exchange:
    call: Exchange = traffic.sql(at, at + 5)
    return replace(call, question=SqlStatement("SELECT a FROM t WHERE b = $1", (str(about),)))


def taught(traffic: Any, times: int = 30) -> Correlator:
    """GET /a/N makes one SELECT of N; so much was learned from requests that were alone."""
    correlator = Correlator("shop", "1")
    for number in range(times):
        at = -PROBATION_NS // 1_000_000 - 1000 * (number + 2)
        for one in (entry(traffic, 100 + number, at), select(traffic, 100 + number, at + 10)):
            correlator.take(one)
    correlator.advance(traffic.at(-1))
    return correlator


def decided(correlator: Correlator, heard: Iterable[Exchange]) -> dict[str, Flow]:
    for one in heard:
        correlator.take(one)
    found = {one.entry.connection.id: one for one in correlator.close(whole=True) if isinstance(one, Flow)}
    assert correlator.weight == 0
    return found


def calls(flow: Flow) -> list[str]:
    return [call.exchange.connection.id for call in flow.calls]


def assert_right(flows: dict[str, Flow], truth: Sequence[tuple[Exchange, list[Exchange]]]) -> None:
    for request, made in truth:
        flow = flows[request.connection.id]
        assert (flow.problem, calls(flow)) == ("", [call.connection.id for call in made])


def test_requests_at_once_get_the_calls_that_hold_their_values(traffic: Any) -> None:
    first, second = entry(traffic, 1, 0), entry(traffic, 2, 5)
    mine, yours = select(traffic, 1, 20), select(traffic, 2, 15)
    flows = decided(taught(traffic), [first, second, mine, yours])
    assert_right(flows, [(first, [mine]), (second, [yours])])
    (evidence,) = flows[first.connection.id].calls[0].evidence
    assert evidence.kind == "grammar"
    assert 0.999 <= evidence.confidence < 1
    assert "1 of 1" in evidence.detail


def test_calls_that_say_the_same_may_be_either_ones(traffic: Any) -> None:
    requests = [entry(traffic, 1, at) for at in (0, 5)]
    made = [select(traffic, 1, at) for at in (15, 20)]
    flows = decided(taught(traffic), [*requests, *made])
    assert all(not flow.problem for flow in flows.values())
    assert sorted(calls(flows[one.connection.id])[0] for one in requests) == sorted(one.connection.id for one in made)


def unnamed(traffic: Any, at: float, answer: str) -> Exchange:
    """A call that no value ties to its request."""
    call: Exchange = traffic.sql(at, at + 5, "SELECT now()")
    return replace(call, answer=SqlResult(tag=answer))


def steady(traffic: Any, wait: float = 40, jitter: float = 0) -> Correlator:
    """GET /a/1 makes a call of 5 ms after so many, and answers when 50 are over."""
    correlator = Correlator("shop", "1")
    for number in range(40):
        at = -PROBATION_NS // 1_000_000 - 1000 * (number + 2)
        correlator.take(entry(traffic, 1, at))
        correlator.take(unnamed(traffic, at + wait + jitter * (number % 3), f"SELECT {number}"))
    correlator.advance(traffic.at(-1))
    return correlator


def assert_nobodys(flows: dict[str, Flow]) -> None:
    assert len(flows) == 2
    assert all("may belong to any of 2 flows" in flow.problem for flow in flows.values())


def test_gaps_decide_what_values_leave_open(traffic: Any) -> None:
    first, second = entry(traffic, 1, 0), entry(traffic, 1, 8)
    mine, yours = unnamed(traffic, 40, "SELECT 100"), unnamed(traffic, 48, "SELECT 200")
    flows = decided(steady(traffic), [first, second, mine, yours])
    assert_right(flows, [(first, [mine]), (second, [yours])])
    by_gaps, by_the_other = (flows[one.connection.id].calls[0].evidence for one in (first, second))
    assert [one.kind for one in by_gaps] == ["grammar", "timing"]
    odds = float(by_gaps[1].detail.split()[0].replace(",", ""))
    assert 0.999 <= by_gaps[0].confidence == by_gaps[1].confidence < 1 - 1 / odds
    assert [one.kind for one in by_the_other] == ["grammar"]
    assert by_the_other[0].confidence == by_gaps[0].confidence


def test_they_do_not_where_they_vary_or_speak_for_neither(traffic: Any) -> None:
    requests = [entry(traffic, 1, 0), entry(traffic, 1, 18.5)]
    made = [unnamed(traffic, 20, "SELECT 100"), unnamed(traffic, 38.5, "SELECT 200")]
    assert_nobodys(decided(steady(traffic, 20, jitter=12), [*requests, *made]))
    requests = [entry(traffic, 1, 0), entry(traffic, 1, 3)]
    made = [unnamed(traffic, 20, "SELECT 100"), unnamed(traffic, 23, "SELECT 200")]
    assert_nobodys(decided(steady(traffic, 20), [*requests, *made]))


def test_a_call_of_the_usual_gap_is_not_taken_from_one_whom_it_suits_as_well(traffic: Any) -> None:
    """Two requests began at once: both would have the first call, and neither the second."""
    requests = [entry(traffic, 1, 0), entry(traffic, 1, 0.1)]
    made = [unnamed(traffic, 40, "SELECT 100"), unnamed(traffic, 48, "SELECT 200")]
    assert_nobodys(decided(steady(traffic), [*requests, *made]))


def test_no_call_becomes_two_requests_where_one_is_decided_by_gaps(traffic: Any) -> None:
    """In this service one that is decided by its gaps takes what another had in the first assignment that was found."""
    judged(replace(random_service(408), jobs=0.05), 408, 8, threshold=0.9)


def test_a_call_too_few_or_too_many_makes_all_like_it_ambiguous(traffic: Any) -> None:
    for number in (1, 3):
        requests = [entry(traffic, 1, at) for at in (0, 5)]
        other, its = entry(traffic, 2, 2), select(traffic, 2, 12)
        flows = decided(taught(traffic), [*requests, other, its, *(select(traffic, 1, 15 + i) for i in range(number))])
        assert all(flows[one.connection.id].problem.startswith("ambiguous") for one in requests)
        assert flows[other.connection.id].problem == ""


def test_what_is_left_over_is_the_unknown_ones(traffic: Any) -> None:
    known, unknown = entry(traffic, 1, 0), entry(traffic, 1, 5, status=404)
    mine, its = select(traffic, 1, 15), traffic.redis(20, 21, b"GET", b"x")
    flows = decided(taught(traffic, 300), [known, unknown, mine, its])
    assert_right(flows, [(known, [mine]), (unknown, [its])])
    assert flows[unknown.connection.id].calls[0].evidence[0].kind == "left over"


def test_two_unknown_ones_are_not_guessed(traffic: Any) -> None:
    requests = [entry(traffic, 1, at, status=404) for at in (0, 5)]
    flows = decided(taught(traffic), [*requests, traffic.redis(20, 21)])
    assert all(flow.problem.startswith("ambiguous") for flow in flows.values())


def test_little_knowledge_is_not_believed_and_teaches(traffic: Any) -> None:
    correlator = taught(traffic, 1)
    first, second = entry(traffic, 1, 0), entry(traffic, 2, 5)
    flows = decided(correlator, [first, second, select(traffic, 1, 20), select(traffic, 2, 15)])
    assert {flow.problem[:46] for flow in flows.values()} == {"ambiguous: too little is known of its endpoint"}


def test_what_was_heard_before_its_endpoint_was_known_is_kept_once_it_is(traffic: Any) -> None:
    correlator = Correlator("shop", "1")
    early = [(entry(traffic, n, at), select(traffic, n, at + 15 - n)) for n, at in ((1, 0), (2, 5))]
    for one in itertools.chain.from_iterable(early):
        correlator.take(one)
    assert not [one for one in correlator.advance(traffic.at(500)) if isinstance(one, Flow)]
    lessons = [(entry(traffic, n, 1000 * n), select(traffic, n, 1000 * n + 10)) for n in range(11, 41)]
    for one in itertools.chain.from_iterable(lessons):
        correlator.take(one)
    over = traffic.at(50_000) + PROBATION_NS
    flows = {one.entry.connection.id: one for one in correlator.advance(over) if isinstance(one, Flow)}
    assert_right(flows, [(request, [made]) for request, made in (*early, *lessons)])
    assert correlator.weight == 0


def test_what_waits_for_more_to_be_known_is_bounded_and_given_up_in_the_end(traffic: Any) -> None:
    correlator, sizes, gone = Correlator("shop", "1"), [], 0
    for number in range(3 * MOST):
        correlator.take(entry(traffic, number, number * 20))
        correlator.take(select(traffic, number, number * 20 + 5))
        gone += len([one for one in correlator.advance(traffic.at(number * 20 - 60)) if isinstance(one, Flow)])
        sizes.append(correlator.weight)
    assert max(sizes[2 * MOST :]) <= max(sizes[: 2 * MOST]) * 1.1
    assert gone > MOST
    assert all(isinstance(one, Flow) and one.problem.startswith("ambiguous") for one in correlator.close(whole=True))
    assert correlator.counters["flows.ambiguous"] == 3 * MOST
    assert correlator.weight == 0


def test_what_is_left_over_is_not_whose_it_would_be_with_other_values(traffic: Any) -> None:
    """GET /a/N selects by N, then by what that answered. A path that was never seen lacks the second call, or has another's."""

    def both(about: object, at: float, then: object) -> list[Exchange]:
        answer = SqlResult((Column("a", 25),), ((f"of {about}",),), "SELECT 1")
        second = replace(
            traffic.sql(at + 10, at + 12), question=SqlStatement("SELECT c FROM d WHERE e = $1", (f"of {then}",))
        )
        return [replace(select(traffic, about, at), answer=answer), second]

    def other(about: object, at: float) -> list[Exchange]:
        asked = replace(entry(traffic, about, at), question=HttpRequest("GET", f"/other/{about}"))
        return [asked, traffic.redis(at + 3, at + 4, b"GET", f"other:{about}".encode())]

    for count, problem in ((1, ""), (2, "ambiguous")):
        correlator = Correlator("shop", "1")
        for number in range(300):
            at = -2000 * number - 2000
            for one in (entry(traffic, number, at), *both(number, at + 10, number), *other(number, at + 1000)):
                correlator.take(one)
        correlator.advance(traffic.at(-1))
        known, unknown = other(101, 0), entry(traffic, 102, 5)
        flows = decided(correlator, [*known, unknown, *both(102, 12, 103)[:count]])
        assert flows[known[0].connection.id].problem == ""
        assert flows[unknown.connection.id].problem[:9] == problem


def test_a_call_of_nobodys_kind_is_anybodys(traffic: Any) -> None:
    requests = [entry(traffic, about, about) for about in (1, 2)]
    strange = traffic.redis(20, 21, b"GET", b"x")
    flows = decided(taught(traffic), [*requests, strange, *(select(traffic, about, 15) for about in (1, 2))])
    assert all(flow.problem.startswith("ambiguous") for flow in flows.values())


def test_a_schedulers_call_is_nobodys(traffic: Any) -> None:
    correlator = taught(traffic)
    for number in range(3):
        correlator.take(traffic.redis(number * 20, number * 20 + 1, b"GET", b"jobs"))
    requests = [entry(traffic, about, 1000 + about) for about in (1, 2)]
    made = [select(traffic, about, 1015) for about in (1, 2)]
    flows = decided(correlator, [*requests, traffic.redis(1020, 1021, b"GET", b"jobs"), *made])
    assert_right(flows, [(request, [call]) for request, call in zip(requests, made, strict=True)])
    assert correlator.counters["outside.background"] == 4


def test_no_chain_of_old_requests_is_kept(traffic: Any) -> None:
    """Under a load that never ends."""
    correlator = taught(traffic)
    sizes = []
    for number in range(400):
        at = number * 20
        correlator.take(entry(traffic, number, at))
        correlator.take(select(traffic, number, at + 5))
        correlator.advance(traffic.at(at - 60))
        sizes.append(correlator.weight)
    assert max(sizes[200:]) <= max(sizes[:200]) * 1.1
    assert correlator.counters["flows.kept"] > 350


def test_the_runner_up_is_recorded_without_anything_that_was_captured(traffic: Any) -> None:
    first, second = entry(traffic, 1, 0), entry(traffic, 2, 5)
    flows = decided(taught(traffic), [first, second, select(traffic, 1, 20), select(traffic, 2, 15)])
    (call,) = flows[first.connection.id].calls
    assert call.runner_up == f"flow {flows[second.connection.id].id}: it was there, and nothing it asks fits"


def test_what_would_keep_an_ambiguous_flow_is_counted(traffic: Any) -> None:
    correlator = Correlator("shop", "1")
    decided(correlator, [entry(traffic, 1, 0), entry(traffic, 1, 5), select(traffic, 1, 20)])
    assert correlator.would_keep == {"spans": 2, "comments": 2, "fewer at once": 2}
    correlator = Correlator("shop", "1")
    decided(correlator, [entry(traffic, 1, 0), entry(traffic, 1, 5), traffic.redis(20, 21)])
    assert correlator.would_keep == {"spans": 2, "fewer at once": 2}
    correlator = Correlator("shop", "1")
    decided(correlator, [entry(traffic, 1, 0), entry(traffic, 1, 60), traffic.redis(65, 66)])
    assert correlator.would_keep == {"spans": 2, "pauses": 2}


def marked(call: Exchange, number: int) -> Exchange:
    """As OpenTelemetry's instrumentation writes it."""
    assert isinstance(call.question, SqlStatement)
    trace = f"00-{number:032x}-00f067aa0ba902b7-01"
    return replace(call, question=replace(call.question, text=f"{call.question.text} /*traceparent='{trace}'*/"))


def traced(request: Exchange, number: int) -> Exchange:
    assert isinstance(request.question, HttpRequest)
    headers = (("traceparent", f"00-{number:032x}-00f067aa0ba902b7-01"),)
    return replace(request, question=replace(request.question, headers=headers))


CART = "9781e2d9-d35d-41d1-8e55-b5e8aae43574"


def test_marked_calls_stand_beside_an_unknown_one_that_names_what_another_request_is_about(traffic: Any) -> None:
    mine, yours = traced(entry(traffic, 1, 0), 1), traced(entry(traffic, CART, 5), 2)
    made = [marked(select(traffic, 1, 20), 1), marked(select(traffic, CART, 21), 2)]
    cached = traffic.redis(15, 16, b"SET", f"cart:{CART}".encode(), b"x")
    flows = decided(taught(traffic), [mine, yours, *made, cached])
    assert_right(flows, [(mine, [made[0]])])
    assert flows[yours.connection.id].problem.startswith("ambiguous")


def test_they_do_not_where_nothing_tells_whose_it_is(traffic: Any) -> None:
    requests = [traced(entry(traffic, 1, 0), 1), traced(entry(traffic, CART, 5), 2)]
    made = [marked(select(traffic, 1, 20), 1), marked(select(traffic, CART, 21), 2)]
    flows = decided(taught(traffic), [*requests, *made, traffic.redis(15, 16, b"INCR", b"views")])
    assert all(flows[one.connection.id].problem.startswith("ambiguous") for one in requests)


def test_marked_calls_of_a_new_path_stand_beside_what_the_endpoint_never_asks(traffic: Any) -> None:
    correlator = taught(traffic)
    mine, other = traced(entry(traffic, 1, 0), 1), entry(traffic, 7, 5, status=404)
    made = [marked(select(traffic, 1, 20), 1), marked(select(traffic, 1, 30), 1)]
    counted = traffic.redis(15, 16, b"INCR", b"views")
    flows = decided(correlator, [mine, other, *made, counted])
    assert_right(flows, [(mine, made)])


@pytest.mark.parametrize("most", [1, 4])
def test_of_a_few_neighbours_less_is_told_and_nothing_wrongly(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    whole = [judged(random_service(seed, jobs=False), seed, 8) for seed in range(100, 103)]
    monkeypatch.setattr(undecided, "MAX_NEIGHBOURS", most)
    found = [judged(random_service(seed, jobs=False), seed, 8) for seed in range(100, 103)]
    assert [one.wrong for one in found] == [[]] * len(found)
    assert 0 < sum(one.kept for one in found) <= sum(one.kept for one in whole)
