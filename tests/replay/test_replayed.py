from __future__ import annotations

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
