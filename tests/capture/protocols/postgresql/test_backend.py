"""The server's messages, byte by byte as the documentation has them."""

from __future__ import annotations

from typing import Any

import pytest

from flowtape.capture.codec import Side
from flowtape.capture.exchange import Column
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import wire
from flowtape.capture.stream import DecodeError

WRITTEN: list[tuple[Any, bytes]] = [
    (pg.AuthenticationOk(), b"R\x00\x00\x00\x08\x00\x00\x00\x00"),
    (pg.AuthenticationCleartextPassword(), b"R\x00\x00\x00\x08\x00\x00\x00\x03"),
    (pg.AuthenticationMD5Password(), b"R\x00\x00\x00\x0c\x00\x00\x00\x05\x00\x00\x00\x00"),
    (pg.AuthenticationGSS(), b"R\x00\x00\x00\x08\x00\x00\x00\x07"),
    (pg.AuthenticationGSSContinue(), b"R\x00\x00\x00\x08\x00\x00\x00\x08"),
    (pg.AuthenticationSSPI(), b"R\x00\x00\x00\x08\x00\x00\x00\x09"),
    (pg.AuthenticationSASL(("A", "B")), b"R\x00\x00\x00\x0d\x00\x00\x00\x0aA\x00B\x00\x00"),
    (pg.AuthenticationSASLContinue(), b"R\x00\x00\x00\x08\x00\x00\x00\x0b"),
    (pg.AuthenticationSASLFinal(), b"R\x00\x00\x00\x08\x00\x00\x00\x0c"),
    (pg.AuthenticationUnknown(99), b"R\x00\x00\x00\x08\x00\x00\x00\x63"),
    (pg.ParameterStatus("a", "b"), b"S\x00\x00\x00\x08a\x00b\x00"),
    (pg.BackendKeyData(7), b"K\x00\x00\x00\x0c\x00\x00\x00\x07\x00\x00\x00\x00"),
    (pg.ReadyForQuery("T"), b"Z\x00\x00\x00\x05T"),
    (
        pg.RowDescription((Column("a", 4294967295, -1, -1, 16384, 1),), (1,)),
        b"T\x00\x00\x00\x1a\x00\x01a\x00\x00\x00\x40\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x01",
    ),
    (pg.DataRow((b"a", None, b"")), b"D\x00\x00\x00\x13\x00\x03\x00\x00\x00\x01a\xff\xff\xff\xff\x00\x00\x00\x00"),
    (pg.CommandComplete("SELECT 1"), b"C\x00\x00\x00\x0dSELECT 1\x00"),
    (pg.EmptyQueryResponse(), b"I\x00\x00\x00\x04"),
    (pg.ErrorResponse((("S", "ERROR"), ("C", "42P01"))), b"E\x00\x00\x00\x13SERROR\x00C42P01\x00\x00"),
    (pg.NoticeResponse((("M", "hi"),)), b"N\x00\x00\x00\x09Mhi\x00\x00"),
    (pg.NotificationResponse(-1, "c", "p"), b"A\x00\x00\x00\x0c\xff\xff\xff\xffc\x00p\x00"),
    (pg.ParseComplete(), b"1\x00\x00\x00\x04"),
    (pg.BindComplete(), b"2\x00\x00\x00\x04"),
    (pg.CloseComplete(), b"3\x00\x00\x00\x04"),
    (pg.NoData(), b"n\x00\x00\x00\x04"),
    (pg.ParameterDescription((23,)), b"t\x00\x00\x00\x0a\x00\x01\x00\x00\x00\x17"),
    (pg.PortalSuspended(), b"s\x00\x00\x00\x04"),
    (pg.CopyInResponse(0, (0, 0)), b"G\x00\x00\x00\x0b\x00\x00\x02\x00\x00\x00\x00"),
    (pg.CopyOutResponse(1, (1,)), b"H\x00\x00\x00\x09\x01\x00\x01\x00\x01"),
    (pg.CopyBothResponse(0, ()), b"W\x00\x00\x00\x07\x00\x00\x00"),
    (pg.CopyData(b"x"), b"d\x00\x00\x00\x05x"),
    (pg.CopyDone(), b"c\x00\x00\x00\x04"),
    (pg.FunctionCallResponse(b"x"), b"V\x00\x00\x00\x09\x00\x00\x00\x01x"),
    (pg.FunctionCallResponse(None), b"V\x00\x00\x00\x08\xff\xff\xff\xff"),
    (pg.NegotiateProtocolVersion(196608, ("_pq_.x",)), b"v\x00\x00\x00\x13\x00\x03\x00\x00\x00\x00\x00\x01_pq_.x\x00"),
]


@pytest.mark.parametrize(("message", "data"), WRITTEN, ids=lambda item: type(item).__name__)
def test_written_and_read(message: Any, data: bytes) -> None:
    assert wire.serialize(message) == data
    assert wire.parse(Side.SERVER, data[0], data[5:]) == message


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        (b"R", b"\x00\x00\x00\x05salt"),
        (b"R", b"\x00\x00\x00\x0br=salt,s=salt,i=4096"),
        (b"R", b"\x00\x00\x00\x0cv=salt"),
        (b"R", b"\x00\x00\x00\x08salt"),
        (b"K", b"\x00\x00\x00\x07saltsaltsaltsalt"),
    ],
)
def test_secrets_are_not_kept(tag: bytes, body: bytes) -> None:
    assert "salt" not in repr(wire.parse(Side.SERVER, tag[0], body)).replace("salt=", "")


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        (b"Z", b"X"), (b"Z", b""), (b"Z", b"II"), (b"T", b"\xff\xff"), (b"T", b"\x00\x01a\x00" + b"\x00" * 16 + b"\x00\x02"),
        (b"D", b"\x7f\xff"), (b"E", b"Sx\x00"), (b"E", b"S"), (b"V", b"\x7f\xff\xff\xff"), (b"v", b"\x00\x03\x00\x00\x7f\xff\xff\xff"),
        (b"R", b"\x00\x00\x00\x00x"), (b"R", b"\x00\x00\x00\x0aA"), (b"t", b"\x00\x02\x00\x00\x00\x17"), (b"1", b"x"),
    ],
)  # fmt: skip
def test_bodies_that_break_their_promise_are_refused(tag: bytes, body: bytes) -> None:
    with pytest.raises(DecodeError):
        wire.parse(Side.SERVER, tag[0], body)
