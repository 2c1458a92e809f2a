"""Framing, whole and byte by byte, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.codec import Side
from flowtape.capture.exchange import Column
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import wire
from flowtape.capture.stream import DecodeError, EndOfStream, Reading, Stream

TEXT = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"]), max_size=10)
CELLS = st.lists(st.none() | st.binary(max_size=10), max_size=5).map(tuple)
OIDS = st.integers(0, 2**32 - 1)
INT32 = st.integers(-(2**31), 2**31 - 1)
PAIRS = st.lists(st.tuples(st.sampled_from("SVCMDH"), TEXT), max_size=4).map(tuple)
COLUMNS = st.lists(
    st.builds(Column, TEXT, OIDS, INT32, st.integers(-2, 100), OIDS, st.integers(0, 1600)), max_size=4
).map(tuple)
CLIENT = st.one_of(
    st.builds(pg.Query, TEXT),
    st.builds(pg.Parse, TEXT, TEXT, st.lists(OIDS, max_size=3).map(tuple)),
    st.builds(pg.Bind, TEXT, TEXT, st.sampled_from([(), (0,), (1,)]), CELLS, st.sampled_from([(), (1,), (0, 1)])),
    st.builds(pg.Describe, st.sampled_from(["S", "P"]), TEXT),
    st.builds(pg.Execute, TEXT, st.integers(0, 2**31 - 1)),
    st.builds(pg.CopyData, st.binary(max_size=20)),
    st.builds(pg.FunctionCall, OIDS, st.just(()), CELLS, st.sampled_from([0, 1])),
    st.builds(pg.Unknown, st.just(b"?"), st.binary(max_size=10)),
)
SERVER = st.one_of(
    COLUMNS.map(lambda columns: pg.RowDescription(columns, (1,) * len(columns))),
    st.builds(pg.DataRow, CELLS),
    st.builds(pg.ErrorResponse, PAIRS),
    st.builds(pg.NotificationResponse, INT32, TEXT, TEXT),
    st.builds(pg.ParameterDescription, st.lists(OIDS, max_size=3).map(tuple)),
    st.builds(pg.FunctionCallResponse, st.none() | st.binary(max_size=10)),
    st.builds(pg.Unknown, st.just(b"?"), st.binary(max_size=10)),
)


def read(reading: Reading[Any], stream: Stream, data: bytes, size: int) -> Any:
    """What the reading gives, fed `size` bytes at a time."""
    for at in range(0, len(data), size):
        stream.feed(data[at : at + size])
        try:
            next(reading)
        except StopIteration as stop:
            assert at + size >= len(data), "it was read before its end"
            return stop.value
    raise AssertionError("it was not read")


@given(
    st.tuples(st.just(Side.CLIENT), CLIENT) | st.tuples(st.just(Side.SERVER), SERVER), st.sampled_from([1, 3, 10_000])
)
def test_what_is_written_is_read_however_it_is_split(said: tuple[Side, Any], size: int) -> None:
    side, message = said
    stream = Stream()
    assert read(wire.read(side, stream), stream, wire.serialize(message), size) == message


@given(side=st.sampled_from(Side), said=st.lists(st.one_of(CLIENT, SERVER), max_size=3), cut=st.binary(max_size=12))
def test_what_comes_whole_is_read_as_what_comes_in_parts(side: Side, said: list[Any], cut: bytes) -> None:
    data, at = b"".join(map(wire.serialize, said)) + cut, 0
    while (found := wire.whole(side, data, at)) is not None:
        stream = Stream()
        assert found[0] == read(wire.read(side, stream), stream, data[at : found[1]], 3)
        at = found[1]
    stream = Stream()
    stream.feed(data[at:])
    stream.end()
    with pytest.raises((DecodeError, EndOfStream)):
        list(wire.read(side, stream))


@given(st.sampled_from(list(Side)), st.integers(0, 255), st.binary(max_size=60))
def test_any_body_is_a_message_or_a_decode_error(side: Side, tag: int, body: bytes) -> None:
    try:
        message = wire.parse(side, tag, body)
    except DecodeError:
        return
    again = wire.serialize(message)
    assert wire.parse(side, again[0], again[5:]) == message or chr(tag) == "p"


@pytest.mark.parametrize("size", [1, 100])
def test_the_first_packet(size: int) -> None:
    stream = Stream()
    message = pg.StartupMessage((("user", "ü"), ("database", "d")))
    assert read(wire.read_first(stream), stream, wire.serialize(message), size) == message


@pytest.mark.parametrize(("data", "answer"), [(b"S", "S"), (b"N", "N"), (b"G", "G")])
def test_the_lone_byte(data: bytes, answer: str) -> None:
    stream = Stream()
    assert read(wire.read_encryption_reply(stream), stream, data, 1) == pg.EncryptionReply(answer)


def test_an_old_servers_error_in_place_of_the_lone_byte() -> None:
    stream = Stream()
    error = pg.ErrorResponse((("M", "no"),))
    assert read(wire.read_encryption_reply(stream), stream, wire.serialize(error), 100) == error


@pytest.mark.parametrize("data", [b"Q\x7f\xff\xff\xff", b"Q\x00\x00\x00\x03", b"Q\xff\xff\xff\xff"])
def test_lengths_that_cannot_be_are_refused_at_once(data: bytes) -> None:
    stream = Stream()
    stream.feed(data)
    with pytest.raises(DecodeError):
        next(wire.read(Side.CLIENT, stream))


@pytest.mark.parametrize("data", [b"\x00\x00\x00\x07", b"\x00\x01\x00\x00", b"\x7f\xff\xff\xff"])
def test_a_first_packet_of_another_size_is_refused(data: bytes) -> None:
    stream = Stream()
    stream.feed(data)
    with pytest.raises(DecodeError):
        next(wire.read_first(stream))


def test_another_lone_byte_is_refused() -> None:
    stream = Stream()
    stream.feed(b"X")
    with pytest.raises(DecodeError):
        next(wire.read_encryption_reply(stream))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (pg.AuthenticationCleartextPassword(), "password"), (pg.AuthenticationMD5Password(), "password"),
        (pg.AuthenticationGSS(), "gss"), (pg.AuthenticationSSPI(), "gss"), (pg.AuthenticationGSSContinue(), "gss"),
        (pg.AuthenticationSASL(("x",)), "sasl"), (pg.AuthenticationSASLContinue(), "sasl started"), (pg.AuthenticationOk(), None),
    ],
)  # fmt: skip
def test_what_the_server_asked_for(message: Any, kind: str | None) -> None:
    assert wire.authentication_asked(message) == kind


def test_what_is_no_message_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        wire.serialize("Query")
