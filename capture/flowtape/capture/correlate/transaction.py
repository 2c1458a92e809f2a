"""Ownership: what runs in one open transaction, or one MULTI, is one request's work.

Whose, the first statement tells, or any statement that carries a trace id. Its later statements belong to that flow also after
its response, and while another request is in flight. But connections exist that are never committed and that one request hands to
the next in the midst of a transaction: a statement outside of its owner's window and inside another's is in doubt, unless it
ends the transaction or carries the owner's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from flowtape.capture.correlate.open_flow import OpenFlow
from flowtape.capture.exchange import Exchange, RedisCommand, SqlResult, SqlStatement
from flowtape.capture.flow import Evidence
from flowtape.capture.sql import read
from flowtape.capture.sql.kind import TransactionControl

_ENDS_SQL: Final = re.compile(r"\s*(?:COMMIT|END|ABORT|PREPARE\s+TRANSACTION|ROLLBACK(?!.*\bTO\b))\b", re.IGNORECASE)
_BEGINS_SQL: Final = re.compile(r"\s*(?:BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE)
_ENDS_REDIS: Final = frozenset({b"EXEC", b"DISCARD", b"RESET"})


@dataclass(frozen=True, slots=True)
class Placed:
    """A call and the flows that may own it: by its trace id (`exact`), and by its time (`window`)."""

    exchange: Exchange
    exact: tuple[OpenFlow, ...]
    window: tuple[OpenFlow, ...]
    evidence: Evidence
    weight: int


@dataclass(frozen=True, slots=True)
class Owned:
    """`owners` is one flow, several where it is in doubt (or one with `doubtful`), none where it is background."""

    call: Placed
    owners: tuple[OpenFlow, ...]
    evidence: Evidence
    doubtful: bool = False


@dataclass(slots=True)
class Transaction:
    """The statements heard of one transaction, in the order in which they started."""

    id: str
    statements: list[Placed] = field(default_factory=list)
    started: int = 0
    ended: int = 0
    closed: bool = False
    session: bool = False
    """Whether a driver asked something for itself in it."""

    def heard(self, exchange: Exchange) -> None:
        self.started = self.started or exchange.started
        self.session = self.session or exchange.session
        self.ended = max(self.ended, exchange.ended, exchange.started)
        self.closed = self.closed or ends_transaction(exchange) or bool(exchange.incomplete)

    @property
    def candidates(self) -> list[OpenFlow]:
        return list(dict.fromkeys(flow for placed in self.statements for flow in (*placed.exact, *placed.window)))

    def resolve(self) -> list[Owned]:
        """Whose each statement is."""
        if not self.statements:
            return []
        first = self.statements[0]
        exact = tuple(dict.fromkeys(flow for placed in self.statements for flow in placed.exact))
        owners = exact or first.window
        if not exact and _ends_by_text(first.exchange):  # what came before was not heard, nor when it was
            return [Owned(placed, owners, first.evidence, doubtful=True) for placed in self.statements]
        if not exact and len(owners) > 1 and self._asks_nothing():
            return [Owned(placed, (), first.evidence) for placed in self.statements]
        by_id = next((placed.evidence for placed in self.statements if placed.exact), None)
        evidence = _evidence(by_id or first.evidence)
        return [_owned(placed, owners, evidence) for placed in self.statements]

    def _asks_nothing(self) -> bool:
        """Begun, ended, and nothing in it but what a driver asks for itself: no request differs by it."""
        controls = [_control(placed.exchange) for placed in self.statements]
        return self.session and controls[0] == "begin" and all(controls)


def _control(exchange: Exchange) -> TransactionControl:
    question = exchange.question
    return read(question.text).transaction_control if isinstance(question, SqlStatement) else ""


def _owned(placed: Placed, owners: tuple[OpenFlow, ...], evidence: Evidence) -> Owned:
    if placed.exact and placed.exact == owners:
        return Owned(placed, owners, placed.evidence)
    elsewhere = bool(placed.window) and not set(placed.window) & set(owners)
    if elsewhere and not _controls(placed.exchange):
        return Owned(placed, tuple(dict.fromkeys((*owners, *placed.window))), evidence, doubtful=True)
    return Owned(placed, owners, evidence)


def _evidence(of_owner: Evidence) -> Evidence:
    if of_owner.confidence == 1.0:
        return Evidence("transaction", "it ran in a transaction that carries the request's id", of_owner.confidence)
    return Evidence(
        "transaction", "it ran in a transaction begun when no other request was in flight", of_owner.confidence
    )


def _controls(exchange: Exchange) -> bool:
    """Whether it only begins or ends the transaction: drivers send that with what comes next, or came before."""
    question = exchange.question
    begins = isinstance(question, SqlStatement) and _BEGINS_SQL.match(question.text) is not None
    return begins or ends_transaction(exchange)


def ends_transaction(exchange: Exchange) -> bool:
    question, answer = exchange.question, exchange.answer
    if isinstance(question, RedisCommand):
        return bool(question.arguments) and question.arguments[0].upper() in _ENDS_REDIS
    state = answer.transaction if isinstance(answer, SqlResult) else ""
    if state:
        return state == "idle"
    return _ends_by_text(exchange)


def _ends_by_text(exchange: Exchange) -> bool:
    question = exchange.question
    return isinstance(question, SqlStatement) and _ENDS_SQL.match(question.text) is not None
