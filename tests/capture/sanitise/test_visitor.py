from __future__ import annotations

import base64
import json

import pytest

from flowtape.capture.sanitise import visitor
from flowtape.capture.sanitise.visitor import Visitor


def shown(marking: Visitor, value: object) -> object:
    made = visitor.json_data(marking, json.dumps(value).encode())
    assert made is not None
    return json.loads(made)


def test_json_is_walked_by_names(marking: Visitor) -> None:
    before = {
        "email": "a@quux.de",
        "emails": ["b@quux.de"],
        "name": {"first": "Ana", "last": "Silva"},
        "id": 7,
        "x": None,
        "password": True,
    }
    assert shown(marking, before) == {
        "email": "‹email›", "emails": ["‹email›"], "name": {"first": "‹name›", "last": "‹family_name›"}, "id": 7, "x": None, "password": True,
    }  # fmt: skip


def test_order_and_numbers_stay(marking: Visitor) -> None:
    data = b'{"z": 19.90, "a": 1e3, "big": 123456789012345678901234567890, "password": "x1"}'
    assert (
        visitor.json_data(marking, data)
        == '{"z":19.90,"a":1E+3,"big":123456789012345678901234567890,"password":"‹password›"}'.encode()
    )


def test_what_does_not_change_stays_byte_by_byte(marking: Visitor) -> None:
    data = b'{ "total" : 19.90,\n "id":"550e8400-e29b-41d4-a716-446655440000" }'
    assert visitor.json_data(marking, data) is data


def test_json_inside_strings_is_walked(marking: Visitor) -> None:
    before = {"doc": json.dumps({"inner": json.dumps({"pin": "1234"})})}
    found = shown(marking, before)
    assert isinstance(found, dict)
    assert json.loads(json.loads(found["doc"])["inner"]) == {"pin": "‹password›"}


def test_a_value_used_as_a_key(marking: Visitor) -> None:
    assert shown(marking, {"ana@quux.de": 1}) == {"‹email›": 1}


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b'{"a":NaN}', b"\xff", b'{"a":"\\ud800"}x'])
def test_what_is_no_json(marking: Visitor, data: bytes) -> None:
    assert visitor.json_data(marking, data) is None


def test_a_products_name_stays(marking: Visitor) -> None:
    assert shown(marking, {"name": "Kettle", "price": 3}) == {"name": "Kettle", "price": 3}
    assert shown(marking, {"name": "Ana"}) == {"name": "‹name›"}


def test_basic_credentials(marking: Visitor) -> None:
    made = visitor.basic(marking, base64.b64encode(b"ana:hunter2!").decode())
    assert made is not None
    assert base64.b64decode(made).decode() == "‹username›:‹password›"
    assert visitor.basic(marking, "no base64") is None
    assert visitor.basic(marking, base64.b64encode(b"no colon").decode()) is None


def test_bytes_that_are_no_text_keep_their_length(marking: Visitor) -> None:
    assert visitor.content(marking, b"\xff\0abc") == b"?????"
    assert visitor.content(marking, b"a@quux.de") == "‹email›".encode()


def test_keep_keeps(marking: Visitor) -> None:
    assert visitor.leaf(marking, "keep", "ana@quux.de") == "ana@quux.de"
