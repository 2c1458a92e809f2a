from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.application.wsgi import WsgiApplication

seen: dict[str, Any] = {}


class Parts:
    def __iter__(self) -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    def close(self) -> None:
        seen["closed"] = True


def app(environ: dict[str, Any], start_response: Any) -> Any:
    seen.update(environ, body=environ["wsgi.input"].read())
    if environ["PATH_INFO"] == "/raises":
        raise LookupError("not here")
    write = start_response("201 Very Created", [("X-A", " é\t")])  # Django puts a blank before its cookies
    if environ["PATH_INFO"] == "/write":
        write(b"zero ")
    return Parts()


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> WsgiApplication:
    module = types.ModuleType("a_wsgi_module")
    module.app = app  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_wsgi_module", module)
    seen.clear()
    found = WsgiApplication("a_wsgi_module:app", tmp_path)
    found.start()
    return found


def test_a_request_goes_in_and_a_response_comes_out(application: WsgiApplication) -> None:
    headers = (("Host", "shop"), ("Content-Type", "text/plain"), ("X-B", "1"), ("X-B", "2"))
    answer = application.ask(HttpRequest("POST", "/%C3%A9?x=1", headers, b"body")).response
    assert (answer.status, answer.reason, answer.headers, answer.body) == (
        201,
        "Very Created",
        (("X-A", "é"),),
        b"one two",
    )
    assert (seen["PATH_INFO"], seen["QUERY_STRING"], seen["body"]) == ("/\xc3\xa9", "x=1", b"body")
    assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"], seen["HTTP_X_B"]) == ("text/plain", "4", "1,2")
    assert seen["closed"]


def test_the_write_callable_works(application: WsgiApplication) -> None:
    assert application.ask(HttpRequest("GET", "/write")).response.body == b"zero one two"


def test_what_it_raises_is_shown(application: WsgiApplication) -> None:
    done = application.ask(HttpRequest("GET", "/raises"))
    assert done.response.status == 500
    assert "LookupError: not here" in done.error
    application.stop()
