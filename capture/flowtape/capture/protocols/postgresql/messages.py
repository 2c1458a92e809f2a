"""Every message of PostgreSQL's frontend/backend protocol, 3.0 and 3.2 (PostgreSQL documentation, chapter "Message Formats").

Strings are as UTF-8 with `surrogateescape`, so that text in any encoding is written again as it was read. Values of
parameters and rows are the bytes on the wire, None for NULL; formats are 0 for text and 1 for binary. OIDs are unsigned.

Secrets are never kept: what a reader makes of a password, a SASL or GSS token, or a cancel key holds nothing of it. A
writer writes what a message holds.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from flowtape.capture.exchange import Column

NO_SECRET = b"\x00\x00\x00\x00"
"""Stands where a cancel key was: as long as protocol 3.0 has it, so that the message stays well-formed."""

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Cells: TypeAlias = tuple[bytes | None, ...]
Formats: TypeAlias = tuple[int, ...]
"""None: all text; one: all alike; else one for each value."""


class Message(Struct, frozen=True):
    """One protocol data unit.

    Not a dataclass: there are fifty kinds, of which Python would compile six methods each whenever an answering server is
    imported, and thousands a second, which take a sixth of the time to make.
    """


# -- the client's first packet, which has no tag


class StartupMessage(Message, frozen=True):
    parameters: Pairs
    major: int = 3
    minor: int = 0


class SSLRequest(Message, frozen=True):
    pass


class GSSENCRequest(Message, frozen=True):
    pass


class CancelRequest(Message, frozen=True):
    process_id: int
    secret: bytes = NO_SECRET


class EncryptionReply(Message, frozen=True):
    """The server's lone byte after SSLRequest ("S" or "N") or GSSENCRequest ("G" or "N")."""

    answer: str

    @property
    def accepted(self) -> bool:
        return self.answer != "N"


# -- authentication


class AuthenticationOk(Message, frozen=True):
    pass


class AuthenticationCleartextPassword(Message, frozen=True):
    pass


class AuthenticationMD5Password(Message, frozen=True):
    salt: bytes = NO_SECRET


class AuthenticationGSS(Message, frozen=True):
    pass


class AuthenticationGSSContinue(Message, frozen=True):
    data: bytes = b""


class AuthenticationSSPI(Message, frozen=True):
    pass


class AuthenticationSASL(Message, frozen=True):
    mechanisms: tuple[str, ...]


class AuthenticationSASLContinue(Message, frozen=True):
    data: bytes = b""


class AuthenticationSASLFinal(Message, frozen=True):
    data: bytes = b""


class AuthenticationUnknown(Message, frozen=True):
    code: int


class PasswordMessage(Message, frozen=True):
    password: str = ""


class SASLInitialResponse(Message, frozen=True):
    mechanism: str
    data: bytes | None = None


class SASLResponse(Message, frozen=True):
    data: bytes = b""


class GSSResponse(Message, frozen=True):
    data: bytes = b""


class BackendKeyData(Message, frozen=True):
    process_id: int
    secret: bytes = NO_SECRET


class NegotiateProtocolVersion(Message, frozen=True):
    """`version` is the server's int32 as sent; `options` are the protocol options that it does not know."""

    version: int
    options: tuple[str, ...] = ()


# -- what the client asks


class Query(Message, frozen=True):
    text: str


class Parse(Message, frozen=True):
    """`types` are the parameters' type OIDs as far as the client states them, 0 where it leaves one open."""

    statement: str
    text: str
    types: tuple[int, ...] = ()


class Bind(Message, frozen=True):
    portal: str
    statement: str
    formats: Formats = ()
    parameters: Cells = ()
    result_formats: Formats = ()


class Describe(Message, frozen=True):
    """`kind` is "S" for a statement, "P" for a portal."""

    kind: Literal["S", "P"]
    name: str = ""


class Execute(Message, frozen=True):
    """`limit` is the most rows to return, 0 for all."""

    portal: str = ""
    limit: int = 0


class Close(Message, frozen=True):
    """`kind` is "S" for a statement, "P" for a portal."""

    kind: Literal["S", "P"]
    name: str = ""


class Flush(Message, frozen=True):
    pass


class Sync(Message, frozen=True):
    pass


class FunctionCall(Message, frozen=True):
    function: int
    formats: Formats = ()
    arguments: Cells = ()
    result_format: int = 0


class CopyFail(Message, frozen=True):
    reason: str


class Terminate(Message, frozen=True):
    pass


# -- what either side says


class CopyData(Message, frozen=True):
    data: bytes


class CopyDone(Message, frozen=True):
    pass


class Unknown(Message, frozen=True):
    """A message whose tag (one byte) no chapter names: framed, kept, not understood."""

    tag: bytes
    body: bytes


# -- what the server answers


class ParameterStatus(Message, frozen=True):
    name: str
    value: str


class ReadyForQuery(Message, frozen=True):
    """`status` is "I" outside a transaction, "T" inside one, "E" inside a failed one."""

    status: Literal["I", "T", "E"]


class RowDescription(Message, frozen=True):
    """`formats` are as many as `columns`."""

    columns: tuple[Column, ...]
    formats: Formats


class DataRow(Message, frozen=True):
    values: Cells


class CommandComplete(Message, frozen=True):
    tag: str


class EmptyQueryResponse(Message, frozen=True):
    pass


class ErrorResponse(Message, frozen=True):
    fields: Pairs


class NoticeResponse(Message, frozen=True):
    fields: Pairs


class NotificationResponse(Message, frozen=True):
    process_id: int
    channel: str
    payload: str


class ParseComplete(Message, frozen=True):
    pass


class BindComplete(Message, frozen=True):
    pass


class CloseComplete(Message, frozen=True):
    pass


class NoData(Message, frozen=True):
    pass


class PortalSuspended(Message, frozen=True):
    pass


class ParameterDescription(Message, frozen=True):
    types: tuple[int, ...]


class CopyInResponse(Message, frozen=True):
    """`format` is the whole copy's (0 text, 1 binary), `formats` the columns'."""

    format: int
    formats: Formats


class CopyOutResponse(Message, frozen=True):
    """`format` is the whole copy's (0 text, 1 binary), `formats` the columns'."""

    format: int
    formats: Formats


class CopyBothResponse(Message, frozen=True):
    """`format` is the whole copy's (0 text, 1 binary), `formats` the columns'."""

    format: int
    formats: Formats


class FunctionCallResponse(Message, frozen=True):
    value: bytes | None
