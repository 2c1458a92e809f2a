"""What a server says: each message's reader beside its writer (PostgreSQL documentation, "Message Formats")."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from flowtape.capture.exchange import Column
from flowtape.capture.protocols.postgresql import fields
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.fields import Fields
from flowtape.capture.stream import DecodeError

_COLUMN = struct.Struct(">IhIhih")
"""Table, attribute, type, size, type modifier, format."""


def _authentication(body: Fields) -> Any:
    code = body.uint32()
    match code:
        case 10:
            mechanisms = []
            while name := body.text():
                mechanisms.append(name)
            return pg.AuthenticationSASL(tuple(mechanisms))
        case 0:
            return pg.AuthenticationOk()
        case 3:
            return pg.AuthenticationCleartextPassword()
        case 7:
            return pg.AuthenticationGSS()
        case 9:
            return pg.AuthenticationSSPI()
    body.rest()  # salts, nonces and tokens: what an attack on a password starts from is never kept
    readers: dict[int, Any] = {
        5: pg.AuthenticationMD5Password(),
        8: pg.AuthenticationGSSContinue(),
        11: pg.AuthenticationSASLContinue(),
        12: pg.AuthenticationSASLFinal(),
    }
    return readers.get(code, pg.AuthenticationUnknown(code))


def _key_data(body: Fields) -> pg.BackendKeyData:
    process = body.int32()
    body.rest()  # the key to a running session: never kept
    return pg.BackendKeyData(process)


def _ready(body: Fields) -> pg.ReadyForQuery:
    status = chr(body.byte())
    match status:
        case "I" | "T" | "E":
            return pg.ReadyForQuery(status)
    raise DecodeError(f"ReadyForQuery: a status of {status!r}")


def _row_description(body: Fields) -> pg.RowDescription:
    columns, formats = [], []
    for _ in range(body.count(19)):
        name = body.text()
        table, attribute, type_, size, modifier, code = _COLUMN.unpack(body.take(_COLUMN.size))
        if code not in (0, 1):
            raise DecodeError(f"RowDescription: a format code of {code}")
        columns.append(Column(name, type_, modifier, size, table, attribute))
        formats.append(code)
    return pg.RowDescription(tuple(columns), tuple(formats))


def _fields(body: Fields) -> pg.Pairs:
    found = []
    while code := body.byte():
        found.append((chr(code), body.text()))
    return tuple(found)


def _copy(make: Callable[[int, tuple[int, ...]], Any]) -> Callable[[Fields], Any]:
    return lambda body: make(body.byte(), body.formats())


def _negotiate(body: Fields) -> pg.NegotiateProtocolVersion:
    version = body.int32()
    count = body.fits(body.int32(), 1)
    return pg.NegotiateProtocolVersion(version, tuple(body.text() for _ in range(count)))


def _function_result(body: Fields) -> pg.FunctionCallResponse:
    size = body.int32()
    return pg.FunctionCallResponse(None if size == -1 else body.take(size))


READERS: dict[int, tuple[str, Callable[[Fields], Any]]] = {
    ord("R"): ("Authentication", _authentication),
    ord("S"): ("ParameterStatus", lambda body: pg.ParameterStatus(body.text(), body.text())),
    ord("K"): ("BackendKeyData", _key_data),
    ord("Z"): ("ReadyForQuery", _ready),
    ord("T"): ("RowDescription", _row_description),
    ord("D"): ("DataRow", lambda body: pg.DataRow(body.cells())),
    ord("C"): ("CommandComplete", lambda body: pg.CommandComplete(body.text())),
    ord("I"): ("EmptyQueryResponse", lambda _: pg.EmptyQueryResponse()),
    ord("E"): ("ErrorResponse", lambda body: pg.ErrorResponse(_fields(body))),
    ord("N"): ("NoticeResponse", lambda body: pg.NoticeResponse(_fields(body))),
    ord("A"): ("NotificationResponse", lambda body: pg.NotificationResponse(body.int32(), body.text(), body.text())),
    ord("1"): ("ParseComplete", lambda _: pg.ParseComplete()),
    ord("2"): ("BindComplete", lambda _: pg.BindComplete()),
    ord("3"): ("CloseComplete", lambda _: pg.CloseComplete()),
    ord("n"): ("NoData", lambda _: pg.NoData()),
    ord("t"): ("ParameterDescription", lambda body: pg.ParameterDescription(body.uint32s(body.count(4)))),
    ord("s"): ("PortalSuspended", lambda _: pg.PortalSuspended()),
    ord("G"): ("CopyInResponse", _copy(pg.CopyInResponse)),
    ord("H"): ("CopyOutResponse", _copy(pg.CopyOutResponse)),
    ord("W"): ("CopyBothResponse", _copy(pg.CopyBothResponse)),
    ord("d"): ("CopyData", lambda body: pg.CopyData(body.rest())),
    ord("c"): ("CopyDone", lambda _: pg.CopyDone()),
    ord("V"): ("FunctionCallResponse", _function_result),
    ord("v"): ("NegotiateProtocolVersion", _negotiate),
}


def _write_row_description(message: pg.RowDescription) -> bytes:
    parts = [len(message.columns).to_bytes(2)]
    for column, code in zip(message.columns, message.formats, strict=True):
        parts.append(fields.text(column.name))
        parts.append(_COLUMN.pack(column.table, column.attribute, column.type, column.size, column.type_modifier, code))
    return b"".join(parts)


def _write_fields(message: pg.ErrorResponse | pg.NoticeResponse) -> bytes:
    return b"".join(code.encode("latin-1") + fields.text(value) for code, value in message.fields) + b"\x00"


def _write_copy(message: pg.CopyInResponse | pg.CopyOutResponse | pg.CopyBothResponse) -> bytes:
    return bytes((message.format,)) + fields.int16s(message.formats)


def _write_notification(message: pg.NotificationResponse) -> bytes:
    return message.process_id.to_bytes(4, signed=True) + fields.text(message.channel) + fields.text(message.payload)


def _write_negotiate(message: pg.NegotiateProtocolVersion) -> bytes:
    head = struct.pack(">ii", message.version, len(message.options))
    return head + b"".join(map(fields.text, message.options))


def _code(code: int) -> Callable[[Any], bytes]:
    return lambda message: code.to_bytes(4) + getattr(message, "data", b"")


def _nothing(_: Any) -> bytes:
    return b""


WRITERS: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    pg.AuthenticationOk: (b"R", _code(0)),
    pg.AuthenticationCleartextPassword: (b"R", _code(3)),
    pg.AuthenticationMD5Password: (b"R", lambda m: (5).to_bytes(4) + m.salt),
    pg.AuthenticationGSS: (b"R", _code(7)),
    pg.AuthenticationGSSContinue: (b"R", _code(8)),
    pg.AuthenticationSSPI: (b"R", _code(9)),
    pg.AuthenticationSASL: (b"R", lambda m: (10).to_bytes(4) + b"".join(map(fields.text, m.mechanisms)) + b"\x00"),
    pg.AuthenticationSASLContinue: (b"R", _code(11)),
    pg.AuthenticationSASLFinal: (b"R", _code(12)),
    pg.AuthenticationUnknown: (b"R", lambda m: m.code.to_bytes(4)),
    pg.ParameterStatus: (b"S", lambda m: fields.text(m.name) + fields.text(m.value)),
    pg.BackendKeyData: (b"K", lambda m: m.process_id.to_bytes(4, signed=True) + m.secret),
    pg.ReadyForQuery: (b"Z", lambda m: m.status.encode()),
    pg.RowDescription: (b"T", _write_row_description),
    pg.DataRow: (b"D", lambda m: fields.cells(m.values)),
    pg.CommandComplete: (b"C", lambda m: fields.text(m.tag)),
    pg.EmptyQueryResponse: (b"I", _nothing),
    pg.ErrorResponse: (b"E", _write_fields),
    pg.NoticeResponse: (b"N", _write_fields),
    pg.NotificationResponse: (b"A", _write_notification),
    pg.ParseComplete: (b"1", _nothing),
    pg.BindComplete: (b"2", _nothing),
    pg.CloseComplete: (b"3", _nothing),
    pg.NoData: (b"n", _nothing),
    pg.ParameterDescription: (b"t", lambda m: fields.uint32s(m.types)),
    pg.PortalSuspended: (b"s", _nothing),
    pg.CopyInResponse: (b"G", _write_copy),
    pg.CopyOutResponse: (b"H", _write_copy),
    pg.CopyBothResponse: (b"W", _write_copy),
    pg.CopyData: (b"d", lambda m: m.data),
    pg.CopyDone: (b"c", _nothing),
    pg.FunctionCallResponse: (b"V", lambda m: fields.cell(m.value)),
    pg.NegotiateProtocolVersion: (b"v", _write_negotiate),
}
