from __future__ import annotations

import json

import pytest

from flowtape.capture.exchange import HttpResponse, RedisCommand
from flowtape.replay.effects import Effect, Effects
from flowtape.replay.match import asked
from flowtape.replay.replayed import Response, explain

JSON = HttpResponse(200, "OK", (("Content-Type", "application/json"), ("Date", "x")), b'{"a": 1.0}')
EFFECT = Effect("cache", asked(RedisCommand((b"DEL", b"a"))))


def test_a_response_can_be_looked_at() -> None:
    found = Response(JSON)
    assert (found.status, found.headers["content-type"], found.text, found.json) == (
        200,
        "application/json",
        '{"a": 1.0}',
        {"a": 1.0},
    )
    assert repr(found) == "<Response 200 application/json 10 bytes>"
    with pytest.raises(ValueError):
        _ = Response(HttpResponse(200)).json


def test_responses_are_equal_by_meaning_and_never_keys() -> None:
    assert Response(JSON) == Response(HttpResponse(200, "", (("content-type", "application/json"),), b'{"a":1.00}'))
    assert Response(JSON) != Response(HttpResponse(200))
    assert Response(JSON) != JSON
    with pytest.raises(TypeError):
        hash(Response(JSON))


def test_what_differs_is_explained_and_what_to_do() -> None:
    lines = explain(Response(HttpResponse(404)), Response(HttpResponse(200)), "do this\nor that")
    assert lines == ["the response is the recorded one", "response.status: recorded 200, got 404", "do this", "or that"]
    assert explain(Effects([]), Effects([EFFECT]), "") == [
        "the effects are the recorded ones",
        "missing   cache: DEL a",
    ]
    assert explain(1, 2, "") is None


@pytest.mark.parametrize("values", [2, 5, 6, 40])
@pytest.mark.parametrize("length", [3, 400])
def test_a_brief_explanation_fits_and_keeps_what_to_do(values: int, length: int) -> None:
    """Pytest shows 8 lines and 640 characters without -vv, and what it cuts off first is the end."""

    def answer(letter: str) -> Response:
        body = json.dumps({str(number): letter * length for number in range(values)}).encode()
        return Response(HttpResponse(200, headers=(("content-type", "application/json"),), body=body))

    lines = explain(answer("a"), answer("b"), "File x\ndo this", brief=True)
    assert lines is not None
    assert len(lines) <= 8
    assert sum(map(len, lines)) <= 640
    assert lines[-1] == "do this"
    shown = sum(line.startswith("response.json") for line in lines)
    assert shown >= 2
    assert lines[-2].startswith("response.json" if shown == values else "… and more: -vv shows all")
