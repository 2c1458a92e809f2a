from __future__ import annotations

from flowtape.testgen.causes import CAUSES, ORDER, Problem


def test_each_cause_has_a_change_that_would_admit() -> None:
    assert all(cause.change and name == cause.name for name, cause in CAUSES.items())


def test_a_problem_says_its_place_once() -> None:
    assert str(Problem(ORDER, "response.json", "recorded 1")) == "response.json: recorded 1"
    assert str(Problem(ORDER, "response.json", "response.json: recorded 1")) == "response.json: recorded 1"
    assert str(Problem(ORDER, detail="x")) == "x"
