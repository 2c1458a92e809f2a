"""Whose call it was, by timing alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from flowtape.capture.correlate.timing import Span, Timing
from flowtape.capture.correlate.unravel import refine, unravel

Request = tuple[Span, list[Span]]


def request(randomness: random.Random, at: float, kind: str = "GET /") -> Request:
    """Two calls in sequence; each waits for 8 to 12, takes 20 to 60, and the response waits for 8 to 12 too."""
    now, calls = at, []
    for call in ("read", "write"):
        began = now + randomness.uniform(8, 12)
        now = began + randomness.uniform(20, 60)
        calls.append(Span(call, began, now))
    return Span(kind, at, now + randomness.uniform(8, 12)), calls


def traffic(seed: int, number: int, every: float) -> list[Request]:
    randomness, at, found = random.Random(seed), 0.0, []
    for _ in range(number):
        found.append(request(randomness, at))
        at += randomness.expovariate(1 / every)
    return found


def trained(requests: Sequence[Request] | None = None) -> Timing:
    timing = Timing(0.1)
    timing.learn(requests or traffic(1, 200, 1000))
    return timing


def unravelled(timing: Timing, requests: Sequence[Request]) -> list[tuple[bool, float]]:
    """For each call whether it was given to its own request, and with what confidence; the calls are shuffled first."""
    calls = [(call, owner) for owner, (_, calls) in enumerate(requests) for call in calls]
    random.Random(0).shuffle(calls)
    owned = unravel(timing.plans, [parent for parent, _ in requests], [call for call, _ in calls])
    return [
        (found is not None and found.parent == owner, 0.0 if found is None else found.confidence)
        for found, (_, owner) in zip(owned, calls, strict=True)
    ]


def test_requests_that_were_alone_keep_their_calls() -> None:
    found = unravelled(trained(), traffic(2, 20, 5000))
    assert all(right and confidence > 0.99 for right, confidence in found)


def test_requests_at_once_are_told_apart_by_how_long_things_take() -> None:
    found = unravelled(trained(), traffic(3, 300, 30))
    assert sum(right for right, _ in found) > 0.98 * len(found)


def test_confidence_tells_what_may_be_wrong() -> None:
    found = unravelled(trained(), traffic(4, 600, 20))
    sure = [right for right, confidence in found if confidence >= 0.999]
    assert all(sure)
    assert len(sure) > 0.5 * len(found)


def test_two_that_cannot_be_told_apart_are_even_odds() -> None:
    (one, calls), (other, _) = (request(random.Random(5), 0) for _ in range(2))
    owned = unravel(trained().plans, [one, other], [*calls, *calls])
    assert all(found is not None and found.confidence == pytest.approx(0.5, abs=0.01) for found in owned)


def test_a_call_that_no_request_has_a_place_for_has_no_owner() -> None:
    parent, calls = request(random.Random(6), 0)
    strange = Span("delete", 30, 40)
    early = Span("read", -5, 20)
    unknown = Span("POST /", 0, parent.ended)
    owned = unravel(trained().plans, [parent, unknown], [strange, early, *calls])
    assert owned[:2] == [None, None]
    assert [found and found.parent for found in owned[2:]] == [0, 0]


def test_a_request_whose_call_was_not_heard_takes_no_other_s() -> None:
    requests = traffic(7, 2, 1)
    (one, _), (other, calls) = requests
    owned = unravel(trained().plans, [one, other], calls)
    assert len({found.parent for found in owned if found}) == 1


def served_in_order(number: int, seed: int) -> list[Request]:
    """One call each, from one worker that takes what waits in order, and takes any time for it: only order tells who was who."""
    randomness, at, free, found = random.Random(seed), 0.0, 0.0, []
    for _ in range(number):
        began = max(at, free) + randomness.uniform(1, 100)
        free = began + 1
        found.append((Span("GET /", at, free + randomness.uniform(1, 100)), [Span("read", began, free)]))
        at += randomness.expovariate(1 / 75)
    return found


def test_a_queue_is_known_by_its_order() -> None:
    requests = served_in_order(300, 8)
    found = unravelled(trained(served_in_order(300, 9)), requests)
    assert all(right for right, _ in found)


def test_order_says_nothing_where_there_is_no_queue() -> None:
    timing = trained(traffic(1, 300, 20))
    assert all(step.order.cost == 0 for step in timing.plans["GET /"].steps)


def test_plans_of_several_kinds_share_their_calls() -> None:
    def both(seed: int, every: float) -> list[Request]:
        randomness = random.Random(seed)
        return [request(randomness, at * every, kind) for at in range(100) for kind in ("GET /", "POST /")]

    found = unravelled(trained(both(10, 1000)), both(11, 150))
    assert sum(right for right, _ in found) > 0.95 * len(found)


def test_what_is_sure_teaches_the_rest() -> None:
    """Few requests were alone: too few to see that a queue is one."""
    timing = trained(served_in_order(5, 12))
    assert not timing.plans["GET /"].steps[0].order.cost
    requests = served_in_order(300, 13)
    owned = refine(timing, [parent for parent, _ in requests], [call for _, (call,) in requests])
    assert timing.plans["GET /"].steps[0].order.cost > 0
    right = sum(found is not None and found.parent == at for at, found in enumerate(owned))
    assert right > 0.95 * len(requests)
