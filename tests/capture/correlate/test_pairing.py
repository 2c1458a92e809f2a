"""The cheapest pairing, against trying them all."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.correlate.pairing import UNPAIRED, Pair, pair

costs = st.lists(
    st.dictionaries(st.integers(0, 3), st.floats(-20, 20).map(lambda cost: round(cost, 3)), max_size=4), max_size=4
)


def total(rows: list[dict[int, float]], chosen: tuple[int | None, ...]) -> float:
    taken = [column for column in chosen if column is not None]
    if len(set(taken)) < len(taken):
        return math.inf
    return sum(
        UNPAIRED if column is None else row.get(column, math.inf) for row, column in zip(rows, chosen, strict=True)
    )


def every(rows: list[dict[int, float]]) -> list[tuple[int | None, ...]]:
    return list(itertools.product([*range(4), None], repeat=len(rows)))


def test_what_is_cheapest_together_need_not_be_cheapest_for_each() -> None:
    found = pair([{0: 1.0, 1: 2.0}, {0: 1.0, 1: 9.0}])
    assert [each and each.column for each in found] == [1, 0]


def test_the_margin_is_what_the_best_pairing_without_the_pair_costs_more() -> None:
    assert pair([{0: 1.0, 1: 2.0}, {0: 1.0, 1: 9.0}]) == [Pair(1, 7.0), Pair(0, 7.0)]


def test_a_row_without_a_possible_column_has_none() -> None:
    assert pair([{}, {0: 1.0}]) == [None, Pair(0, UNPAIRED - 1.0)]


def test_of_two_rows_for_one_column_the_dearer_goes_without() -> None:
    first, second = pair([{0: 3.0}, {0: 1.0}])
    assert first is None
    assert second is not None
    assert second.margin == pytest.approx(2.0)


def test_no_rows_are_no_pairs() -> None:
    assert pair([]) == []


@given(costs)
def test_no_pairing_is_cheaper(rows: list[dict[int, float]]) -> None:
    found = tuple(None if each is None else each.column for each in pair(rows))
    assert total(rows, found) == pytest.approx(min(total(rows, chosen) for chosen in every(rows)))


@given(costs)
def test_margins_are_true(rows: list[dict[int, float]]) -> None:
    best = min((total(rows, chosen) for chosen in every(rows)), default=0.0)
    for row, found in enumerate(pair(rows)):
        if found is not None:
            without = min(total(rows, chosen) for chosen in every(rows) if chosen[row] != found.column)
            assert found.margin == pytest.approx(without - best)
