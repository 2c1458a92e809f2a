from __future__ import annotations

from collections.abc import Callable

from flowtape.replay.reporting import terminal
from flowtape.replay.reporting.entry import Entry

Make = Callable[..., Entry]


def shown(entries: list[Entry]) -> list[str]:
    return ["".join(text for text, _ in pieces) for pieces in terminal.lines(entries)]


def test_nothing_is_said_where_everything_passed(entry: Make) -> None:
    assert shown([entry(), entry()]) == []


def test_a_line_for_each_with_what_differs_and_what_to_do(entry: Make) -> None:
    assert shown([entry(), entry("regression", lines=[f"line {number}" for number in range(9)])]) == [
        "REGRESSION tests/flows/test_orders.py::test_paid (orders/paid.yaml)",
        *(f"    line {number}" for number in range(6)),
        "    … and 3 more lines",
        "→ do something about tests/flows/test_orders.py::test_paid",
    ]


def test_what_the_application_raised_is_told_in_a_line(entry: Make) -> None:
    for raised in ("KeyError: cart", "DBAPIError: no such column\n[SQL: SELECT 1]\n(Background on this error)"):
        found = shown([entry("regression", error=f'  File "shop.py", line 1, in app\n{raised}')])
        assert found[-2] == f"    the application raised {raised.splitlines()[0]}"


def test_each_verdict_has_its_colour(entry: Make) -> None:
    entries = [entry("regression"), entry("drift"), entry("broken"), entry("regression", accepted="-a\n+b")]
    heads = {
        text: str(markup) for pieces in terminal.lines(entries) for text, markup in pieces if text.strip().isupper()
    }
    assert {text.strip() for text in heads} == {"REGRESSION", "DRIFT", "BROKEN", "ACCEPTED"}
    assert len(set(heads.values())) == 4


def test_an_application_that_does_not_start_is_told_once(entry: Make) -> None:
    found = shown([entry("broken", f"t.py::test_{number}") for number in range(300)])
    assert len(found) == 3
    assert found[0] == "BROKEN     t.py::test_0 (orders/paid.yaml) and 299 more, for the same reason"


def test_a_change_that_was_accepted_is_shown(entry: Make) -> None:
    found = shown([entry("regression", accepted="-was\n+is")])
    assert found == ["ACCEPTED   tests/flows/orders/paid.yaml", "-was", "+is"]


def test_hostile_text_is_shown_and_does_nothing(entry: Make, hostile: str) -> None:
    entries = [
        entry("regression", hostile, flow=hostile, lines=[hostile], next=hostile),
        entry("regression", file=hostile, accepted=f"+{hostile}"),
    ]
    assert not set("\x1b\x07\u202e\r") & set("".join(shown(entries)))
