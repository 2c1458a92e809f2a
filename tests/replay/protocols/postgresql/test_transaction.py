"""The transaction block's state machine, as transcripts of statements."""

from __future__ import annotations

import pytest

from flowtape.capture import sql
from flowtape.replay.protocols.postgresql.errors import Refused
from flowtape.replay.protocols.postgresql.transaction import Transaction

TRANSCRIPTS = [
    "BEGIN > BEGIN T; COMMIT > COMMIT I +",
    "START TRANSACTION READ ONLY > START TRANSACTION T; END > COMMIT I +",
    "BEGIN > BEGIN T; BEGIN > BEGIN T 25001; ROLLBACK > ROLLBACK I -",
    "COMMIT > COMMIT I 25P01",
    "ROLLBACK > ROLLBACK I 25P01",
    "BEGIN > BEGIN T; fail > E; COMMIT > ROLLBACK I -",
    "BEGIN > BEGIN T; fail > E; ABORT > ROLLBACK I -",
    "fail > I",
    "SAVEPOINT a > 25P01 I",
    "BEGIN > BEGIN T; SAVEPOINT a > SAVEPOINT T; fail > E; ROLLBACK TO a > ROLLBACK T; COMMIT > COMMIT I +",
    "BEGIN > BEGIN T; SAVEPOINT a > SAVEPOINT T; RELEASE a > RELEASE T; ROLLBACK TO SAVEPOINT a > 3B001 T",
    'BEGIN > BEGIN T; SAVEPOINT "a" > SAVEPOINT T; SAVEPOINT b > SAVEPOINT T; RELEASE A > RELEASE T; RELEASE b > 3B001 T',
    "BEGIN > BEGIN T; ROLLBACK AND CHAIN > ROLLBACK T -; COMMIT AND NO CHAIN > COMMIT I +",
    "COMMIT AND CHAIN > 25P01 I",
    "BEGIN > BEGIN T; fail > E; BEGIN > 25P02 E; SAVEPOINT a > 25P02 E; close > I -",
    "BEGIN > BEGIN T; PREPARE TRANSACTION 'x' > 55000 T",
]


def said(transaction: Transaction, text: str, ended: list[bool]) -> str:
    ended.clear()
    parts: list[str] = []
    if text == "fail":
        transaction.fail()
    elif text == "close":
        transaction.roll_back()
    else:
        statement = sql.read(text)
        try:
            transaction.check(statement)
            result = transaction.control(text, statement)
            parts += [result.tag, transaction.status, *(warning.field("C") for warning in result.notices)]
        except Refused as error:
            parts += [error.notice.field("C"), transaction.status]
    parts = parts or [transaction.status]
    return " ".join([*parts, *("+" if committed else "-" for committed in ended)])


@pytest.mark.parametrize("transcript", TRANSCRIPTS)
def test_transcripts(transcript: str) -> None:
    ended: list[bool] = []
    transaction = Transaction(ended.append)
    for line in transcript.split("; "):
        text, _, expected = line.partition(" > ")
        assert said(transaction, text, ended) == expected, line


@pytest.mark.parametrize(
    ("texts", "modes"),
    [
        ("BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT; BEGIN; COMMIT", ["serializable", ""]),
        ("BEGIN; SET TRANSACTION READ ONLY; ROLLBACK", ["read only"]),
        ("SET TRANSACTION READ ONLY; BEGIN; COMMIT", [""]),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; BEGIN; COMMIT; BEGIN READ WRITE; COMMIT; RESET ALL; BEGIN; COMMIT",
            ["read only", "", ""],
        ),
        ("BEGIN READ ONLY; COMMIT AND CHAIN; COMMIT; BEGIN; COMMIT", ["read only", "read only", ""]),
    ],
)
def test_a_block_ends_in_its_mode(texts: str, modes: list[str]) -> None:
    found: list[str] = []
    transaction = Transaction(lambda committed: found.append(transaction.mode))
    for text in texts.split("; "):
        statement = sql.read(text)
        if statement.kind == "transaction":
            transaction.control(text, statement)
        else:
            transaction.set(text)
    assert found == modes


def test_a_session_s_own_mode_is_that_of_its_blocks() -> None:
    transaction = Transaction(lambda committed: None)
    transaction.start("serializable")
    transaction.control("BEGIN", sql.read("BEGIN"))
    assert transaction.mode == "serializable"
