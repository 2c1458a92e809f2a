from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.cassettes import Catching, TapeCassette, origin
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.network import Refusal
from flowtape.replay.tape import Tape


@pytest.mark.parametrize(
    ("arguments", "kind", "body"),
    [
        ({"json": {"a": [1, None]}}, "application/json", b'{"a":[1,null]}'),
        ({"data": {"a": "1", "b": "x y"}}, "application/x-www-form-urlencoded", b"a=1&b=x+y"),
        ({"data": b"raw", "headers": {"content-type": "text/plain"}}, "text/plain", b"raw"),
        ({}, "", b""),
    ],
)
def test_a_request_is_seen_as_it_would_be_sent(arguments: dict[str, Any], kind: str, body: bytes) -> None:
    headers = (("content-type", kind),) if kind else ()
    call = RecordedCall("it", HttpRequest("POST", "/base/a", headers, body), HttpResponse(200, "OK", (), b"yes"))
    tape = Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), (call,)), Session())

    async def post() -> str:
        async with (
            aiohttp.ClientSession("https://it.internal/base/") as client,
            client.post("a", **arguments) as answer,
        ):
            return await answer.text()

    with Catching(TapeCassette(tape, {origin("https://it.internal"): "it"}, Refusal().refuse)).active():
        assert asyncio.run(post()) == "yes"
    assert not tape.misses
