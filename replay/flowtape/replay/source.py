"""What an answering server asks when a client asks it: the record, and never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from flowtape.capture.exchange import Answer, Column, Question, SqlResult


@dataclass(frozen=True, slots=True)
class Miss:
    """The record holds no answer. `text` explains it to a person: what was asked, the nearest recorded call, what differs."""

    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What PostgreSQL tells of a statement that is prepared but not yet run. `columns` is None where it returns no rows."""

    parameter_types: tuple[int, ...]
    columns: tuple[Column, ...] | None


class Source(Protocol):
    """Thread-safe: answering servers call it from their own thread while the test runs in another."""

    def ask(
        self, dependency: str, question: Question, transaction: str = "", otherwise: Answer | None = None
    ) -> Answer | Miss:
        """The recorded answer to `question`, used up unless its lifetime is the session; never waits.

        `transaction` is the connection's name, as `transaction_ended` will be told it, while a transaction is open on it (or a
        MULTI block is executed), "" outside of any: so that a write that is rolled back is known to be.

        `otherwise` is what the server itself would answer (a setting, its version, COMMIT): it is returned, as it is, where the
        record has no answer, and that is then no miss.
        """

    def shape(self, dependency: str, text: str) -> Shape | Miss:
        """The shape of a SQL statement that is recorded under this text or an equal one; uses nothing up."""

    def answers(self, dependency: str, text: str) -> Sequence[SqlResult]:
        """What is recorded of a SQL statement under this text or an equal one, whatever its values; uses nothing up."""

    def transaction_ended(self, dependency: str, connection: str, *, committed: bool, isolation: str = "") -> None:
        """A transaction of `connection` (any name that is unique among open connections) ended so.

        `isolation` is the mode it ran in (capture/sql/isolation.py), "" for the server's default.
        """
