"""What requests of one kind do, learned from those that are certain."""

from __future__ import annotations

import pytest

from flowtape.capture.correlate.timing import Order, Span, Timing


def request(at: float, *calls: tuple[str, float, float], until: float = 100) -> tuple[Span, list[Span]]:
    return Span("GET /", at, at + until), [Span(kind, at + begun, at + ended) for kind, begun, ended in calls]


def learned(*certain: tuple[Span, list[Span]]) -> Timing:
    timing = Timing()
    timing.learn(certain)
    return timing


def test_calls_that_always_wait_for_each_other_are_in_sequence() -> None:
    plan = learned(*(request(at, ("b", 20, 30), ("a", 5, 15)) for at in (0, 200, 400))).plans["GET /"]
    assert [(step.kind, step.after) for step in plan.steps] == [("a", ()), ("b", (0,))]


def test_calls_that_overlap_are_made_at_once() -> None:
    plan = learned(request(0, ("a", 5, 15), ("b", 6, 30)), request(200, ("b", 5, 9), ("a", 6, 30))).plans["GET /"]
    assert [step.after for step in plan.steps] == [(), ()]


def test_two_calls_of_a_kind_are_two_steps() -> None:
    plan = learned(request(0, ("a", 5, 10), ("a", 20, 30))).plans["GET /"]
    assert [(step.kind, step.number, step.after) for step in plan.steps] == [("a", 0, ()), ("a", 1, (0,))]


def test_a_plan_is_what_is_done_most_often() -> None:
    usual = [request(at, ("a", 5, 10)) for at in (0, 200)]
    plan = learned(*usual, request(400, ("a", 5, 10), ("b", 20, 30))).plans["GET /"]
    assert [step.kind for step in plan.steps] == ["a"]


def test_a_step_waits_for_the_last_of_those_before_it() -> None:
    plan = learned(*(request(at, ("a", 5, 15), ("b", 6, 30), ("c", 40, 50)) for at in (0, 200))).plans["GET /"]
    parent, (a, b, c) = request(0, ("a", 5, 15), ("b", 6, 30), ("c", 40, 50))
    assert plan.begins(2, parent, [a, b, c]) == 30
    assert plan.begins(2, parent, [a, None, None]) == 15
    assert plan.rest(parent, [a, b, c]) == 50
    assert plan.rest(parent, [None, None, None]) == 100


def test_learning_makes_the_plans_anew() -> None:
    timing = learned(request(0, ("a", 5, 10)))
    timing.learn([request(0, ("b", 5, 10))])
    assert [step.kind for step in timing.plans["GET /"].steps] == ["b"]


def ordered(*waits: tuple[float, float]) -> Order:
    order = Order()
    order.learn(waits)
    return order


def test_who_waits_at_once_is_in_order_or_not() -> None:
    assert ordered((0, 10), (5, 12)) == Order(kept=1)
    assert ordered((0, 10), (5, 8)) == Order(broken=1)


def test_who_does_not_wait_at_once_says_nothing_of_order() -> None:
    assert ordered((0, 10), (10, 12)) == ordered((0, 10), (0, 12)) == ordered((0, 10), (5, 10)) == Order()


@pytest.mark.parametrize(
    ("order", "is_queue"), [(Order(9), False), (Order(10), True), (Order(90, 10), False), (Order(97, 3), True)]
)
def test_only_a_queue_makes_disorder_cost(order: Order, *, is_queue: bool) -> None:
    assert (order.cost > 0) == is_queue
