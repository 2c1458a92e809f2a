"""An exchange in the making."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import Address, Column, Connection, SqlResult, SqlStatement
from flowtape.capture.protocols.postgresql import draft as draft_module
from flowtape.capture.protocols.postgresql.draft import Draft
from flowtape.capture.protocols.postgresql.readers import readers

CONNECTION = Connection("c", Address("a", 1), Address("b", 2))


def drafted(text: str = "SELECT 1 FROM t", tag: str = "SELECT 1", rows: int = 1) -> Draft:
    draft = Draft(text, 1, 2, columns=(Column("a", 25),), answered=3)
    draft.readers = readers((Column("a", 25),), (0,), "utf-8")
    for _ in range(rows):
        assert draft.row((b"x",))
    draft.finish(tag, 4)
    return draft


def test_a_whole_exchange() -> None:
    exchange = drafted().exchange(CONNECTION, "postgresql")
    assert exchange.incomplete == ""
    assert exchange.question == SqlStatement("SELECT 1 FROM t")
    assert exchange.answer == SqlResult((Column("a", 25),), (("x",),), "SELECT 1")
    assert (exchange.started, exchange.asked, exchange.answered, exchange.ended) == (1, 2, 3, 4)


def test_a_question_without_an_answer_has_none() -> None:
    exchange = Draft("SELECT 1 FROM t", 1, 2, problem="gone").exchange(CONNECTION, "postgresql")
    assert (exchange.answer, exchange.answered, exchange.ended) == (None, 0, 0)


@pytest.mark.parametrize(
    ("text", "tag", "rows", "reason"),
    [
        ("SELECT 1", "SELECT 1", 1, ""), ("(select 1)", "SELECT 1", 1, ""), ("WITH x AS (SELECT 1) INSERT", "INSERT 0 1", 1, ""),
        ("COMMIT", "ROLLBACK", 0, ""), ("COMMIT;", "COMMIT", 0, ""), ("SELECT 1", "SELECT 2", 1, "1 rows were heard of 2"),
        ("INSERT INTO t", "UPDATE 1", 0, "a statement INSERT was answered with UPDATE"), ("EXECUTE x", "UPDATE 1", 0, ""),
    ],
)  # fmt: skip
def test_an_answer_that_contradicts_its_question(text: str, tag: str, rows: int, reason: str) -> None:
    assert drafted(text, tag, rows).exchange(CONNECTION, "postgresql").incomplete == reason


def test_a_row_of_another_width_does_not_fit() -> None:
    assert not drafted().row((b"x", b"y"))


def test_rows_that_nobody_described_are_not_guessed() -> None:
    draft = Draft("SELECT 1", 1, 2)
    assert draft.row((b"x",))
    assert draft.problem == "the rows' description was not heard"


def test_text_that_cannot_be_decoded_is_incomplete() -> None:
    draft = drafted()
    assert draft.row((b"\xff",))
    assert draft.problem == "text that is not utf-8"
    exchange = Draft("SELECT '\udcff'", 1, 2).exchange(CONNECTION, "postgresql")
    assert isinstance(exchange.question, SqlStatement)
    assert exchange.question.text == "SELECT '\\udcff'"
    assert exchange.incomplete


def test_what_one_exchange_keeps_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_module, "MAX_EXCHANGE", 1000)
    draft = drafted(tag="SELECT 200", rows=200)
    assert draft.rows == []
    assert draft.exchange(CONNECTION, "postgresql").incomplete == "more than 1000 bytes"
