from __future__ import annotations

from typing import Any

import pytest

from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile.body import body_in, body_out
from flowtape.replay.flowfile.document import Place, WrongAt


def fields(data: dict[str, Any]) -> dict[str, Place]:
    return Place(data).items()


@pytest.mark.parametrize(
    ("body", "kind", "keys"),
    [
        (b'{"a":19.90,"b":"\xc3\xa9"}', "", {"json": {"a": Number("19.90"), "b": "é"}}),
        (b'{"a": 1}', "", {"json": {"a": Number("1")}, "layout": "spaced"}),
        (b'{"a":"\\u00e9"}\n', "", {"json": {"a": "é"}, "layout": "ascii newline"}),
        (b'{\n  "a": [\n    1\n  ]\n}', "", {"json": {"a": [Number("1")]}, "layout": "indent 2"}),
        (b'{"a" : 1}', "", {"text": '{"a" : 1}'}),
        (b'{"a":1,"a":2}', "", {"text": '{"a":1,"a":2}'}),
        (b"[NaN]", "", {"text": "[NaN]"}),
        (b"a=1&b=x+y", "application/x-www-form-urlencoded", {"form": {"a": "1", "b": "x y"}}),
        (b"a=1&a=2", "application/x-www-form-urlencoded", {"text": "a=1&a=2"}),
        (b"a=$id&b=%26", "application/x-www-form-urlencoded", {"form": {"a": "$id", "b": "&"}}),
        (
            b"\x08\x01\x12\x03$id\x1a\x01\xff",
            "application/x-protobuf",
            {"protobuf": {"1": Number("1"), "2": "$id", "3": {"base64": "/w=="}}},
        ),
        (b"\x12\x01a\x08\x01", "application/x-protobuf", {"text": "\x12\x01a\x08\x01"}),
        (
            b"\x0a\x02\x08\x01\x0a\x02\x08\x02",
            "application/protobuf",
            {"protobuf": {"1": [{"1": Number("1")}, {"1": Number("2")}]}},
        ),
        (b"\xff", "", {"base64": "/w=="}),
        (b"", "", {}),
    ],
)
def test_a_body_is_as_readable_as_nothing_is_lost(body: bytes, kind: str, keys: dict[str, Any]) -> None:
    assert body_out(body, kind) == keys
    assert body_in(fields(keys)) == body


def test_two_bodies_are_one_too_many() -> None:
    with pytest.raises(WrongAt, match="already, in `json`"):
        body_in(fields({"json": {}, "text": ""}))
    with pytest.raises(WrongAt, match="unknown layout"):
        body_in(fields({"json": {}, "layout": "indent 1000000"}))


@pytest.mark.parametrize("data", [{"1": None}, {"x": "a"}, {"1": {"fixed32": Number("9999999999")}}])
def test_what_is_no_message_is_told_with_its_place(data: dict[str, Any]) -> None:
    with pytest.raises(WrongAt, match="no protobuf message"):
        body_in(fields({"protobuf": data}))
