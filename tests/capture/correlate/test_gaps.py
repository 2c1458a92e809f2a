"""How long each step waits, and how much that says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.correlate.gaps import ENOUGH, LATELY, risk
from flowtape.capture.correlate.grammar import RARELY, Path
from flowtape.capture.correlate.saying import Saying

COSTS = st.floats(-1e6, 1e6)


def request(traffic: Any, *waits: float) -> tuple[Saying, list[Saying]]:
    """Each call waits so many ms for the one before it, and takes 5; the response waits for the last."""
    at, calls = 0.0, []
    for wait in waits[:-1]:
        calls.append(Saying(traffic.sql(at + wait, at + wait + 5)))
        at += wait + 5
    return Saying(traffic.entry(0, at + waits[-1])), calls


def learned(traffic: Any, examples: Iterable[tuple[float, ...]]) -> Path:
    found: Path | None = None
    for waits in examples:
        asked, calls = request(traffic, *waits)
        found = found or Path(tuple((call.kind, 0) for call in calls))
        found.learn(asked, calls)
    assert found is not None
    return found


def cost(path: Path, traffic: Any, *waits: float) -> float:
    found = path.gaps.cost(*request(traffic, *waits))
    assert found is not None
    return found


def test_of_few_nothing_is_said(traffic: Any) -> None:
    few = learned(traffic, [(10, 20)] * (ENOUGH - 1))
    assert few.gaps.cost(*request(traffic, 10, 20)) is None
    assert learned(traffic, [(10, 20)] * ENOUGH).gaps.cost(*request(traffic, 10, 20)) is not None


@pytest.mark.parametrize("strange", [(40, 3, 20), (10, 12, 20), (10, 3, 80)])
def test_a_strange_gap_costs_wherever_it_is(traffic: Any, strange: tuple[float, ...]) -> None:
    path = learned(traffic, [(10, 3, 20)] * 20)
    assert cost(path, traffic, *strange) > cost(path, traffic, 10, 3, 20) + 3


def test_calls_that_fit_speak_for_themselves(traffic: Any) -> None:
    """That so many calls of others fell into place by chance is less likely than that one did."""
    one, three = learned(traffic, [(10, 20)] * 20), learned(traffic, [(10, 3, 2, 20)] * 20)
    assert cost(three, traffic, 10, 3, 2, 20) < cost(one, traffic, 10, 20)


def test_a_call_that_waits_for_none_is_measured_from_the_request(traffic: Any) -> None:
    at_once = [Saying(traffic.entry(0, 100)), Saying(traffic.sql(10, 60)), Saying(traffic.sql(12, 50))]
    path = Path(tuple((call.kind, 0) for call in at_once[1:]))
    for _ in range(20):
        path.learn(at_once[0], at_once[1:])
    usual = path.gaps.cost(at_once[0], at_once[1:])
    late = path.gaps.cost(at_once[0], [at_once[1], Saying(traffic.sql(62, 65))])
    assert usual is not None
    assert late is not None
    assert late > usual + 3


def test_what_begins_after_the_response_does_not_hold_it_up(traffic: Any) -> None:
    asked, (call,) = Saying(traffic.entry(0, 30)), [Saying(traffic.sql(40, 45))]
    path = Path(((call.kind, 0),))
    for _ in range(20):
        path.learn(asked, [call])
    later = replace(call.exchange, started=call.exchange.started + 5_000_000, ended=call.exchange.ended + 5_000_000)
    usual, soon = path.gaps.cost(asked, [call]), path.gaps.cost(asked, [Saying(later)])
    assert usual is not None
    assert soon is not None
    assert soon - usual < 3


def test_what_was_usual_long_ago_is_so_no_longer(traffic: Any) -> None:
    many = RARELY * 2 * LATELY  # of a path that is well known few requests teach
    path = learned(traffic, [(10, 20)] * many)
    assert cost(path, traffic, 10, 20) < cost(path, traffic, 80, 20)
    for _ in range(many):
        path.learn(*request(traffic, 80, 20))
    assert cost(path, traffic, 80, 20) < cost(path, traffic, 10, 20)


@given(COSTS, st.lists(COSTS, max_size=5), COSTS)
def test_whatever_else_may_be_true_is_a_risk(cost: float, others: list[float], another: float) -> None:
    assert risk(cost, []) == 0
    assert 0 <= risk(cost, others) <= risk(cost, [*others, another]) <= 1
    assert risk(cost, [another]) > 0
    assert risk(cost, [cost]) == 0.5


def test_no_gap_makes_surer_than_ten_thousand_to_one() -> None:
    assert risk(0, [1000]) == risk(0, [1e9]) == pytest.approx(1 / 10_001)


def test_gaps_of_one_request_are_no_independent_witnesses() -> None:
    assert risk(0, [9]) == pytest.approx(risk(0, [3], counts=1))
