from __future__ import annotations

from collections.abc import Callable

from flowtape.replay.reporting.entry import Entry
from flowtape.replay.reporting.summary import advice, counts, headline, to_look_at

Make = Callable[..., Entry]


def test_verdicts_are_counted_and_an_accepted_one_is_no_regression(entry: Make) -> None:
    entries = [entry(), entry("regression"), entry("regression"), entry("regression", accepted="-a"), entry("broken")]
    assert counts(entries) == {"regression": 2, "drift": 0, "broken": 1, "accepted": 1, "passed": 1}
    assert headline(entries) == "2 regressions, 1 broken, 1 accepted, 1 passed"


def test_what_is_broken_for_one_reason_is_told_once(entry: Make) -> None:
    one, two, other = entry("broken"), entry("broken", "t.py::b"), entry("broken", "t.py::c", lines=["else"])
    assert to_look_at([one, other, two]) == {"broken": [[one, two], [other]]}


def test_regressions_that_look_alike_stay_apart(entry: Make) -> None:
    assert len(to_look_at([entry("regression"), entry("regression", "t.py::b")])["regression"]) == 2


def test_what_passed_or_was_accepted_needs_no_look(entry: Make) -> None:
    assert to_look_at([entry(), entry("regression", accepted="-a")]) == {}


def test_many_of_a_kind_get_one_advice_for_all(entry: Make) -> None:
    one, two = entry("regression"), entry("regression", "t.py::b")
    assert advice("regression", [[one]]) == one["next"]
    assert "--flowtape-accept --lf" in advice("regression", [[one], [two]])
