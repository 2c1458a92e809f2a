"""An exchange in the making."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from flowtape.capture.exchange import Column, Connection, Exchange, SqlNotice, SqlResult, SqlStatement, Value
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.session import is_session
from flowtape.capture.stream import MAX_MESSAGE

MAX_EXCHANGE = MAX_MESSAGE
"""How many bytes of values one exchange keeps; a larger one is incomplete."""

PREPARED_BEFORE = "prepared before capture began"

Reader: TypeAlias = Callable[[bytes], Value]

_VERBS = frozenset(
    [
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SET",
        "SHOW",
        "SAVEPOINT",
        "RELEASE",
        "COPY",
        "FETCH",
        "LISTEN",
        "UNLISTEN",
        "NOTIFY",
        "RESET",
        "DISCARD",
        "DEALLOCATE",
        "DECLARE",
        "CLOSE",
    ]
)


@dataclass(slots=True, eq=False)
class Draft:
    """One exchange while its answer comes. Times are nanoseconds since the epoch; `state` is ReadyForQuery's after it."""

    text: str
    started: int
    asked: int
    parameters: tuple[Value, ...] = ()
    parameter_types: tuple[int, ...] = ()
    describe: bool = False
    columns: tuple[Column, ...] | None = None
    readers: list[Reader] | None = None
    rows: list[tuple[Value, ...]] = field(default_factory=list)
    tag: str = ""
    error: SqlNotice | None = None
    notices: list[SqlNotice] = field(default_factory=list)
    copy_in: bytearray | None = None
    copy_out: bytearray | None = None
    suspended: bool = False
    parts: int = 1
    answered: int = 0
    ended: int = 0
    state: str = ""
    transaction: str | None = None
    isolation: str = ""
    done: bool = False
    problem: str = ""
    size: int = 0

    def row(self, cells: pg.Cells) -> bool:
        """Keep one row; False where it does not fit the columns."""
        if self.readers is None:
            self.problem = self.problem or "the rows' description was not heard"
            return True
        if len(cells) != len(self.readers):
            return False
        if not self.grow(sum(map(len, filter(None, cells))) + 8 * len(cells)):
            return True
        try:
            self.rows.append(
                tuple([None if cell is None else read(cell) for read, cell in zip(self.readers, cells, strict=True)])
            )
        except UnicodeDecodeError as error:
            self.problem = self.problem or f"text that is not {error.encoding}"
        return True

    def grow(self, size: int) -> bool:
        """Whether `size` bytes more may be kept."""
        self.size += size
        if self.size <= MAX_EXCHANGE:
            return True
        self.problem = f"more than {MAX_EXCHANGE} bytes"
        self.rows.clear()
        for data in (self.copy_in, self.copy_out):
            if data is not None:
                data.clear()
        return False

    def finish(self, tag: str, at: int) -> None:
        self.tag = tag
        self.suspended = False
        self.ended = at
        self.done = True

    def contradiction(self) -> str:
        """Why the answer cannot be the statement's, in words; "" where it can."""
        if self.describe or self.error or not self.tag:
            return ""
        verb, _, count = self.tag.partition(" ")
        said = self.text.lstrip("( \t\r\n")[:12].split(None, 1)
        asked = said[0].upper().rstrip(";") if said else ""
        if {verb, asked} <= _VERBS and verb != asked and (asked, verb) != ("COMMIT", "ROLLBACK"):
            return f"a statement {asked} was answered with {verb}"
        if verb == "SELECT" and self.columns is not None and self.parts == 1 and count != str(len(self.rows)):
            return f"{len(self.rows)} rows were heard of {count}"
        return ""

    def exchange(self, connection: Connection, protocol: str) -> Exchange:
        if not self.text.isascii():
            self._no_surrogates()
        question = SqlStatement(
            text=self.text,
            parameters=self.parameters,
            parameter_types=self.parameter_types,
            describe=self.describe,
            copy_in=None if self.copy_in is None else bytes(self.copy_in),
        )
        return Exchange(
            connection=connection,
            protocol=protocol,
            question=question,
            answer=self._answer() if self.answered else None,
            started=self.started,
            asked=self.asked,
            answered=self.answered,
            ended=self.ended if self.answered else 0,
            transaction=self.transaction or "",
            isolation=self.isolation,
            session=is_session(self.text) and self.problem != PREPARED_BEFORE,
            incomplete=self.problem or self.contradiction(),
        )

    def _no_surrogates(self) -> None:
        """What could not be decoded is no text that may be written."""
        text = self.text.encode("utf-8", "backslashreplace").decode("utf-8")
        if text != self.text:
            self.text, self.problem = text, self.problem or "a statement that is not in the client's encoding"

    def _answer(self) -> SqlResult:
        return SqlResult(
            columns=self.columns,
            rows=tuple(self.rows),
            tag=self.tag,
            error=self.error,
            notices=tuple(self.notices),
            copy_out=None if self.copy_out is None else bytes(self.copy_out),
            suspended=self.suspended,
            transaction=self.state,
        )
