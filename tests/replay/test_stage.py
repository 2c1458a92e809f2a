from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flowtape.capture.configuration import Configuration, load
from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.stage import Stage, origins

CONFIGURATION = """
service: {name: it, wsgi: "staged_service:app", env: {CACHE: "redis://{cache}/0", PAY: "{pay}", KEPT: "{unknown}"}}
dependencies:
  cache: {protocol: redis, address: "redis:6379"}
  pay: {protocol: http, address: "https://pay.internal"}
"""
SERVICE = """
import os, time
def app(environ, start_response):
    start_response("200 OK", [])
    return [" ".join([os.environ["CACHE"], os.environ["PAY"], os.environ["KEPT"], str(time.time_ns())]).encode()]
"""
BLOCKING_SERVICE = """
import os
import redis
cache = redis.Redis.from_url(os.environ["CACHE"])
try:
    cache.get("at import")
except redis.ResponseError:
    pass
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": cache.get("a") + cache.get("a")})
"""
CASE = Case(Captured(1795169472_000000000), HttpRequest("GET", "/"), HttpResponse(200))


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "staged_service", raising=False)
    (tmp_path / "flowtape.yaml").write_text(CONFIGURATION)
    (tmp_path / "staged_service.py").write_text(SERVICE)
    return load(tmp_path / "flowtape.yaml")


@pytest.fixture
def stage(configuration: Configuration) -> Iterator[Stage]:
    found = Stage(configuration)
    yield found
    found.stop()


def test_the_application_is_told_where_its_dependencies_are(stage: Stage) -> None:
    cache, pay, kept, _ = stage.play(CASE, Session()).outcome.response.body.decode().split(" ")
    assert cache.startswith("redis://127.0.0.1:")
    assert not cache.startswith("redis://127.0.0.1:6379")
    assert (pay, kept) == ("https://pay.internal", "{unknown}")


def test_each_flow_has_its_own_time_and_an_offset_moves_it(stage: Stage) -> None:
    first = stage.play(CASE, Session()).outcome.response.body.decode().split(" ")[3]
    later = replace(CASE, captured=Captured(5))
    second = stage.play(later, Session(), clock_offset=7_000_000_000).outcome.response.body.decode().split(" ")[3]
    assert (int(first), int(second)) == (1795169472_000000000, 7_000_000_000)


def test_the_environment_is_as_before_when_it_is_over(configuration: Configuration) -> None:
    found = Stage(configuration)
    found.play(CASE, Session())
    assert "CACHE" in os.environ
    found.stop()
    assert "CACHE" not in os.environ


def test_what_is_broken_stays_broken_and_is_not_tried_again(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    (configuration.folder / "staged_service.py").write_text("open('tried', 'a').write('x'); 1 / 0")
    monkeypatch.chdir(configuration.folder)
    found = Stage(configuration)
    for _ in range(2):
        with pytest.raises(BrokenError, match="ZeroDivisionError"):
            found.play(CASE, Session())
    assert (configuration.folder / "tried").read_text() == "x"


def test_dependencies_are_told_apart_by_origin(configuration: Configuration) -> None:
    http = {name: each for name, each in configuration.dependencies.items() if each.protocol == "http"}
    assert origins(http) == {("https", "pay.internal", 443): "pay"}


@pytest.mark.parametrize(
    ("env", "machine", "offset"), [("Asia/Kathmandu", "", "+0545"), ("", "Asia/Tokyo", "+0900"), ("", "", "+0000")]
)
def test_the_time_zone_is_the_services_or_this_process_or_utc(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch, env: str, machine: str, offset: str
) -> None:
    (configuration.folder / "staged_service.py").write_text(
        "import time\ndef app(environ, start_response):\n    start_response('200 OK', [])\n    return [time.strftime('%z').encode()]\n"
    )
    if machine:
        monkeypatch.setenv("TZ", machine)
    else:
        monkeypatch.delenv("TZ", raising=False)
    if env:
        text = CONFIGURATION.replace('KEPT: "{unknown}"', f"TZ: {env}")
        (configuration.folder / "flowtape.yaml").write_text(text)
        configuration = load(configuration.folder / "flowtape.yaml")
    found = Stage(configuration)
    assert found.play(CASE, Session()).outcome.response.body == offset.encode()
    found.stop()


def test_an_asgi_application_may_be_blocked_by_its_driver(configuration: Configuration) -> None:
    (configuration.folder / "staged_service.py").write_text(BLOCKING_SERVICE)
    (configuration.folder / "flowtape.yaml").write_text(CONFIGURATION.replace("wsgi", "asgi"))
    call = RecordedCall("cache", RedisCommand((b"GET", b"a")), RedisReply(Resp("bulk", b"found ")))
    found = Stage(load(configuration.folder / "flowtape.yaml"))
    for _ in range(2):
        run = found.play(replace(CASE, calls=(call,)), Session())
        assert run.outcome.response.body == b"found found ", run.outcome.error
    found.stop()
