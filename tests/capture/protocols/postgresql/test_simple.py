"""Results and the statements that they answer."""

from __future__ import annotations

from flowtape.capture.exchange import SqlNotice
from flowtape.capture.protocols.postgresql.draft import Draft
from flowtape.capture.protocols.postgresql.simple import pair


def drafts(text: str, count: int, error: str = "") -> list[Draft]:
    results = [Draft(text, 1, 2) for _ in range(count)]
    if error:
        results[-1].error = SqlNotice((("C", error),))
    return results


def paired(text: str, count: int, error: str = "") -> list[tuple[str, bool]]:
    return [(draft.text, not draft.problem) for draft in pair(text, drafts(text, count, error))]


def test_each_result_has_its_statement() -> None:
    assert paired("a; b", 2) == [("a", True), ("b", True)]
    assert paired("a", 1) == [("a", True)]
    assert paired("", 1) == [("", True)]


def test_after_an_error_nothing_ran() -> None:
    assert paired("a; b; c", 2, "22012") == [("a", True), ("b", True)]
    assert paired("a; b; c", 1, "22012") == [("a", True)]


def test_a_syntax_error_answers_the_whole_text() -> None:
    assert paired("a; b; c", 1, "42601") == [("a; b; c", True)]


def test_results_that_no_statement_explains_are_not_guessed_at() -> None:
    assert paired("a; b", 3) == [("a; b", False)]
    assert paired("a; b", 1) == [("a; b", False)]
    assert paired("a; b", 3, "22012") == [("a; b", False)]
