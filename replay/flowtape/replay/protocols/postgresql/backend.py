"""What runs statements: the record answers, and where it need not, the session's own state. No messages here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowtape.capture import sql
from flowtape.capture.exchange import Column, SqlNotice, SqlResult, SqlStatement, Value
from flowtape.capture.protocols.postgresql.startup import STARTUP, startup_options
from flowtape.capture.sql import Statement, isolation, split_comment
from flowtape.capture.sql.scan import Kind, tokens
from flowtape.replay.protocols.postgresql.errors import Refused, missed, notice, refused
from flowtape.replay.protocols.postgresql.session_answers import TEXT, Identity, session_answer
from flowtape.replay.protocols.postgresql.settings import Settings
from flowtape.replay.protocols.postgresql.transaction import Transaction
from flowtape.replay.protocols.postgresql.type_lookups import lookup, lookup_answer, lookup_shape
from flowtape.replay.source import Miss, Shape, Source

NOTHING = SqlResult()
"""Offered to the source where its silence is no miss."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with its parameters, ready to run."""

    text: str
    statement: Statement
    parameters: tuple[Value, ...] = ()
    types: tuple[int, ...] = ()

    @property
    def copies_in(self) -> bool:
        return self.statement.verb == "COPY" and " from stdin" in self.statement.canonical

    def arguments(self) -> tuple[Value, ...]:
        return sql.arguments(self.statement, self.parameters)


class Backend:
    """One session's statements. `name` is unique among the open connections."""

    def __init__(self, source: Source, dependency: str, name: str, process_id: int) -> None:
        self.source = source
        self.dependency = dependency
        self.name = name
        self.transaction = Transaction(self._ended)
        self.identity = Identity("", "", process_id)
        self.settings = Settings((), ())
        self.cursors: set[str] = set()
        """What DECLARE opened: portals as well, with the client's own names."""

    def start(self, asked: Sequence[tuple[str, str]]) -> None:
        """The session starts with what the client's first packet asked for, over what was recorded."""
        parameters = dict(asked)
        user = parameters.pop("user", "")
        self.identity = Identity(user, parameters.pop("database", "") or user, self.identity.process_id)
        options = startup_options(parameters.pop("options", ""))
        recorded = self.source.ask(self.dependency, SqlStatement(STARTUP), otherwise=NOTHING)
        rows = recorded.rows if isinstance(recorded, SqlResult) else ()
        pairs = [(str(row[0]), str(row[1])) for row in rows if len(row) == 2]
        own = [(name, value) for name, value in parameters.items() if not name.startswith("_pq_.")]
        self.settings = Settings(pairs, [("session_authorization", user), *options, *own])
        self.transaction.start(isolation.of_settings(dict([*options, *own])))

    def run(self, bound: Bound, copy_in: bytes | None = None) -> SqlResult:
        """The answer, which may hold an error. Raises Refused for what is not in the record, and as a server would."""
        self.transaction.check(bound.statement)
        if bound.statement.kind == "transaction":
            if bound.statement.transaction_control == "commit" and self.transaction.status == "T":
                self._recorded_failure(bound)
            return self.transaction.control(bound.text, bound.statement)
        question = SqlStatement(bound.text, bound.parameters, bound.types, copy_in=copy_in)
        return self._ask(question, self._own(bound))

    def copy_failed(self, bound: Bound, copy_in: bytes, reason: str) -> SqlNotice:
        """The client gave its COPY up: the error that it gets."""
        own = notice("ERROR", "57014", f"COPY from stdin failed: {reason}")
        question = SqlStatement(bound.text, bound.parameters, bound.types, copy_in=copy_in)
        return self._ask(question, SqlResult(error=own)).error or own

    def done(self, bound: Bound) -> None:
        """`bound` succeeded: what it says of the session's settings holds from here."""
        if bound.statement.verb in {"DECLARE", "CLOSE"}:
            self._open_or_close(bound)
        if bound.statement.kind != "session":
            return
        if bound.statement.verb == "SELECT":
            arguments = bound.arguments()
            if "SET_CONFIG(" in bound.statement.canonical.upper() and len(arguments) >= 3:
                self.settings.set(str(arguments[-3]), str(arguments[-2]))
        else:
            self.settings.apply(bound.text)
            self.transaction.set(split_comment(bound.text)[0])

    def cursor_columns(self, name: str) -> tuple[Column, ...] | None:
        """What fetching from a declared cursor gives. Raises Refused."""
        quoted = name.replace('"', '""')
        return self.describe(text := f'FETCH FORWARD 1 FROM "{quoted}"', sql.read(text), ()).columns

    def _open_or_close(self, bound: Bound) -> None:
        words = [token for token in tokens(bound.text) if token.text != ";"]
        if bound.statement.verb == "DECLARE":
            self.cursors.add(words[1].text)
        elif words[-1].kind is Kind.WORD and words[-1].text == "all":
            self.cursors.clear()
        else:
            self.cursors.discard(words[-1].text)

    def describe(self, text: str, statement: Statement, declared: tuple[int, ...]) -> Shape:
        """What the statement takes and gives, every parameter with a type. Raises Refused."""
        self.transaction.check(statement)
        shape = self._shape(text, statement)
        count = max([len(declared), len(shape.parameter_types), *(slot.bound + 1 for slot in statement.slots)])
        return Shape(complete(declared, shape.parameter_types, count), shape.columns)

    def recorded_types(self, text: str) -> tuple[int, ...]:
        """The parameters' types as recorded, as far as they are."""
        shape = self.source.shape(self.dependency, text)
        return () if isinstance(shape, Miss) else shape.parameter_types

    def _recorded_failure(self, bound: Bound) -> None:
        """Raises Refused where COMMIT itself is recorded to have failed: a deferred constraint, a conflict."""
        answer = self._ask(SqlStatement(bound.text), NOTHING)
        if answer.error is not None:
            self.transaction.roll_back()
            raise Refused(answer.error)

    def _shape(self, text: str, statement: Statement) -> Shape:
        if statement.kind == "transaction":
            return Shape((), None)
        own = self._own(Bound(text, statement))
        answer = self._ask(SqlStatement(text, describe=True), own or NOTHING)
        if answer.error is not None:
            raise Refused(answer.error)
        if answer is own:
            return Shape((), answer.columns)
        shape = self.source.shape(self.dependency, text)
        if not isinstance(shape, Miss):
            return shape
        if answer is NOTHING and (asked := lookup(statement)):
            return lookup_shape(asked)
        if answer is NOTHING:
            raise missed(shape)
        return Shape((), answer.columns)

    def _own(self, bound: Bound) -> SqlResult | None:
        if bound.statement.verb == "SHOW":
            self._tell_mode()
        if asked := lookup(bound.statement):
            return lookup_answer(
                asked, bound.statement, bound.arguments(), self.source.answers(self.dependency, bound.text)
            )
        return session_answer(bound.text, bound.statement, bound.arguments(), self.settings, self.identity)

    def _tell_mode(self) -> None:
        level = self.transaction.mode.split(", ", maxsplit=1)[0]
        self.settings.set("transaction_isolation", level if level in isolation.LEVELS else "read committed")
        self.settings.set("transaction_read_only", "on" if "read only" in self.transaction.mode else "off")

    def _ask(self, question: SqlStatement, own: SqlResult | None) -> SqlResult:
        name = self.name if self.transaction.status != "I" else ""
        answer = self.source.ask(self.dependency, question, name, own)
        if isinstance(answer, SqlResult):
            return answer
        if isinstance(answer, Miss):
            raise missed(answer)
        raise refused("XX000", f"flowtape: the record answers a SQL statement with a {type(answer).__name__}")

    def _ended(self, committed: bool) -> None:  # noqa: FBT001 - a callback's one argument
        self.source.transaction_ended(self.dependency, self.name, committed=committed, isolation=self.transaction.mode)


def complete(declared: tuple[int, ...], recorded: tuple[int, ...], count: int) -> tuple[int, ...]:
    """`count` types: what the client declared, else what was recorded, else text."""
    return tuple(
        (declared[at] if at < len(declared) else 0) or (recorded[at] if at < len(recorded) else 0) or TEXT
        for at in range(count)
    )


def tag_of(answer: SqlResult, bound: Bound, sent: int) -> str:
    """The command tag, which counts the rows that were sent now."""
    columns: tuple[Column, ...] | None = answer.columns
    if answer.tag.startswith("SELECT ") or (not answer.tag and columns is not None):
        return f"SELECT {sent}"
    return answer.tag or bound.statement.verb
