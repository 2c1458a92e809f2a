"""Replay's stage with live dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from samples.servers import Server

from flowtape.capture.configuration import Configuration, load
from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.flowfile import Captured, Case
from flowtape.replay.live.addresses import Live
from flowtape.replay.live.stage import LATER, LiveStage

CONFIGURATION = """
service: {name: it, wsgi: "live_service:app", env: {CACHE: "redis://{cache}/0", WHO: nobody}}
dependencies:
  cache: {protocol: redis, address: "redis.internal:6379"}
"""
SERVICE = """
import os, socket, time, redis
def app(environ, start_response):
    cache = redis.Redis.from_url(os.environ["CACHE"])
    cache.incr("flowtape:live:visits")
    if environ["PATH_INFO"] == "/away":
        socket.create_connection(("192.0.2.1", 80))
    start_response("200 OK", [])
    return [f"{os.environ['WHO']} {time.time_ns()}".encode()]
"""
AT = 1795169472_000000000


def case(path: str = "/") -> Case:
    return Case(Captured(AT), HttpRequest("GET", path), HttpResponse(200))


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "live_service", raising=False)
    (tmp_path / "flowtape.yaml").write_text(CONFIGURATION)
    (tmp_path / "live_service.py").write_text(SERVICE)
    return load(tmp_path / "flowtape.yaml")


@pytest.fixture
def stage(configuration: Configuration, redis_server: Server) -> Iterator[LiveStage]:
    found = LiveStage(configuration, Live({"cache": f"{redis_server.host}:{redis_server.port}"}, {"WHO": "me"}))
    yield found
    found.stop()


def test_a_flow_is_played_at_its_time_against_what_is_live(stage: LiveStage) -> None:
    played = stage.perform(case())
    assert played.outcome.response.body.decode() == f"me {AT + LATER}"
    commands = [each.question.arguments for each in played.exchanges if isinstance(each.question, RedisCommand)]
    assert (b"INCRBY", b"flowtape:live:visits", b"1") in commands
    assert played.started < played.exchanges[0].started <= played.exchanges[-1].ended < played.ended
    assert len(stage.perform(case()).exchanges) <= len(played.exchanges)


def test_what_is_no_dependency_is_refused_here_too(stage: LiveStage) -> None:
    (refused,) = stage.perform(case("/away")).refused
    assert refused.startswith("192.0.2.1:80 is no dependency")


def test_an_address_that_cannot_be_looked_up_is_named(configuration: Configuration) -> None:
    with pytest.raises(BrokenError, match=r"cache cannot be reached at nowhere\.invalid:6379"):
        LiveStage(configuration, Live({"cache": "nowhere.invalid:6379"})).perform(case())


def test_https_before_a_command_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "flowtape.yaml").write_text(
        'service: {name: it, command: ["true"], ready: GET /}\n'
        'dependencies: {pay: {protocol: http, address: "https://127.0.0.1:9"}}\n'
    )
    with pytest.raises(BrokenError, match=r"pay: HTTPS of a service that runs as a command .*--dependency pay=http"):
        LiveStage(load(tmp_path / "flowtape.yaml"), Live()).perform(case())
