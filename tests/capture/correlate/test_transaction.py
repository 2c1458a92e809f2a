from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flowtape.capture.correlate.transaction import Transaction, ends_transaction


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("COMMIT", True),
        ("  end transaction", True),
        ("rollback", True),
        ("ROLLBACK TO SAVEPOINT a", False),
        ("rollback transaction to a", False),
        ("PREPARE TRANSACTION 'x'", True),
        ("PREPARE x AS SELECT 1", False),
        ("commitment", False),
        ("INSERT INTO a VALUES ('commit')", False),
        ("", False),
    ],
)
def test_the_text_tells_the_end_where_the_state_was_not_heard(traffic: Any, text: str, *, ends: bool) -> None:
    statement = replace(traffic.sql(0, 1, text, tx="t"), answer=None)
    assert ends_transaction(statement) is ends


def test_the_state_that_the_server_tells_is_believed_before_the_text(traffic: Any) -> None:
    assert ends_transaction(traffic.sql(0, 1, "SELECT 1", tx="t", state="idle"))
    assert not ends_transaction(traffic.sql(0, 1, "COMMIT AND CHAIN", tx="t", state="active"))
    assert not ends_transaction(traffic.sql(0, 1, "INSERT", tx="t", state="failed"))


def test_exec_and_discard_end_a_multi(traffic: Any) -> None:
    assert ends_transaction(traffic.redis(0, 1, b"exec"))
    assert ends_transaction(traffic.redis(0, 1, b"DISCARD"))
    assert not ends_transaction(traffic.redis(0, 1, b"MULTI"))
    assert not ends_transaction(traffic.redis(0, 1, b"GET", b"EXEC"))


def test_a_connection_that_broke_ended_its_transaction(traffic: Any) -> None:
    transaction = Transaction("t")
    transaction.heard(traffic.sql(0, 1, "BEGIN", tx="t"))
    assert not transaction.closed
    transaction.heard(replace(traffic.sql(2, 3, "INSERT", tx="t"), incomplete="the connection was closed"))
    assert transaction.closed
    assert transaction.resolve() == []
