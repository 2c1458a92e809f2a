"""The client's messages, byte by byte as the documentation has them."""

from __future__ import annotations

from typing import Any

import pytest

from flowtape.capture.codec import Side
from flowtape.capture.protocols.postgresql import frontend, wire
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.stream import DecodeError

WRITTEN: list[tuple[Any, bytes]] = [
    (pg.Query("SELECT 1"), b"Q\x00\x00\x00\x0dSELECT 1\x00"),
    (pg.Parse("s", "X", (23, 0)), b"P\x00\x00\x00\x12s\x00X\x00\x00\x02\x00\x00\x00\x17\x00\x00\x00\x00"),
    (
        pg.Bind("p", "s", (1,), (b"a", None), (0, 1)),
        b"B\x00\x00\x00\x1dp\x00s\x00\x00\x01\x00\x01\x00\x02\x00\x00\x00\x01a\xff\xff\xff\xff\x00\x02\x00\x00\x00\x01",
    ),
    (pg.Describe("P", "p"), b"D\x00\x00\x00\x07Pp\x00"),
    (pg.Execute("", 5), b"E\x00\x00\x00\x09\x00\x00\x00\x00\x05"),
    (pg.Close("S", "s"), b"C\x00\x00\x00\x07Ss\x00"),
    (pg.Flush(), b"H\x00\x00\x00\x04"),
    (pg.Sync(), b"S\x00\x00\x00\x04"),
    (pg.FunctionCall(7, (), (b"x",), 1), b"F\x00\x00\x00\x13\x00\x00\x00\x07\x00\x00\x00\x01\x00\x00\x00\x01x\x00\x01"),
    (pg.CopyData(b"1\t2"), b"d\x00\x00\x00\x071\t2"),
    (pg.CopyDone(), b"c\x00\x00\x00\x04"),
    (pg.CopyFail("no"), b"f\x00\x00\x00\x07no\x00"),
    (pg.Terminate(), b"X\x00\x00\x00\x04"),
]


@pytest.mark.parametrize(("message", "data"), WRITTEN, ids=lambda item: type(item).__name__)
def test_written_and_read(message: Any, data: bytes) -> None:
    assert wire.serialize(message) == data
    assert wire.parse(Side.CLIENT, data[0], data[5:]) == message


UNTAGGED: list[tuple[Any, bytes]] = [
    (pg.SSLRequest(), b"\x00\x00\x00\x08\x04\xd2\x16\x2f"),
    (pg.GSSENCRequest(), b"\x00\x00\x00\x08\x04\xd2\x16\x30"),
    (pg.CancelRequest(9), b"\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x00\x09\x00\x00\x00\x00"),
    (pg.StartupMessage((("user", "u"),)), b"\x00\x00\x00\x10\x00\x03\x00\x00user\x00u\x00\x00"),
    (pg.StartupMessage((("user", "u"),), 3, 2), b"\x00\x00\x00\x10\x00\x03\x00\x02user\x00u\x00\x00"),
]


@pytest.mark.parametrize(("message", "data"), UNTAGGED, ids=lambda item: type(item).__name__)
def test_first_packets(message: Any, data: bytes) -> None:
    assert wire.serialize(message) == data
    assert frontend.read_untagged(data[4:]) == message


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("password", b"hunter2\x00", pg.PasswordMessage()),
        (None, b"hunter2\x00", pg.PasswordMessage()),
        ("gss", b"hunter2", pg.GSSResponse()),
        ("sasl", b"SCRAM-SHA-256\x00\x00\x00\x00\x07hunter2", pg.SASLInitialResponse("SCRAM-SHA-256")),
        ("sasl started", b"c=biws,p=hunter2", pg.SASLResponse()),
    ],
)
def test_secrets_are_not_kept(kind: frontend.AuthenticationKind | None, body: bytes, message: Any) -> None:
    read = wire.parse(Side.CLIENT, ord("p"), body, kind)
    assert read == message
    assert "hunter2" not in repr(read)


def test_a_cancel_key_is_not_kept() -> None:
    read = frontend.read_untagged(b"\x04\xd2\x16\x2e\x00\x00\x00\x09" + b"K" * 200)
    assert read == pg.CancelRequest(9)


def test_other_protocol_versions_are_refused() -> None:
    with pytest.raises(DecodeError, match=r"protocol 2\.0"):
        frontend.read_untagged(b"\x00\x02\x00\x00\x00")


@pytest.mark.parametrize("body", [b"Xp\x00", b"S", b"", b"Sx\x00y"])
def test_a_description_of_neither_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError):
        wire.parse(Side.CLIENT, ord("D"), body)


def test_formats_must_fit_the_parameters() -> None:
    bind = wire.serialize(pg.Bind("", "", (0, 1), (b"a", b"b", b"c")))
    with pytest.raises(DecodeError, match="2 formats for 3 parameters"):
        wire.parse(Side.CLIENT, ord("B"), bind[5:])
