from __future__ import annotations

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.testgen.places import RESPONSE, Place, places, recorded_questions
from flowtape.testgen.placing import placed

CASE = Case(
    Captured(1),
    HttpRequest("GET", "/"),
    HttpResponse(200, "OK", (("B", "1"), ("A", "1")), b'{"a": [1, {"b": 1}], "c": 1}'),
    (
        RecordedCall("db", SqlStatement("SELECT $1, $2", ("1", "1")), None),
        RecordedCall("cache", RedisCommand((b"SET", b"1", b"1")), None),
        RecordedCall("pay", HttpRequest("POST", "/1", (), b'{"a":1}'), None),
        RecordedCall("pay", HttpRequest("POST", "/1", (), b"1"), None),
        RecordedCall("db", SqlStatement("SELECT $1", ('{"a":[1,2]}',)), None),
        RecordedCall("cache", RedisCommand((b"SET", b"1", b'{"a": [1, 2]}')), None),
    ),
)


def texts(case: Case) -> dict[Place, str]:
    return places(case.response, recorded_questions(case))


@pytest.mark.parametrize(
    ("call", "path"),
    [(RESPONSE, "json.a[1].b"), (RESPONSE, "json.c"), (RESPONSE, "headers[0].a"), (0, "parameters[1]"), (1, "arguments[2]"),
     (2, "json.a"), (3, "body"), (4, "parameters[0].json.a[1]"), (5, "arguments[2].json.a[0]")],
)  # fmt: skip
def test_a_text_is_written_at_its_place_and_nowhere_else(call: int, path: str) -> None:
    place = Place(call, path)
    case = placed(CASE, place, "$x")
    assert case is not None
    assert texts(case) == {**texts(CASE), place: "$x"}


def test_the_layout_of_json_stays() -> None:
    case = placed(CASE, Place(RESPONSE, "json.c"), "$x")
    assert case is not None
    assert case.response.body == b'{"a": [1, {"b": 1}], "c": "$x"}'


@pytest.mark.parametrize(("call", "path"), [(0, "text"), (2, "target"), (3, "html.p")])
def test_where_nothing_can_be_written_alone_nothing_is(call: int, path: str) -> None:
    assert placed(CASE, Place(call, path), "$x") is None
