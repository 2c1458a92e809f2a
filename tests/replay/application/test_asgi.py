from __future__ import annotations

import asyncio
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.application.asgi import AsgiApplication
from flowtape.replay.application.outcome import BrokenError

seen: dict[str, Any] = {}


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(scope, receive, send)
        return
    seen.update(scope, thread=threading.current_thread(), body=(await receive())["body"])
    if scope["path"] == "/raises":
        raise LookupError("not here")
    if scope["path"] == "/late":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LookupError("after the start")
    await send({"type": "http.response.start", "status": 201, "headers": [(b"x-a", b" \xe9\t")]})
    await send({"type": "http.response.body", "body": b"one ", "more_body": True})
    await send({"type": "http.response.body", "body": b"two"})
    if scope["path"] == "/task":
        asyncio.get_running_loop().create_task(_later())
    assert (await receive())["type"] == "http.disconnect"


async def _later() -> None:
    for _ in range(3):
        await asyncio.sleep(0)
    seen["later"] = True


async def _lifespan(scope: Any, receive: Any, send: Any) -> None:
    assert (await receive())["type"] == "lifespan.startup"
    if seen.get("fail"):
        await send({"type": "lifespan.startup.failed", "message": "no database"})
        return
    scope["state"]["pool"] = "a pool"
    await send({"type": "lifespan.startup.complete"})
    assert (await receive())["type"] == "lifespan.shutdown"
    seen["stopped"] = True
    await send({"type": "lifespan.shutdown.complete"})


async def without_lifespan(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    await app(scope, receive, send)


@pytest.fixture(autouse=True)
def module(monkeypatch: pytest.MonkeyPatch) -> None:
    found = types.ModuleType("an_asgi_module")
    found.app, found.without_lifespan = app, without_lifespan  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "an_asgi_module", found)
    seen.clear()


@pytest.fixture(params=["app", "without_lifespan"])
def application(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AsgiApplication]:
    found = AsgiApplication(f"an_asgi_module:{request.param}", tmp_path)
    found.start()
    yield found
    found.stop()
    assert seen.get("stopped", False) is (request.param == "app")


def test_a_request_goes_in_and_a_response_comes_out_on_this_thread(application: AsgiApplication) -> None:
    request = HttpRequest("POST", "/a%2Fb%20c?x=%31&y", (("Host", "shop:8080"), ("X-B", "é")), b"body")
    answer = application.ask(request).response
    assert (answer.status, answer.headers, answer.body) == (201, (("x-a", "é"),), b"one two")
    assert (seen["path"], seen["raw_path"], seen["query_string"]) == ("/a/b c", b"/a%2Fb%20c", b"x=%31&y")
    assert (seen["server"], seen["body"]) == (("shop", 8080), b"body")
    assert (b"x-b", b"\xe9") in seen["headers"]
    assert seen["thread"] is threading.main_thread()


def test_what_it_raises_is_shown(application: AsgiApplication) -> None:
    done = application.ask(HttpRequest("GET", "/raises"))
    assert done.response.status == 500
    assert "LookupError: not here" in done.error
    late = application.ask(HttpRequest("GET", "/late"))
    assert late.response.status == 200
    assert "after the start" in late.error


def test_tasks_left_behind_are_waited_for(application: AsgiApplication) -> None:
    application.ask(HttpRequest("GET", "/task"))
    assert seen["later"]


def test_a_failed_start_is_broken(tmp_path: Path) -> None:
    seen["fail"] = True
    found = AsgiApplication("an_asgi_module:app", tmp_path)
    with pytest.raises(BrokenError, match="no database"):
        found.start()
    found.stop()
