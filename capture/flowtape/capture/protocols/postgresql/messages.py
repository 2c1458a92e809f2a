"""Every message of PostgreSQL's frontend/backend protocol, 3.0 and 3.2 (PostgreSQL documentation, chapter "Message Formats").

Strings are as UTF-8 with `surrogateescape`, so that text in any encoding is written again as it was read. Values of
parameters and rows are the bytes on the wire, None for NULL; formats are 0 for text and 1 for binary. OIDs are unsigned.

Secrets are never kept: what a reader makes of a password, a SASL or GSS token, or a cancel key holds nothing of it. A
writer writes what a message holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from flowtape.capture.exchange import Column

NO_SECRET = b"\x00\x00\x00\x00"
"""Stands where a cancel key was: as long as protocol 3.0 has it, so that the message stays well-formed."""

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Cells: TypeAlias = tuple[bytes | None, ...]
Formats: TypeAlias = tuple[int, ...]
"""None: all text; one: all alike; else one for each value."""


# -- the client's first packet, which has no tag


@dataclass(frozen=True, slots=True)
class StartupMessage:
    parameters: Pairs
    major: int = 3
    minor: int = 0


@dataclass(frozen=True, slots=True)
class SSLRequest:
    pass


@dataclass(frozen=True, slots=True)
class GSSENCRequest:
    pass


@dataclass(frozen=True, slots=True)
class CancelRequest:
    process_id: int
    secret: bytes = NO_SECRET


@dataclass(frozen=True, slots=True)
class EncryptionReply:
    """The server's lone byte after SSLRequest ("S" or "N") or GSSENCRequest ("G" or "N")."""

    answer: str

    @property
    def accepted(self) -> bool:
        return self.answer != "N"


# -- authentication


@dataclass(frozen=True, slots=True)
class AuthenticationOk:
    pass


@dataclass(frozen=True, slots=True)
class AuthenticationCleartextPassword:
    pass


@dataclass(frozen=True, slots=True)
class AuthenticationMD5Password:
    salt: bytes = NO_SECRET


@dataclass(frozen=True, slots=True)
class AuthenticationGSS:
    pass


@dataclass(frozen=True, slots=True)
class AuthenticationGSSContinue:
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class AuthenticationSSPI:
    pass


@dataclass(frozen=True, slots=True)
class AuthenticationSASL:
    mechanisms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthenticationSASLContinue:
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class AuthenticationSASLFinal:
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class AuthenticationUnknown:
    code: int


@dataclass(frozen=True, slots=True)
class PasswordMessage:
    password: str = ""


@dataclass(frozen=True, slots=True)
class SASLInitialResponse:
    mechanism: str
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class SASLResponse:
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class GSSResponse:
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class BackendKeyData:
    process_id: int
    secret: bytes = NO_SECRET


@dataclass(frozen=True, slots=True)
class NegotiateProtocolVersion:
    """`version` is the server's int32 as sent; `options` are the protocol options that it does not know."""

    version: int
    options: tuple[str, ...] = ()


# -- what the client asks


@dataclass(frozen=True, slots=True)
class Query:
    text: str


@dataclass(frozen=True, slots=True)
class Parse:
    """`types` are the parameters' type OIDs as far as the client states them, 0 where it leaves one open."""

    statement: str
    text: str
    types: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bind:
    portal: str
    statement: str
    formats: Formats = ()
    parameters: Cells = ()
    result_formats: Formats = ()


@dataclass(frozen=True, slots=True)
class Describe:
    """`kind` is "S" for a statement, "P" for a portal."""

    kind: Literal["S", "P"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Execute:
    """`limit` is the most rows to return, 0 for all."""

    portal: str = ""
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Close:
    """`kind` is "S" for a statement, "P" for a portal."""

    kind: Literal["S", "P"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Flush:
    pass


@dataclass(frozen=True, slots=True)
class Sync:
    pass


@dataclass(frozen=True, slots=True)
class FunctionCall:
    function: int
    formats: Formats = ()
    arguments: Cells = ()
    result_format: int = 0


@dataclass(frozen=True, slots=True)
class CopyFail:
    reason: str


@dataclass(frozen=True, slots=True)
class Terminate:
    pass


# -- what either side says


@dataclass(frozen=True, slots=True)
class CopyData:
    data: bytes


@dataclass(frozen=True, slots=True)
class CopyDone:
    pass


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message whose tag (one byte) no chapter names: framed, kept, not understood."""

    tag: bytes
    body: bytes


# -- what the server answers


@dataclass(frozen=True, slots=True)
class ParameterStatus:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ReadyForQuery:
    """`status` is "I" outside a transaction, "T" inside one, "E" inside a failed one."""

    status: Literal["I", "T", "E"]


@dataclass(frozen=True, slots=True)
class RowDescription:
    """`formats` are as many as `columns`."""

    columns: tuple[Column, ...]
    formats: Formats


@dataclass(frozen=True, slots=True)
class DataRow:
    values: Cells


@dataclass(frozen=True, slots=True)
class CommandComplete:
    tag: str


@dataclass(frozen=True, slots=True)
class EmptyQueryResponse:
    pass


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    fields: Pairs


@dataclass(frozen=True, slots=True)
class NoticeResponse:
    fields: Pairs


@dataclass(frozen=True, slots=True)
class NotificationResponse:
    process_id: int
    channel: str
    payload: str


@dataclass(frozen=True, slots=True)
class ParseComplete:
    pass


@dataclass(frozen=True, slots=True)
class BindComplete:
    pass


@dataclass(frozen=True, slots=True)
class CloseComplete:
    pass


@dataclass(frozen=True, slots=True)
class NoData:
    pass


@dataclass(frozen=True, slots=True)
class PortalSuspended:
    pass


@dataclass(frozen=True, slots=True)
class ParameterDescription:
    types: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CopyInResponse:
    """`format` is the whole copy's (0 text, 1 binary), `formats` the columns'."""

    format: int
    formats: Formats


@dataclass(frozen=True, slots=True)
class CopyOutResponse:
    """`format` is the whole copy's (0 text, 1 binary), `formats` the columns'."""

    format: int
    formats: Formats


@dataclass(frozen=True, slots=True)
class CopyBothResponse:
    """`format` is the whole copy's (0 text, 1 binary), `formats` the columns'."""

    format: int
    formats: Formats


@dataclass(frozen=True, slots=True)
class FunctionCallResponse:
    value: bytes | None
