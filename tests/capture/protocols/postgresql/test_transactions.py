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


def modes(transactions: Transactions, status: Literal["I", "T", "E"], *said: Said) -> list[str]:
    batch = [Draft(text, 1, 2, tag=tag) for text, tag in said]
    transactions.settle(batch, status)
    return [draft.isolation for draft in batch]


SESSION = ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET")


def test_a_block_has_the_mode_that_it_is_begun_in_or_set_to() -> None:
    transactions = Transactions("c")
    assert modes(transactions, "T", ("BEGIN ISOLATION LEVEL SERIALIZABLE", "BEGIN"), READ) == ["serializable"] * 2
    assert modes(transactions, "I", READ, COMMIT, READ) == ["serializable", "serializable", ""]
    assert modes(transactions, "T", BEGIN, READ) == ["", ""]
    assert modes(transactions, "T", ("SET TRANSACTION READ ONLY", "SET"), READ) == ["read only"] * 2
    assert modes(transactions, "T", ("SET TRANSACTION READ WRITE", "SET"), READ) == ["", ""]


def test_a_session_s_own_mode_is_that_of_its_blocks() -> None:
    transactions = Transactions("c")
    assert modes(transactions, "I", SESSION, READ, BEGIN, READ, COMMIT) == ["", "", *["serializable"] * 3]
    assert modes(transactions, "I", ("BEGIN ISOLATION LEVEL READ COMMITTED", "BEGIN"), COMMIT) == ["", ""]
    assert modes(transactions, "T", ("DISCARD ALL", "DISCARD ALL"), BEGIN) == ["", ""]


def test_a_session_starts_with_what_its_client_asks_for() -> None:
    transactions = Transactions("c")
    transactions.start([("user", "u"), ("options", "-c default_transaction_isolation=repeatable\\ read")])
    assert modes(transactions, "T", BEGIN) == ["repeatable read"]


def test_a_setting_that_was_refused_sets_nothing() -> None:
    transactions = Transactions("c")
    assert modes(transactions, "T", BEGIN, ("SET TRANSACTION READ ONLY", ""), READ) == ["", "", ""]


def test_a_chained_block_keeps_its_mode() -> None:
    transactions = Transactions("c")
    begin = ("BEGIN READ ONLY", "BEGIN")
    assert modes(transactions, "T", begin, ("COMMIT AND CHAIN", "COMMIT"), READ) == ["read only"] * 3


def test_nothing_is_known_of_a_session_s_mode_after_a_loss() -> None:
    transactions = Transactions("c")
    modes(transactions, "I", SESSION)
    transactions.forget()
    assert modes(transactions, "T", BEGIN) == [""]
