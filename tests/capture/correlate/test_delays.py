"""How long things take, learned."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.correlate.delays import BACKWARDS, Delays


def learned(*delays: float, unit: float = 1.0) -> Delays:
    found = Delays(unit)
    found.learn(delays)
    return found


def test_what_was_seen_is_cheaper_than_what_was_not() -> None:
    delays = learned(100, 110, 95, 105)
    assert delays.cost(102) < delays.cost(1000)
    assert delays.cost(102) < delays.cost(3)


def test_near_to_what_was_seen_is_cheaper_than_far() -> None:
    delays = learned(*[100] * 5)
    assert delays.cost(100) < delays.cost(140) < delays.cost(400)


def test_nothing_costs_more_than_to_end_before_it_begins() -> None:
    delays = learned(100)
    assert delays.cost(1e12) < delays.cost(-2) == BACKWARDS


def test_what_the_clock_cannot_tell_apart_is_one_delay() -> None:
    """With a clock of milliseconds an answer may seem to come a tick before its question."""
    delays = learned(0, 0, unit=1000)
    assert delays.cost(-1000) == delays.cost(0) == delays.cost(999)


@given(st.lists(st.floats(0, 1e9), min_size=1), st.floats(0, 1e9))
def test_learning_one_by_one_is_learning_at_once(seen: list[float], asked: float) -> None:
    one_by_one = Delays()
    for delay in seen:
        one_by_one.learn([delay])
    assert math.isclose(one_by_one.cost(asked), learned(*seen).cost(asked))


@given(st.lists(st.floats(0, 1e6), max_size=30), st.floats(0, 1e6))
def test_each_delay_seen_makes_itself_cheaper(seen: list[float], delay: float) -> None:
    assert learned(*seen, delay, delay).cost(delay) <= learned(*seen, delay).cost(delay) + 1e-9


def test_the_older_ones_fade() -> None:
    lately = Delays(lately=100)
    lately.learn([100] * 100)
    for _ in range(400):
        lately.learn([10_000])
    assert len(lately) <= 100
    assert lately.cost(10_000) < lately.cost(100)
    assert math.isclose(lately.cost(100), learned(*[10_000] * 90).cost(100))
