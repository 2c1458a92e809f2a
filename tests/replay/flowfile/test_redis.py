from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import RedisCommand, RedisReply, Resp
from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile.document import Place, WrongAt
from flowtape.replay.flowfile.redis import command_in, command_out, quoted, reply_in, reply_out


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ((b"DEL", b"cart:42"), "DEL cart:42"),
        ((b"SET", b"a b", b""), 'SET "a b" ""'),
        ((b"SET", b"a", b'{"x":1}'), ["SET", "a", {"json": {"x": Number("1")}}]),
        ((b"GET", b"\xff"), ["GET", {"base64": "/w=="}]),
        ((), []),
    ],
)
def test_a_command_is_one_line_where_that_reads_well(arguments: tuple[bytes, ...], written: Any) -> None:
    assert command_out(RedisCommand(arguments)) == written
    assert command_in(Place(written)) == RedisCommand(arguments)


@given(
    st.lists(st.binary(max_size=8) | st.text(max_size=6).map(lambda text: text.encode("utf-8", "replace")), min_size=1)
)
def test_a_line_holds_any_bytes(arguments: list[bytes]) -> None:
    line = " ".join(map(quoted, arguments))
    assert command_in(Place(line)) == RedisCommand(tuple(arguments))


@pytest.mark.parametrize("line", ['GET "a', "GET 'a'", "GET  a", 'GET "a"b'])
def test_a_line_that_redis_cli_would_refuse_is_refused(line: str) -> None:
    with pytest.raises(WrongAt, match="not a Redis command"):
        command_in(Place(line))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Resp("integer", 1), Number("1")),
        (Resp("bulk", b"1"), "1"),
        (Resp("simple", "OK"), {"simple": "OK"}),
        (Resp("null"), None),
        (Resp("boolean", value=True), True),
        (Resp("array", (Resp("null"), Resp("bulk", b"a"))), [None, "a"]),
        (Resp("map", (Resp("bulk", b"k"), Resp("integer", 1))), {"map": {"k": Number("1")}}),
        (Resp("map", (Resp("integer", 1), Resp("null"))), {"map": [Number("1"), None]}),
        (Resp("error", "ERR no"), {"error": "ERR no"}),
    ],
)
def test_a_reply_keeps_its_kind(value: Resp, written: Any) -> None:
    found = reply_out(RedisReply(value))
    assert (found, type(found)) == (written, type(written))
    assert reply_in(Place(found)) == RedisReply(value)


def test_a_reply_of_no_kind_is_refused() -> None:
    with pytest.raises(WrongAt, match="unknown key"):
        reply_in(Place({"colour": "red"}))
    with pytest.raises(WrongAt, match="one key"):
        reply_in(Place({"simple": "a", "error": "b"}))
