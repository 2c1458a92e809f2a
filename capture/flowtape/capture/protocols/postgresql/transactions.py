"""Which statements ran inside which transaction block, and in which mode.

ReadyForQuery tells the state after a batch; inside a batch the command tags tell where a block begins and ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from flowtape.capture.protocols.postgresql.draft import Draft
from flowtape.capture.protocols.postgresql.split import bare
from flowtape.capture.protocols.postgresql.startup import startup_options
from flowtape.capture.sql import isolation

STATES = {"I": "idle", "T": "active", "E": "failed"}

_BEGINS = frozenset({"BEGIN", "START TRANSACTION"})
_ENDS = frozenset({"COMMIT", "ROLLBACK", "PREPARE TRANSACTION"})
_SETS = frozenset({"SET", "RESET", "DISCARD ALL"})
_TO_SAVEPOINT = re.compile(r"(?:ROLLBACK|ABORT)\s+(?:(?:WORK|TRANSACTION)\s+)?TO\b", re.IGNORECASE)
_CHAINED = re.compile(r"\bAND\s+CHAIN\b", re.IGNORECASE)


class Transactions:
    """The transaction blocks of one connection. Each is named by the connection's id and its ordinal there."""

    def __init__(self, connection: str) -> None:
        self._connection = connection
        self._ordinal = 0
        self._open = ""
        self._known = True
        self._default = self._mode = ""

    def start(self, parameters: Iterable[tuple[str, str]]) -> None:
        """What the client asked for when the session started."""
        asked = dict(parameters)
        self._default = isolation.of_settings({**dict(startup_options(asked.pop("options", ""))), **asked})

    def forget(self) -> None:
        """What was not heard may have begun or ended a block."""
        self._open, self._known, self._default = "", False, ""

    def settle(self, batch: list[Draft], status: Literal["I", "T", "E"]) -> None:
        """Give each statement of a batch, which ended with `status`, its transaction and the last one its state."""
        if not self._known and any(draft.tag in _ENDS for draft in batch):
            self._begin()
        for draft in batch:
            if draft.transaction is None:
                draft.transaction = self._of(draft)
                if draft.tag in _SETS:
                    self._set(draft.text)
                draft.isolation = self._mode if draft.transaction else ""
        if status == "I":
            self._open = ""
        elif not self._open:
            self._begin()
            for draft in batch[-1:] if self._known else batch:
                draft.transaction = draft.transaction or self._open
        self._known = True
        ran = [draft for draft in batch if not draft.describe and not draft.suspended]
        for draft in (*ran[-1:], *batch[-1:]):
            draft.state = draft.state or STATES[status]

    def _begin(self) -> None:
        self._ordinal += 1
        self._mode = self._default
        self._open = f"{self._connection}/{self._ordinal}"

    def _of(self, draft: Draft) -> str:
        if draft.tag in _BEGINS and not self._open:
            self._begin()
            self._mode = isolation.begun(bare(draft.text), self._default)
        current = self._open
        if draft.tag in _ENDS and not _TO_SAVEPOINT.match(bare(draft.text)):
            self._open = ""
            if _CHAINED.search(draft.text):
                mode = self._mode
                self._begin()
                self._mode = mode
        return current

    def _set(self, text: str) -> None:
        default = isolation.set_for(text, self._default)
        if default is not None:
            self._default = default
        mode = isolation.set_in(text, self._mode)
        if mode is not None:
            self._mode = mode
