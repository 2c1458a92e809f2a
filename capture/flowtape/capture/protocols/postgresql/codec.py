"""PostgreSQL on one connection: start-up and encryption, then the dialogue, then exchanges by meaning.

One exchange for each statement that was run, in the simple or the extended protocol alike. Besides:

- the start-up is one session exchange whose text is "-- startup"; its rows are the server's ParameterStatus pairs (name,
  setting);
- a statement (or portal) that was described and not run before the next ReadyForQuery is an exchange with `describe`;
- a portal run in several parts is one exchange with all its rows, `suspended` where it was never run to its end;
- a function call is an exchange whose text is "-- function call OID", its arguments the parameters;
- what the server skipped after an error in a pipeline is no exchange; cancel requests, notifications and changed settings
  are none either;
- a connection that goes on encrypted, or as a replication stream, goes on as `opaque`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import ClassVar

from flowtape.capture.codec import Codec, Heard, Message, Side
from flowtape.capture.exchange import Column, Connection, SqlNotice
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.capture.protocols.postgresql import boundary, frontend, wire
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.dialogue import Dialogue
from flowtape.capture.protocols.postgresql.draft import Draft
from flowtape.capture.protocols.postgresql.encoding import python_encoding
from flowtape.capture.protocols.postgresql.startup import STARTUP
from flowtape.capture.protocols.postgresql.transactions import Transactions
from flowtape.capture.stream import DecodeError, Stream

_TEXT = 25
_ENDS = (pg.Query, pg.Sync)
_QUESTIONS = frozenset({pg.Query, pg.Parse, pg.Bind, pg.Describe, pg.Execute, pg.Close, pg.Sync, pg.Flush})
_UNTAGGED_CODES = (frontend.CANCEL, frontend.SSL, frontend.GSSENC)


class PostgresqlCodec(Codec):
    """The frontend/backend protocol, 3.0 and 3.2."""

    name: ClassVar[str] = "postgresql"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._untyped = True
        self._encryption_asked = False
        self._authentication: frontend.AuthenticationKind | None = None
        self._startup: Draft | None = None
        self._dialogue = Dialogue()
        self._transactions = Transactions(connection.id)
        self._probation = 0

    @staticmethod
    def claims(data: bytes) -> bool | None:
        if data[:2] != b"\x00\x00"[: len(data)]:
            return False
        if len(data) < 8:
            return None
        size, code = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
        if code in _UNTAGGED_CODES:
            return size == 8 if code != frontend.CANCEL else 12 < size <= 12 + 256
        return code >> 16 == frontend.PROTOCOL_MAJOR and 8 < size <= wire.MAX_STARTUP

    # -- bytes and messages

    def decoder(self, side: Side, stream: Stream) -> Generator[None, None, Message]:
        if self._dialogue.broken:
            raise DecodeError(self._dialogue.broken)
        if side is Side.CLIENT:
            if self._untyped and not self._encryption_asked:
                return (yield from wire.read_first(stream))
            return (yield from wire.read(side, stream, self._authentication))
        if self._encryption_asked:
            return (yield from wire.read_encryption_reply(stream))
        return (yield from wire.read(side, stream))

    def whole(self, side: Side, data: bytes, at: int) -> tuple[Message, int] | None:
        if self._encryption_asked or self._dialogue.broken or (self._untyped and side is Side.CLIENT):
            return None
        return wire.whole(side, data, at, self._authentication)

    def encode(self, side: Side, message: Message) -> bytes:
        return wire.serialize(message)

    def said(self, side: Side, message: Message, heard: Heard) -> None:
        if self._dialogue.broken:
            return
        if side is Side.CLIENT:
            if type(message) in _QUESTIONS:
                self._ask(message, heard)
            else:
                self._asked(message, heard)
        elif self._encryption_asked:
            self._encryption_answered(message)
        elif self._startup is not None:
            self._starting(self._startup, message, heard)
        else:
            self._answered(message, heard)

    # -- the client

    def _asked(self, message: Message, heard: Heard) -> None:
        match message:
            case pg.StartupMessage():
                self._untyped = False
                self._transactions.start(message.parameters)
                self._startup = Draft(STARTUP, heard.first, heard.last, columns=_startup_columns())
            case pg.SSLRequest() | pg.GSSENCRequest():
                self._encryption_asked = True
            case pg.Terminate():
                self._dialogue.prepared.close_portals()
                self._emit()
            case (
                pg.CancelRequest()
                | pg.PasswordMessage()
                | pg.SASLInitialResponse()
                | pg.SASLResponse()
                | pg.GSSResponse()
            ):
                pass
            case _:
                self._ask(message, heard)

    def _ask(self, message: Message, heard: Heard) -> None:
        queue = self._dialogue.queue
        if self._probation and queue and isinstance(queue[-1].message, _ENDS):
            self._dialogue.broken = "a client that asks before it is answered, just after the connection was joined"
            return
        self._dialogue.ask(message, heard)

    # -- the server

    def _encryption_answered(self, message: Message) -> None:
        self._encryption_asked = False
        if isinstance(message, pg.EncryptionReply) and message.accepted:
            how = "GSSAPI" if message.answer == "G" else "TLS"
            self.successor = OpaqueCodec(self.connection, reason=f"encrypted with {how}")

    def _starting(self, draft: Draft, message: Message, heard: Heard) -> None:
        draft.answered = draft.answered or heard.first
        draft.ended = heard.last
        self._authentication = wire.authentication_asked(message)
        match message:
            case pg.ParameterStatus(name, value):
                draft.rows.append((name, value))
                self._setting(message)
            case pg.NoticeResponse(fields):
                draft.notices.append(SqlNotice(fields))
            case pg.ErrorResponse(fields):
                draft.error = SqlNotice(fields)
                self._started(draft, "")
            case pg.ReadyForQuery():
                self._started(draft, "idle")

    def _started(self, draft: Draft, state: str) -> None:
        draft.state = state
        self._startup = None
        self.finished.append(draft.exchange(self.connection, self.name))

    def _answered(self, message: Message, heard: Heard) -> None:
        kind = type(message)
        if kind is pg.CopyBothResponse:
            self.successor = OpaqueCodec(self.connection, reason="a replication stream")
            return
        if kind is pg.ParameterStatus:
            self._setting(message)
        if not self._dialogue.answer(message, heard):
            return
        if self._probation:
            self._probation -= 1
            self._dialogue.prepared.close_portals()
            self._dialogue.prepared.statements.clear()
            for draft in self._dialogue.batch:
                draft.problem = draft.problem or boundary.JOINED
        if isinstance(message, pg.ReadyForQuery):
            self._transactions.settle(self._dialogue.batch, message.status)
        self._emit()

    def _setting(self, message: pg.ParameterStatus) -> None:
        if message.name == "client_encoding":
            self._dialogue.prepared.encoding = python_encoding(message.value)

    def _emit(self) -> None:
        """Finish what is done; a portal left suspended stays with its portal."""
        for draft in self._dialogue.batch:
            if draft.done:
                self.finished.append(draft.exchange(self.connection, self.name))
        self._dialogue.batch.clear()

    # -- loss

    def abandon(self, reason: str, at: int) -> None:
        drafts = [self._startup] if self._startup is not None else []
        for draft in (*drafts, *self._dialogue.abandon(reason)):
            draft.problem = draft.problem or reason
            self.finished.append(draft.exchange(self.connection, self.name))
        self._untyped = self._encryption_asked = False
        self._startup = None
        self._authentication = None
        self._transactions.forget()
        self._probation = 0

    def boundary(self, side: Side, data: bytes, quiet: int) -> int | None:
        """See `boundary` for what is certain enough."""
        if side is Side.CLIENT:
            if quiet < boundary.QUIET or not boundary.begins_batch(data):
                return None
            self._untyped = False
            self._transactions.forget()
            self._probation = boundary.PROBATION
            return 0
        queue = self._dialogue.queue
        if self._dialogue.broken or not queue or not boundary.may_answer(queue[0].message, data):
            self._dialogue.broken = (
                self._dialogue.broken or "no answer to the first question after the connection was joined"
            )
            return None
        return 0

    @property
    def under_way(self) -> int | None:
        times = [draft.started for draft in self._dialogue.batch]
        times += [asked.heard.first for asked in list(self._dialogue.queue)[:1]]
        times += [draft.started for draft in self._dialogue.prepared.unfinished()]
        if self._startup is not None:
            times.append(self._startup.started)
        return min(times, default=None)


def _startup_columns() -> tuple[Column, ...]:
    return Column("name", _TEXT), Column("setting", _TEXT)
