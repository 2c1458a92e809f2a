"""One client's session: messages in, bytes out. No I/O (PostgreSQL documentation, "Message Flow")."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from flowtape.capture import sql
from flowtape.capture.exchange import Column, SqlNotice
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.encoding import python_encoding, respoken
from flowtape.capture.protocols.postgresql.split import split
from flowtape.capture.protocols.postgresql.wire import serialize
from flowtape.replay.protocols.postgresql.backend import Backend, Bound
from flowtape.replay.protocols.postgresql.copying import copy_format
from flowtape.replay.protocols.postgresql.encoding import UTF8, spoken_message
from flowtape.replay.protocols.postgresql.errors import Refused, failed_transaction, missed, notice, refused
from flowtape.replay.protocols.postgresql.portal import Portal
from flowtape.replay.protocols.postgresql.transaction import Status
from flowtape.replay.protocols.postgresql.values import read_parameters
from flowtape.replay.source import Miss, Shape

MAX_COPY = 256 * 1024 * 1024
PROTOCOL_3_0 = 3 << 16
_CONSTANT = {type(m): serialize(m) for m in (pg.ParseComplete(), pg.BindComplete(), pg.CloseComplete(), pg.NoData())}
_READY = {status: serialize(pg.ReadyForQuery(status)) for status in get_args(Status)}


@dataclass(slots=True)
class Prepared:
    text: str
    statement: sql.Statement
    types: tuple[int, ...]
    shape: Shape | None = None


@dataclass(slots=True)
class CopyIn:
    """COPY FROM STDIN under way. `rest` are the statements of the same simple query behind it."""

    bound: Bound
    simple: bool
    rest: list[str] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)


class Session:
    """`out` collects the bytes to send; `closed` says that the connection is to be closed after them."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.out: list[bytes] = []
        self.closed = False
        self.started = False
        self._prepared: dict[str, Prepared] = {}
        self._portals: dict[str, Portal] = {}
        self._copy: CopyIn | None = None
        self._skipping = False
        self._encoding = UTF8
        self._hear: dict[type, Callable[[Any], None]] = {
            pg.Query: self._query,
            pg.Parse: self._parse,
            pg.Bind: self._bind,
            pg.Describe: self._describe,
            pg.Execute: self._execute,
            pg.Close: self._close,
            pg.Sync: self._sync,
            pg.Flush: lambda _: None,
            pg.FunctionCall: self._function_call,
            pg.Terminate: self._terminate,
            pg.CopyData: lambda _: None,
            pg.CopyDone: lambda _: None,
            pg.CopyFail: lambda _: None,
        }

    def hear(self, message: Any) -> None:
        """The client says `message`."""
        if not self.started:
            self._first(message)
            return
        handler = self._hear.get(type(message))
        if handler is None:
            self.violation(f"unexpected message {type(message).__name__}")
        elif self._copy is not None:
            self._try(self._copying, message)
        elif not self._skipping or handler in (self._sync, self._terminate):
            self._try(handler, message)

    def violation(self, reason: str) -> None:
        """The client does not speak the protocol."""
        self._say(pg.ErrorResponse(notice("FATAL", "08P01", reason).fields))
        self.closed = True

    def lost(self) -> None:
        """The connection is gone."""
        self.backend.transaction.roll_back()

    # -- start

    def _first(self, message: Any) -> None:
        match message:
            case pg.SSLRequest() | pg.GSSENCRequest():
                self._say(pg.EncryptionReply("N"))
            case pg.StartupMessage():
                self._start(message)
            case _:  # CancelRequest: nothing ever runs for so long
                self.closed = True

    def _start(self, message: pg.StartupMessage) -> None:
        self.started = True
        self.backend.start(message.parameters)
        self._learn_encoding()
        unknown = tuple(name for name, _ in message.parameters if name.startswith("_pq_."))
        if message.minor or unknown:
            self._say(pg.NegotiateProtocolVersion(PROTOCOL_3_0, unknown))
        self._say(pg.AuthenticationOk())
        for name, value in self.backend.settings.reported():
            self._say(pg.ParameterStatus(name, value))
        identity = self.backend.identity
        self._say(pg.BackendKeyData(identity.process_id, identity.process_id.to_bytes(4)))
        self._ready()

    # -- the simple protocol

    def _query(self, message: pg.Query) -> None:
        self._portals.pop("", None)
        statements = split(respoken(message.text, self._encoding))
        if not statements:
            self._say(pg.EmptyQueryResponse())
        self._run_all(statements)

    def _run_all(self, statements: list[str]) -> None:
        for index, text in enumerate(statements):
            bound = Bound(text, sql.read(text))
            if not self._run_simple(bound, statements[index + 1 :]):
                return
        self._ready()

    def _run_simple(self, bound: Bound, rest: list[str]) -> bool:
        """Whether to go on with `rest`."""
        if not bound.statement.canonical:
            self._say(pg.EmptyQueryResponse())
            return True
        if bound.copies_in:
            self._begin_copy(CopyIn(bound, simple=True, rest=rest))
            return False
        portal = Portal(bound, answer=(answer := self.backend.run(bound)), encoding=self._encoding)
        if answer.columns is not None:
            self._say(portal.description())
        self._send(portal, 0)
        return True

    # -- the extended protocol

    def _parse(self, message: pg.Parse) -> None:
        if message.statement and message.statement in self._prepared:
            raise refused("42P05", f'prepared statement "{message.statement}" already exists')
        text = respoken(message.text, self._encoding)
        if ";" in text and len(split(text)) > 1:
            raise refused("42601", "cannot insert multiple commands into a prepared statement")
        statement = sql.read(text)
        self.backend.transaction.check(statement)
        self._prepared[message.statement] = Prepared(text, statement, message.types)
        self._say(pg.ParseComplete())

    def _bind(self, message: pg.Bind) -> None:
        prepared = self._statement(message.statement)
        self.backend.transaction.check(prepared.statement)
        if message.portal and message.portal in self._portals:
            raise refused("42P03", f'cursor "{message.portal}" already exists')
        types = self._types(prepared, message)
        values = read_parameters(message.parameters, message.formats, types, self._encoding)
        bound = Bound(prepared.text, prepared.statement, values, types)
        self._portals[message.portal] = Portal(bound, message.result_formats, encoding=self._encoding)
        self._say(pg.BindComplete())

    def _types(self, prepared: Prepared, message: pg.Bind) -> tuple[int, ...]:
        """The parameters' types: as declared, and from the record where a binary value cannot be read without."""
        declared = prepared.types
        if prepared.shape is not None:
            return prepared.shape.parameter_types
        if 1 not in message.formats or (len(declared) >= len(message.parameters) and 0 not in declared):
            return declared
        recorded = self.backend.recorded_types(prepared.text)
        return tuple(
            (declared[at] if at < len(declared) else 0) or (recorded[at] if at < len(recorded) else 0)
            for at in range(len(message.parameters))
        )

    def _describe(self, message: pg.Describe) -> None:
        if message.kind == "P":
            if message.name in self.backend.cursors:
                self._describe_columns(self.backend.cursor_columns(message.name))
            else:
                self._describe_portal(self._portal(message.name))
            return
        prepared = self._statement(message.name)
        if prepared.shape is None:
            prepared.shape = self.backend.describe(prepared.text, prepared.statement, prepared.types)
        self._say(pg.ParameterDescription(prepared.shape.parameter_types))
        self._describe_columns(prepared.shape.columns)

    def _describe_columns(self, columns: tuple[Column, ...] | None) -> None:
        self._say(pg.NoData() if columns is None else pg.RowDescription(columns, (0,) * len(columns)))

    def _describe_portal(self, portal: Portal) -> None:
        statement = portal.bound.statement
        self.backend.transaction.check(statement)
        if statement.kind == "transaction" or not statement.canonical or portal.bound.copies_in:
            self._say(pg.NoData())
            return
        self._answer(portal)
        self._say(portal.description())

    def _execute(self, message: pg.Execute) -> None:
        portal = self._portal(message.portal)
        if not portal.bound.statement.canonical:
            self._say(pg.EmptyQueryResponse())
        elif portal.bound.copies_in:
            self._begin_copy(CopyIn(portal.bound, simple=False))
        else:
            self._answer(portal)
            self._send(portal, max(message.limit, 0))

    def _answer(self, portal: Portal) -> None:
        if portal.answer is None:
            portal.answer = self.backend.run(portal.bound)
        elif self.backend.transaction.status == "E":
            raise failed_transaction()

    def _close(self, message: pg.Close) -> None:
        if message.kind == "S":
            self._prepared.pop(message.name, None)
        else:
            self._portals.pop(message.name, None)
        self._say(pg.CloseComplete())

    def _sync(self, _: pg.Sync) -> None:
        self._skipping = False
        self._ready()

    def _function_call(self, message: pg.FunctionCall) -> None:
        raise missed(Miss(f"function {message.function} was called by number: the record holds no such calls"))

    def _terminate(self, _: pg.Terminate) -> None:
        self.closed = True

    # -- COPY FROM STDIN

    def _begin_copy(self, copy: CopyIn) -> None:
        self.backend.transaction.check(copy.bound.statement)
        self._copy = copy
        self._say(pg.CopyInResponse(*copy_format(copy.bound.text)))

    def _copying(self, message: Any) -> None:
        copy = self._copy
        assert copy is not None
        match message:
            case pg.CopyData():
                copy.data += message.data
                if len(copy.data) > MAX_COPY:
                    raise refused("54000", f"flowtape: COPY of more than {MAX_COPY} bytes")
            case pg.CopyDone():
                self._copy_done(copy)
            case pg.CopyFail():
                raise Refused(self.backend.copy_failed(copy.bound, bytes(copy.data), message.reason))
            case pg.Flush() | pg.Sync():
                pass  # libpq sends Sync before the data, and again after it
            case pg.Terminate():
                self.closed = True
            case _:
                raise refused("08P01", f"unexpected {type(message).__name__} during COPY from stdin")

    def _copy_done(self, copy: CopyIn) -> None:
        answer = self.backend.run(copy.bound, bytes(copy.data))
        self._send(Portal(copy.bound, answer=answer), 0)
        self._copy = None
        if copy.simple:
            self._try(lambda _: self._run_all(copy.rest), None, simple=True)

    # -- sending

    def _send(self, portal: Portal, limit: int) -> None:
        """What `portal` has to say."""
        for message in portal.messages(limit):
            self._say(message)
        if type(message) is pg.CommandComplete:
            self._done(portal.bound)

    def _done(self, bound: Bound) -> None:
        self.backend.done(bound)
        if bound.statement.verb in {"DISCARD", "DEALLOCATE"}:
            name = bound.text.strip("; \t\r\n").split()[-1]
            if name.lower() == "all":
                self._prepared.clear()
            else:
                self._prepared.pop(name.strip('"'), None)

    def _ready(self) -> None:
        for name, value in self.backend.settings.changes():
            self._say(pg.ParameterStatus(name, value))
            self._learn_encoding()
        status = self.backend.transaction.status
        if status == "I":
            self._portals.clear()
        self.out.append(_READY[status])

    def _learn_encoding(self) -> None:
        self._encoding = python_encoding(self.backend.settings.get("client_encoding") or "UTF8")

    def _say(self, message: Any) -> None:
        if self._encoding != UTF8:
            message = spoken_message(message, self._encoding)
        self.out.append(_CONSTANT.get(type(message)) or serialize(message))

    # -- failing

    def _try(self, handler: Callable[[Any], None], message: Any, *, simple: bool = False) -> None:
        try:
            handler(message)
        except Refused as error:
            found = error.notice
        except (ValueError, OverflowError, struct.error, TypeError) as error:
            # A record that was edited by hand may hold what no server could say.
            found = notice("ERROR", "XX000", f"flowtape: the recorded answer cannot be sent: {error}")
        else:
            return
        self._fail(found, simple=simple or isinstance(message, (pg.Query, pg.FunctionCall)))

    def _fail(self, error: SqlNotice, *, simple: bool) -> None:
        copy, self._copy = self._copy, None
        self._say(pg.ErrorResponse(error.fields))
        self.backend.transaction.fail()
        if simple or (copy is not None and copy.simple):
            self._ready()
        else:
            self._skipping = True

    def _statement(self, name: str) -> Prepared:
        if name not in self._prepared:
            raise refused("26000", f'prepared statement "{name}" does not exist')
        return self._prepared[name]

    def _portal(self, name: str) -> Portal:
        if name not in self._portals:
            raise refused("34000", f'portal "{name}" does not exist')
        return self._portals[name]
