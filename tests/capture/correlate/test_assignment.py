from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.correlate.assignment import Assignment, OutOfBreathError


@dataclass(frozen=True)
class Taking:
    units: frozenset[int]


def taking(*units: int) -> Taking:
    return Taking(frozenset(units))


def by_trying(options: dict[str, list[Taking]], required: set[int]) -> bool:
    for chosen in product(*options.values()):
        units = [unit for option in chosen for unit in option.units]
        if len(units) == len(set(units)) and required <= set(units):
            return True
    return False


single = st.builds(taking, st.integers(0, 5))
several = st.builds(lambda units: Taking(frozenset(units)), st.sets(st.integers(0, 6), max_size=3))


@given(st.lists(st.lists(single | several, min_size=1, max_size=4), min_size=1, max_size=6), st.sets(st.integers(0, 6)))
def test_a_way_is_found_if_and_only_if_there_is_one(found: list[list[Taking]], required: set[int]) -> None:
    options = {f"f{index}": ways for index, ways in enumerate(found)}
    try:
        solved = Assignment(options, required).solve()
    except OutOfBreathError:
        return
    assert (solved is not None) == by_trying(options, required)
    if solved is not None:
        units = [unit for option in solved.values() for unit in option.units]
        assert len(units) == len(set(units))
        assert required <= set(units)
        assert all(option in options[flow] for flow, option in solved.items())


@pytest.mark.parametrize(("units", "found"), [(60, True), (59, False)])
def test_many_that_are_alike_are_no_trouble(units: int, found: bool) -> None:
    options = {f"f{index}": [taking(unit) for unit in range(units)] for index in range(60)}
    assert (Assignment(options).solve() is not None) is found


def test_what_is_forced_is_taken() -> None:
    assignment = Assignment({"a": [taking(1), taking(2)], "b": [taking(1)]})
    assert assignment.solve() == {"a": taking(2), "b": taking(1)}
    assert assignment.solve({"a": [taking(1)]}) is None
