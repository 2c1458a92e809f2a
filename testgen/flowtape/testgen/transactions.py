"""The transactions of a flow: what their control statements say of the calls within and around them.

Transaction control is no call of its own: what ran in a transaction is numbered by it and knows its mode and how it ended, and
at replay the answering server keeps the transaction's state itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowtape.capture import sql
from flowtape.capture.exchange import Exchange, HttpRequest, SqlResult, SqlStatement
from flowtape.capture.sql import isolation
from flowtape.capture.sql.scan import Kind, tokens
from flowtape.replay.match import asked


@dataclass(frozen=True, slots=True)
class Commit:
    """The end of a transaction that was committed."""

    transaction: str
    exchange: Exchange


def transaction_control(exchange: Exchange) -> str:
    """What an exchange does to its transaction ("begin", "commit", …, "mode"), "" if it is anything else."""
    question = exchange.question
    if not isinstance(question, SqlStatement):
        return ""
    statement = sql.read(question.text)
    if statement.verb == "SET" and isolation.set_in(question.text, "") is not None:
        return "mode"
    return statement.transaction_control


def is_numbered(exchange: Exchange) -> bool:
    """Whether it matters in which transaction it ran: a plain read is the same whatever becomes of its transaction."""
    if not isinstance(exchange.question, SqlStatement):
        return True
    statement = sql.read(exchange.question.text)
    return statement.kind != "read" or statement.locks


def outcomes(exchanges: Sequence[Exchange]) -> dict[int, bool]:
    """For the index of each exchange in a transaction whose end was heard: whether it was committed."""
    found: dict[int, bool] = {}
    open_: dict[str, list[int | str]] = {}
    for index, exchange in enumerate(exchanges):
        if not exchange.transaction:
            continue
        # A text is a savepoint's name.
        statements = open_.setdefault(exchange.transaction, [])
        match transaction_control(exchange):
            case "":
                statements.append(index)
            case "savepoint" | "release" | "rollback to" as control if not _refused(exchange):
                found.update(dict.fromkeys(_savepoint(control, _last_word(exchange), statements), False))
            case "commit" | "rollback" as control:
                kept = control == "commit" and not _failed(exchange)
                found.update({one: kept for one in statements if isinstance(one, int)})
                statements.clear()
    return found


def _savepoint(control: str, name: str, statements: list[int | str]) -> list[int]:
    """Set, release or go back to the savepoint `name` in `statements`; returns those undone."""
    if control == "savepoint":
        statements.append(name)
        return []
    set_at = max((at for at, one in enumerate(statements) if one == name), default=None)
    if set_at is None:
        return []  # set before the first statement that was heard
    since = [one for one in statements[set_at + 1 :] if isinstance(one, int)]
    del statements[set_at:]
    if control == "release":
        statements.extend(since)
        return []
    statements.append(name)
    return since


def _last_word(exchange: Exchange) -> str:
    assert isinstance(exchange.question, SqlStatement)
    return [token.text for token in tokens(exchange.question.text) if token.kind in {Kind.WORD, Kind.NAME}][-1]


def _refused(exchange: Exchange) -> bool:
    return isinstance(exchange.answer, SqlResult) and exchange.answer.error is not None


def _failed(exchange: Exchange) -> bool:
    """A COMMIT of a failed transaction is answered with ROLLBACK."""
    answer = exchange.answer
    return isinstance(answer, SqlResult) and (answer.error is not None or answer.tag == "ROLLBACK")


def commits(exchanges: Sequence[Exchange]) -> list[Commit]:
    """In the order in which they were asked for."""
    return [
        Commit(exchange.transaction, exchange)
        for exchange in exchanges
        if exchange.transaction and transaction_control(exchange) == "commit" and not _failed(exchange)
    ]


def around(exchange: Exchange, ends: Sequence[Commit], numbers: Mapping[str, int]) -> Mapping[str, Any]:
    """`before_commit` and `after_commit` of a write that ran in no transaction."""
    if exchange.transaction or not asked(exchange.question).effect:
        return {}
    others = [
        end
        for end in ends
        if end.transaction in numbers and end.exchange.connection.dependency != exchange.connection.dependency
    ]
    before = [end for end in others if exchange.ended and exchange.ended <= end.exchange.started]
    after = [end for end in others if end.exchange.ended <= exchange.started]
    undone_by_nobody = isinstance(exchange.question, HttpRequest)
    return {
        "before_commit": numbers[before[0].transaction] if before and undone_by_nobody else None,
        "after_commit": numbers[after[-1].transaction] if after else None,
    }
