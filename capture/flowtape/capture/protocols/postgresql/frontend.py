"""What a client says: each message's reader beside its writer (PostgreSQL documentation, "Message Formats")."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from flowtape.capture.protocols.postgresql import fields
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.fields import Fields
from flowtape.capture.stream import DecodeError

CANCEL = 80877102
SSL = 80877103
GSSENC = 80877104
PROTOCOL_MAJOR = 3

AuthenticationKind: TypeAlias = Literal["password", "gss", "sasl", "sasl started"]
"""What the server asked for last: it alone tells the four messages with the tag "p" apart."""


def read_untagged(body: bytes) -> Any:
    """The client's first packet, less its length."""
    fields_ = Fields(body, "the first packet")
    code = fields_.uint32()
    if code == CANCEL:
        process = fields_.int32()
        fields_.rest()  # the key to a running session: never kept
        return pg.CancelRequest(process)
    if code in (SSL, GSSENC):
        fields_.done()
        return pg.SSLRequest() if code == SSL else pg.GSSENCRequest()
    return _read_startup(fields_, code)


def _read_startup(body: Fields, code: int) -> pg.StartupMessage:
    if code >> 16 != PROTOCOL_MAJOR:
        raise DecodeError(f"protocol {code >> 16}.{code & 0xFFFF}, where 3.x is read")
    parameters = []
    while name := body.text():
        parameters.append((name, body.text()))
    body.done()
    return pg.StartupMessage(tuple(parameters), code >> 16, code & 0xFFFF)


def write_untagged(message: Any) -> bytes:
    match message:
        case pg.StartupMessage():
            body = struct.pack(">HH", message.major, message.minor) + fields.pairs(message.parameters) + b"\x00"
        case pg.SSLRequest():
            body = SSL.to_bytes(4)
        case pg.GSSENCRequest():
            body = GSSENC.to_bytes(4)
        case pg.CancelRequest():
            body = struct.pack(">Ii", CANCEL, message.process_id) + message.secret
        case _:
            raise TypeError(f"not a first packet: {message!r}")
    return (len(body) + 4).to_bytes(4) + body


def read_secret(body: Fields, kind: AuthenticationKind | None) -> Any:
    """A message with the tag "p", less what it reveals."""
    if kind == "sasl":
        mechanism = body.text()
        body.rest()
        return pg.SASLInitialResponse(mechanism)
    body.rest()
    if kind == "sasl started":
        return pg.SASLResponse()
    return pg.GSSResponse() if kind == "gss" else pg.PasswordMessage()


def _query(body: Fields) -> pg.Query:
    return pg.Query(body.text())


def _parse(body: Fields) -> pg.Parse:
    return pg.Parse(body.text(), body.text(), body.uint32s(body.count(4)))


def _bind(body: Fields) -> pg.Bind:
    message = pg.Bind(body.text(), body.text(), body.formats(), body.cells(), body.formats())
    if len(message.formats) not in (0, 1, len(message.parameters)):
        raise DecodeError(f"Bind: {len(message.formats)} formats for {len(message.parameters)} parameters")
    return message


def _kind(body: Fields) -> Literal["S", "P"]:
    match body.byte():
        case 0x53:
            return "S"
        case 0x50:
            return "P"
        case other:
            raise DecodeError(f"{body.name}: neither statement nor portal but {other:#04x}")


def _describe(body: Fields) -> pg.Describe:
    return pg.Describe(_kind(body), body.text())


def _close(body: Fields) -> pg.Close:
    return pg.Close(_kind(body), body.text())


def _execute(body: Fields) -> pg.Execute:
    return pg.Execute(body.text(), body.int32())


def _function_call(body: Fields) -> pg.FunctionCall:
    return pg.FunctionCall(body.uint32(), body.formats(), body.cells(), body.int16())


READERS: dict[int, tuple[str, Callable[[Fields], Any]]] = {
    ord("Q"): ("Query", _query),
    ord("P"): ("Parse", _parse),
    ord("B"): ("Bind", _bind),
    ord("D"): ("Describe", _describe),
    ord("E"): ("Execute", _execute),
    ord("C"): ("Close", _close),
    ord("H"): ("Flush", lambda _: pg.Flush()),
    ord("S"): ("Sync", lambda _: pg.Sync()),
    ord("F"): ("FunctionCall", _function_call),
    ord("d"): ("CopyData", lambda body: pg.CopyData(body.rest())),
    ord("c"): ("CopyDone", lambda _: pg.CopyDone()),
    ord("f"): ("CopyFail", lambda body: pg.CopyFail(body.text())),
    ord("X"): ("Terminate", lambda _: pg.Terminate()),
}


def _write_bind(message: pg.Bind) -> bytes:
    return b"".join(
        (
            fields.text(message.portal),
            fields.text(message.statement),
            fields.int16s(message.formats),
            fields.cells(message.parameters),
            fields.int16s(message.result_formats),
        )
    )


def _write_initial_response(message: pg.SASLInitialResponse) -> bytes:
    return fields.text(message.mechanism) + fields.cell(message.data)


def _write_function_call(message: pg.FunctionCall) -> bytes:
    values = fields.int16s(message.formats) + fields.cells(message.arguments)
    return message.function.to_bytes(4) + values + message.result_format.to_bytes(2)


WRITERS: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    pg.Query: (b"Q", lambda m: fields.text(m.text)),
    pg.Parse: (b"P", lambda m: fields.text(m.statement) + fields.text(m.text) + fields.uint32s(m.types)),
    pg.Bind: (b"B", _write_bind),
    pg.Describe: (b"D", lambda m: m.kind.encode() + fields.text(m.name)),
    pg.Execute: (b"E", lambda m: fields.text(m.portal) + m.limit.to_bytes(4, signed=True)),
    pg.Close: (b"C", lambda m: m.kind.encode() + fields.text(m.name)),
    pg.Flush: (b"H", lambda _: b""),
    pg.Sync: (b"S", lambda _: b""),
    pg.FunctionCall: (b"F", _write_function_call),
    pg.CopyFail: (b"f", lambda m: fields.text(m.reason)),
    pg.Terminate: (b"X", lambda _: b""),
    pg.PasswordMessage: (b"p", lambda m: fields.text(m.password)),
    pg.SASLInitialResponse: (b"p", _write_initial_response),
    pg.SASLResponse: (b"p", lambda m: m.data),
    pg.GSSResponse: (b"p", lambda m: m.data),
}
