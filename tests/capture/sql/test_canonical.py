"""When sqlglot reads a statement, and what is done where it cannot."""

from __future__ import annotations

import pytest

from flowtape.capture.sql.canonical import MAX_DEPTH, MAX_WORDS, Form, canonical, marker_numbers, plain, readable
from flowtape.capture.sql.fold import fold


@pytest.mark.parametrize(
    "text",
    [
        "SET a = 1",
        "CREATE TABLE t ()",
        "SELECT " + "(" * (MAX_DEPTH + 1),
        "SELECT " + "a," * MAX_WORDS,
        "SELECT " + "NOT " * 300 + "a",
        "",
    ],
)
def test_what_is_not_a_query_or_too_much_is_not_parsed(text: str) -> None:
    assert not readable(fold(text).words)


def test_an_ordinary_statement_is_parsed() -> None:
    assert readable(fold("SELECT " + "(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH).words)


def test_what_sqlglot_cannot_read_is_compared_by_its_tokens() -> None:
    folded = fold('SELECT a FROM , "t" WHERE "B" . c = 1 ;')
    form = canonical(folded)
    assert form == plain(folded)
    assert form.text == 'select a from, t where "B".c = 900000000'


def test_two_statements_are_compared_by_their_tokens() -> None:
    assert canonical(fold("SELECT 1; SELECT 2")).text == "select 900000000; select 900000001"


def test_every_marker_is_in_the_form_once() -> None:
    folded = fold("SELECT a -> 'b', interval '1 day', $1 FROM t WHERE c BETWEEN 1 AND 2 LIMIT 3")
    assert sorted(marker_numbers(canonical(folded).text)) == list(range(len(folded.markers)))


def test_a_form_that_lost_a_value_or_has_one_twice_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    folded = fold("SELECT 1, 2")
    for text in ("SELECT 900000000", "SELECT 900000000, 900000001, 900000000"):
        monkeypatch.setattr("flowtape.capture.sql.canonical._with_room", lambda *_, text=text: Form(text))
        assert canonical(folded) == plain(folded)


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    canonical(fold("SELECT a FROM t WHERE b SIMILAR TO 'c' ESCAPE '#' FOR SHARE SKIP LOCKED"))
    canonical(fold("SELECT FROM WHERE"))
    assert not caplog.records
