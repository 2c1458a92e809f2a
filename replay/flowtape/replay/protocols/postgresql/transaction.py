"""The transaction block of one session, as PostgreSQL's own state machine has it (source: xact.c; chapter "Transactions").

Transaction control is answered here and not by the record: whatever a client begins, it gets the tags, warnings and
errors that a server would give.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

from flowtape.capture.exchange import SqlNotice, SqlResult
from flowtape.capture.sql import isolation
from flowtape.capture.sql.scan import Kind, tokens
from flowtape.capture.sql.statement import Statement
from flowtape.replay.protocols.postgresql.errors import failed_transaction, notice, refused

Status = Literal["I", "T", "E"]


class Transaction:
    """`status` is ReadyForQuery's. `ended` is called with whether it was committed when a block ends.

    `mode` is the block's (capture/sql/isolation.py), outside of any the session's own, which is `default`.
    """

    def __init__(self, ended: Callable[[bool], None]) -> None:
        self.status: Status = "I"
        self.mode = self.default = ""
        self._savepoints: list[str] = []
        self._ended = ended

    def check(self, statement: Statement) -> None:
        """Raises 25P02 where a failed block takes only its end."""
        if self.status == "E" and statement.transaction_control not in {"commit", "rollback", "rollback to"}:
            raise failed_transaction()

    def fail(self) -> None:
        """A statement failed."""
        if self.status == "T":
            self.status = "E"

    def roll_back(self) -> None:
        """The block ends without a word of the client: its connection is gone, or its COMMIT failed."""
        if self.status != "I":
            self._end(committed=False)

    def control(self, text: str, statement: Statement) -> SqlResult:
        """Do what a transaction control statement says. Raises Refused."""
        words = _words(text)
        match statement.transaction_control:
            case "begin":
                return self._begin(text, words)
            case "commit":
                return self._finish("COMMIT", chain=words[-2:] == ("and", "chain"))
            case "rollback":
                return self._finish("ROLLBACK", chain=words[-2:] == ("and", "chain"))
            case "savepoint":
                self._within("SAVEPOINT")
                self._savepoints.append(words[-1])
                return SqlResult(tag="SAVEPOINT")
            case "release":
                self._within("RELEASE SAVEPOINT")
                del self._savepoints[self._find(words[-1]) :]
                return SqlResult(tag="RELEASE")
            case "rollback to":
                self._within("ROLLBACK TO SAVEPOINT")
                del self._savepoints[self._find(words[-1]) + 1 :]
                self.status = "T"
                return SqlResult(tag="ROLLBACK")
        raise refused("55000", "prepared transactions are disabled")

    def set(self, text: str) -> None:
        """What SET, RESET or DISCARD says of the mode, of the open block or of all that come."""
        default = isolation.set_for(text, self.default)
        if default is not None:
            self.start(default)
        mode = isolation.set_in(text, self.mode)
        if mode is not None and self.status == "T":
            self.mode = mode

    def start(self, default: str) -> None:
        """The session's own mode is `default` from here."""
        self.default = default
        if self.status == "I":
            self.mode = default

    def _begin(self, text: str, words: Sequence[str]) -> SqlResult:
        tag = "START TRANSACTION" if words[0] == "start" else "BEGIN"
        if self.status == "T":
            return SqlResult(tag=tag, notices=(_warning("25001", "there is already a transaction in progress"),))
        self.status = "T"
        self.mode = isolation.begun(text, self.default)
        return SqlResult(tag=tag)

    def _finish(self, verb: Literal["COMMIT", "ROLLBACK"], *, chain: bool) -> SqlResult:
        if self.status == "I":
            if chain:
                raise refused("25P01", f"{verb} AND CHAIN can only be used in transaction blocks")
            return SqlResult(tag=verb, notices=(_warning("25P01", "there is no transaction in progress"),))
        committed = verb == "COMMIT" and self.status == "T"
        mode = self.mode
        self._end(committed=committed)
        if chain:
            self.status, self.mode = "T", mode
        return SqlResult(tag="COMMIT" if committed else "ROLLBACK")

    def _end(self, *, committed: bool) -> None:
        self.status = "I"
        self._savepoints.clear()
        self._ended(committed)
        self.mode = self.default

    def _within(self, what: str) -> None:
        if self.status == "I":
            raise refused("25P01", f"{what} can only be used in transaction blocks")

    def _find(self, name: str) -> int:
        for index in range(len(self._savepoints) - 1, -1, -1):
            if self._savepoints[index] == name:
                return index
        raise refused("3B001", f'savepoint "{name}" does not exist')


@lru_cache(maxsize=64)
def _words(text: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokens(text) if token.kind in {Kind.WORD, Kind.NAME})


def _warning(code: str, message: str) -> SqlNotice:
    return notice("WARNING", code, message)
