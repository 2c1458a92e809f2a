"""Nothing raw is left of a flow, and what was equal in it stays equal."""

from __future__ import annotations

from collections.abc import Callable

from flowtape.capture.flow import Flow

LeaksOf = Callable[[object], set[str]]


def test_the_planted_values_are_found_before_sanitising(raw_flow: Flow, leaks: LeaksOf) -> None:
    """Else the next test could not fail."""
    assert len(leaks(raw_flow)) == 19


def test_nothing_planted_is_left(clean_flow: Flow, leaks: LeaksOf) -> None:
    assert leaks(clean_flow) == set()
