"""RESP values and commands: read at any split, written again, and bounded."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import RedisCommand, Resp
from flowtape.capture.protocols import resp
from flowtape.capture.protocols.resp import ValueReader, read_command, write_command, write_value
from flowtape.capture.stream import DecodeError, EndOfStream, Stream


def _run(reading: Generator[None, None, Any]) -> Any:
    try:
        while True:
            next(reading)
    except StopIteration as stop:
        return stop.value


def _value(data: bytes) -> Resp:
    stream = Stream()
    stream.feed(data)
    stream.end()
    value = _run(ValueReader(stream).read())
    assert len(stream) == 0
    assert isinstance(value, Resp)
    return value


def _command(data: bytes) -> RedisCommand:
    stream = Stream()
    stream.feed(data)
    stream.end()
    command = _run(read_command(stream))
    assert isinstance(command, RedisCommand)
    return command


INTEGER = Resp("integer", 1)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"+OK\r\n", Resp("simple", "OK")),
        (b"+\xc3\xa9 \r \n\r\n", Resp("simple", "é \r \n")),
        (b"+\xe9\r\n", Resp("simple", "é")),
        (b"-ERR no\r\n", Resp("error", "ERR no")),
        (b":-42\r\n", Resp("integer", -42)),
        (b":+42\r\n", Resp("integer", 42)),
        (b"$0\r\n\r\n", Resp("bulk", b"")),
        (b"$4\r\n\r\n\x00\xff\r\n", Resp("bulk", b"\r\n\x00\xff")),
        (b"$-1\r\n", Resp("null")),
        (b"*-1\r\n", Resp("null")),
        (b"_\r\n", Resp("null")),
        (b"*0\r\n", Resp("array", ())),
        (b"*2\r\n:1\r\n*1\r\n$-1\r\n", Resp("array", (INTEGER, Resp("array", (Resp("null"),))))),
        (b"#t\r\n", Resp("boolean", True)),
        (b"#f\r\n", Resp("boolean", False)),
        (b",1.5e-3\r\n", Resp("double", "1.5e-3")),
        (b",-inf\r\n", Resp("double", "-inf")),
        (b",nan\r\n", Resp("double", "nan")),
        (b"(-123456789012345678901234567890\r\n", Resp("big number", "-123456789012345678901234567890")),
        (b"!5\r\nE \r\nx\r\n", Resp("bulk error", "E \r\nx")),
        (b"=7\r\ntxt:abc\r\n", Resp("verbatim", b"txt:abc")),
        (b"%1\r\n+a\r\n:1\r\n", Resp("map", (Resp("simple", "a"), INTEGER))),
        (b"~1\r\n:1\r\n", Resp("set", (INTEGER,))),
        (b">1\r\n:1\r\n", Resp("push", (INTEGER,))),
        (b"|1\r\n+a\r\n:1\r\n", Resp("attribute", (Resp("simple", "a"), INTEGER))),
        (b"*1\r\n|1\r\n+a\r\n*1\r\n:2\r\n:1\r\n", Resp("array", (INTEGER,))),
        (b"$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n", Resp("bulk", b"abc")),
        (b"*?\r\n:1\r\n*?\r\n.\r\n.\r\n", Resp("array", (INTEGER, Resp("array", ())))),
        (b"%?\r\n+a\r\n:1\r\n.\r\n", Resp("map", (Resp("simple", "a"), INTEGER))),
    ],
)
def test_values(data: bytes, value: Resp) -> None:
    assert _value(data) == value
    assert _value(write_value(value, resp3=True)) == value
    for size in range(len(data)):
        with pytest.raises(EndOfStream):
            _value(data[:size])


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n", b"x\r\n", b"OK\r\n", b":\r\n", b":1 \r\n", b":1_0\r\n", b":" + b"9" * 21 + b"\r\n", b"$x\r\n", b"$-2\r\n",
        b"$+1\r\n", b"$1\r\nab\r\n", b"*-2\r\n", b"*1.0\r\n", b"#x\r\n", b"_x\r\n", b",\r\n", b",1.2.3\r\n", b",0x1\r\n",
        b"(1.0\r\n", b".\r\n", b"*1\r\n.\r\n", b"%?\r\n:1\r\n.\r\n", b"$?\r\n:1\r\n", b"$2147483647\r\n", b"*2147483647\r\n",
        b"%2147483647\r\n", b"$99999999999999999999\r\n", b"*1\r\n" * 40 + b":1\r\n", b"+" + b"x" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        _value(data)


@pytest.mark.parametrize("data", [b"*1048576\r\n" * 2 + b":1\r\n" * 10, b"*?\r\n" + b":1\r\n" * 30])
def test_elements_are_counted_over_all_depths(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resp, "ELEMENTS_LIMIT", 20)
    with pytest.raises(DecodeError):
        _value(b"*?\r\n" + b"*1\r\n:1\r\n" * 20)
    with pytest.raises(DecodeError):
        _value(data)


def test_bytes_are_counted_over_all_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resp, "MAX_MESSAGE", 100)
    with pytest.raises(DecodeError, match="longer than 100 bytes"):
        _value(b"*?\r\n" + b"$10\r\n0123456789\r\n" * 10)
    with pytest.raises(DecodeError):
        _command(b"*20\r\n" + b"$10\r\n0123456789\r\n" * 20)


VALUES = st.recursive(
    st.one_of(
        st.builds(lambda text: Resp("simple", text), st.text(st.characters(exclude_characters="\r", codec="utf-8"))),
        st.builds(lambda number: Resp("integer", number), st.integers(-(2**63), 2**63 - 1)),
        st.builds(lambda data: Resp("bulk", data), st.binary(max_size=20)),
        st.sampled_from([Resp("null"), Resp("boolean", True), Resp("double", "1.5"), Resp("bulk error", "ERR x")]),
    ),
    lambda values: st.one_of(
        st.builds(lambda kind, each: Resp(kind, tuple(each)), st.sampled_from(["array", "set", "push"]), st.lists(values)),
        st.builds(lambda pairs: Resp("map", tuple(part for pair in pairs for part in pair)), st.lists(st.tuples(values, values))),
    ),
    max_leaves=10,
)  # fmt: skip


@given(value=VALUES)
def test_any_value_that_is_written_is_read(value: Resp) -> None:
    assert _value(write_value(value, resp3=True)) == value
    assert _value(write_value(value, resp3=False)) == value


def test_no_line_smuggles_another() -> None:
    with pytest.raises(ValueError, match="a line end within a RESP error"):
        write_value(Resp("error", "ERR\r\n+OK"), resp3=False)


@pytest.mark.parametrize(
    ("data", "arguments"),
    [
        (b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", (b"GET", b"a")),
        (b"*0\r\n*-1\r\n\r\n*1\r\n$4\r\nPING\r\n", (b"PING",)),
        (b"PING\r\n", (b"PING",)),
        (b"  SET  a\tb \n", (b"SET", b"a", b"b")),
        (b'SET "a b" \'c "d\' ""\r\n', (b"SET", b"a b", b'c "d', b"")),
        (b"SET \"\\x41\\n\\\"\\q\" 'it\\'s'\r\n", (b"SET", b'A\n"q', b"it's")),
    ],
)
def test_commands(data: bytes, arguments: tuple[bytes, ...]) -> None:
    assert _command(data).arguments == arguments


@pytest.mark.parametrize(
    "data",
    [
        b"*1\r\n:1\r\n", b"*1\r\n$-1\r\n", b"*1\n$1\r\na\r\n", b"*x\r\n", b"*-2\r\n", b"*1\r\n$1\r\nabc\r\n", b"*2147483647\r\n",
        b"*1\r\n$2147483647\r\n", b'SET "a\r\n', b"SET 'a\r\n", b'SET "a"b\r\n', b"x" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_command_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        _command(data)


@given(arguments=st.lists(st.binary(max_size=20), min_size=1, max_size=5))
def test_any_command_that_is_written_is_read(arguments: list[bytes]) -> None:
    assert _command(write_command(RedisCommand(tuple(arguments)))).arguments == tuple(arguments)


@given(line=st.binary(max_size=30))
def test_inline_commands_raise_decode_errors_only(line: bytes) -> None:
    try:
        resp.inline(line)
    except DecodeError as error:
        assert "unbalanced quotes" in str(error)  # noqa: PT017 - what else it raises is the test
