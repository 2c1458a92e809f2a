"""What was asked and what was answered, by meaning and not by bytes.

An *exchange* is one question and its answer on one connection. Questions and answers say what the two
parties meant (SQL text, typed parameters, rows), not how it travelled (portals, chunks, format codes), so that
replay can answer a client which asks the same thing another way.

Times are integer nanoseconds since the Unix epoch, UTC, as the tap saw them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header fields in their order, names as sent, values decoded as latin-1."""

Value: TypeAlias = str | bytes | None
"""One SQL value: PostgreSQL's text format; bytes where only the binary format of an unknown type was seen; NULL."""


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Connection:
    """Who spoke with whom.

    `id` is unique within a recording. `dependency` is the name that flowtape.yaml gives the server, None where the
    server is the service itself (its exchanges are entries). `name` is the host name the client asked for, where known.
    """

    id: str
    client: Address
    server: Address
    dependency: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`body` is free of transfer codings (chunks) but still has its content coding (gzip); `target` is as sent."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    version: str = "1.1"
    trailers: Headers = ()


@dataclass(frozen=True, slots=True)
class HttpResponse:
    status: int
    reason: str = ""
    headers: Headers = ()
    body: bytes = b""
    version: str = "1.1"
    trailers: Headers = ()


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """One SQL statement, however it was sent.

    `parameters` follow the placeholders' order; `parameter_types` are PostgreSQL type OIDs, 0 where nobody said.
    `describe` marks a statement that was prepared and described but not run. `copy_in` is what COPY FROM STDIN sent.
    """

    text: str
    parameters: tuple[Value, ...] = ()
    parameter_types: tuple[int, ...] = ()
    describe: bool = False
    copy_in: bytes | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result: PostgreSQL's RowDescription less the format code."""

    name: str
    type: int
    type_modifier: int = -1
    size: int = -1
    table: int = 0
    attribute: int = 0


@dataclass(frozen=True, slots=True)
class SqlNotice:
    """An error or a notice: its fields by PostgreSQL's one-letter codes (S, V, C, M, D, H, …), in their order."""

    fields: tuple[tuple[str, str], ...]

    def field(self, code: str) -> str:
        return next((value for key, value in self.fields if key == code), "")


@dataclass(frozen=True, slots=True)
class SqlResult:
    """What one statement gave.

    `columns` is None where the statement returns no rows at all (NoData). `tag` is the command tag ("INSERT 0 1"), ""
    where the statement failed or its portal was left suspended. `transaction` is the state after it: "idle", "active",
    "failed", or "" where it was not heard.
    """

    columns: tuple[Column, ...] | None = None
    rows: tuple[tuple[Value, ...], ...] = ()
    tag: str = ""
    error: SqlNotice | None = None
    notices: tuple[SqlNotice, ...] = ()
    copy_out: bytes | None = None
    suspended: bool = False
    transaction: str = ""


RespKind: TypeAlias = Literal[
    "simple", "error", "integer", "bulk", "array", "null",  # RESP2; a null bulk string or array is "null"
    "boolean", "double", "big number", "bulk error", "verbatim", "map", "set", "push", "attribute",  # RESP3
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resp:
    """One RESP value.

    `value` is str for simple, error, double, big number and bulk error; bytes for bulk and verbatim (with its "txt:"
    prefix); int for integer; bool for boolean; None for null; a tuple for array, set and push; and a flat tuple of
    alternating keys and values for map and attribute.
    """

    kind: RespKind
    value: bool | int | str | bytes | tuple[Resp, ...] | None = None


@dataclass(frozen=True, slots=True)
class RedisCommand:
    """A command with its arguments, the command's name first, as sent."""

    arguments: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class RedisReply:
    value: Resp


@dataclass(frozen=True, slots=True)
class OpaqueBytes:
    """What no codec reads: only how much of it there was, never the bytes."""

    length: int


Question: TypeAlias = HttpRequest | SqlStatement | RedisCommand | OpaqueBytes
Answer: TypeAlias = HttpResponse | SqlResult | RedisReply | OpaqueBytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer on one connection.

    `started`/`asked` are the times of the question's first and last byte, `answered`/`ended` those of the answer (0 where
    there is none). `transaction` names the SQL transaction or MULTI block it ran in, unique within a recording, "" outside
    of any, and `isolation` that transaction's mode where it is not the server's default ("serializable, read only"; see
    sql/isolation.py). `session` marks what a driver says to set a connection up, keep it or hand it back: replay serves it at any
    time and asserts it never. `incomplete` says in words why the exchange is not whole; "" when it is.
    """

    connection: Connection
    protocol: str
    question: Question
    answer: Answer | None
    started: int
    asked: int
    answered: int
    ended: int
    transaction: str = ""
    session: bool = False
    incomplete: str = ""
    isolation: str = ""
