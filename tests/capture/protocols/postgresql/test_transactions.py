"""Which statement ran in which transaction."""

from __future__ import annotations

from typing import Literal

from flowtape.capture.protocols.postgresql.draft import Draft
from flowtape.capture.protocols.postgresql.transactions import Transactions

Said = tuple[str, str]


def settle(transactions: Transactions, status: Literal["I", "T", "E"], *said: Said) -> list[str | None]:
    batch = [Draft(text, 1, 2, tag=tag) for text, tag in said]
    transactions.settle(batch, status)
    return [draft.transaction for draft in batch]


BEGIN, COMMIT, READ = ("BEGIN", "BEGIN"), ("COMMIT", "COMMIT"), ("SELECT", "SELECT 1")


def test_a_block_over_several_batches() -> None:
    transactions = Transactions("c")
    assert settle(transactions, "I", READ) == [""]
    assert settle(transactions, "T", BEGIN) == ["c/1"]
    assert settle(transactions, "T", READ) == ["c/1"]
    assert settle(transactions, "E", ("SELECT 1/0", "")) == ["c/1"]
    assert settle(transactions, "I", ("COMMIT", "ROLLBACK")) == ["c/1"]
    assert settle(transactions, "I", READ) == [""]
    assert settle(transactions, "T", ("START TRANSACTION", "START TRANSACTION")) == ["c/2"]


def test_blocks_within_a_batch() -> None:
    transactions = Transactions("c")
    assert settle(transactions, "I", READ, BEGIN, READ, COMMIT, READ, BEGIN, COMMIT) == [
        "",
        "c/1",
        "c/1",
        "c/1",
        "",
        "c/2",
        "c/2",
    ]


def test_a_savepoint_does_not_end_a_block() -> None:
    transactions = Transactions("c")
    back = ("ROLLBACK TO SAVEPOINT a", "ROLLBACK")
    assert settle(transactions, "T", BEGIN, back, ("/* x */ rollback work to a", "ROLLBACK"), READ) == ["c/1"] * 4


def test_a_chained_block_is_another() -> None:
    transactions = Transactions("c")
    assert settle(transactions, "T", BEGIN, ("COMMIT AND CHAIN", "COMMIT"), READ) == ["c/1", "c/1", "c/2"]


def test_a_block_that_began_unheard() -> None:
    transactions = Transactions("c")
    transactions.forget()
    assert settle(transactions, "T", READ, READ) == ["c/1", "c/1"]
    transactions.forget()
    assert settle(transactions, "I", READ, COMMIT) == ["c/2", "c/2"]
    transactions.forget()
    assert settle(transactions, "I", READ) == [""]


def test_the_state_is_the_last_statements() -> None:
    batch = [
        Draft("BEGIN", 1, 2, tag="BEGIN"),
        Draft("SELECT", 1, 2, tag="SELECT 1"),
        Draft("SELECT", 1, 2, describe=True),
    ]
    Transactions("c").settle(batch, "T")
    assert [draft.state for draft in batch] == ["", "active", "active"]
