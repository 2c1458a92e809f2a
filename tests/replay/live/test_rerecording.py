"""What `pytest --flowtape-rerecord` writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from samples.servers import Server

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand
from flowtape.capture.flow import Flow, Outside
from flowtape.capture.recording import Reader
from flowtape.replay.flowfile import Captured, Case, dump
from flowtape.replay.live.addresses import VARIABLE, Live

CONFIGURATION = """
service: {name: it, version: '2', wsgi: "rerecorded_service:app", env: {CACHE: "redis://{cache}/0"}}
dependencies:
  cache: {protocol: redis, address: "redis.internal:6379"}
"""
SERVICE = """
import os, redis
def app(environ, start_response):
    cache = redis.Redis.from_url(os.environ["CACHE"], decode_responses=True)
    cache.set("flowtape:mail", "ana.silva@mailbox.org")
    start_response("200 OK", [("content-type", "text/plain")])
    return [cache.get("flowtape:mail").encode()]
"""
TEST = """
def test_it(replay):
    flow = replay("it.yaml")
    assert flow.response == flow.recorded.response
    assert flow.effects == flow.recorded.effects
"""
KEY = "a key that is long enough for tests"


def rerecorded(folder: Path, server: Server, **environment: str) -> tuple[dict[str, Any], list[object]]:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "flowtape.yaml").write_text(CONFIGURATION)
    (folder / "rerecorded_service.py").write_text(SERVICE)
    (folder / "test_it.py").write_text(TEST)
    case = Case(Captured(1_795_000_000_000_000_000), HttpRequest("GET", "/"), HttpResponse(200))
    (folder / "it.yaml").write_text(dump(case)[0])
    (out := folder / "out").mkdir()
    live = Live({"cache": f"{server.host}:{server.port}"})
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--flowtape-rerecord={out}",
        "test_it.py",
    ]
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", VARIABLE: live.dump(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    (told,) = (json.loads(path.read_text()) for path in out.glob("*.json"))
    assert b"ana.silva" not in b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    return told, list(Reader(str(out / "recording"))) if (out / "recording").exists() else []


def test_a_flow_is_written_sanitised_and_said_of_which_file_it_is(tmp_path: Path, redis_server: Server) -> None:
    told, records = rerecorded(tmp_path, redis_server, FLOWTAPE_KEY=KEY)
    assert (told["path"], told["suite"], told["problem"]) == (str(tmp_path / "it.yaml"), str(tmp_path), "")
    (flow,) = (record for record in records if isinstance(record, Flow))
    assert (flow.id, flow.service, flow.version, flow.problem) == (told["flow"], "it", "2", "")
    asked = [call.exchange.question for call in flow.calls]
    assert [each.arguments[0] for each in asked if isinstance(each, RedisCommand)] == [b"SET", b"GET"]
    assert isinstance(flow.entry.answer, HttpResponse)
    assert b"@example." in flow.entry.answer.body
    assert all(record.reason == "session" for record in records if isinstance(record, Outside))


@pytest.mark.parametrize(("key", "reason"), [({}, "FLOWTAPE_KEY is not set"), ({"FLOWTAPE_KEY": "short"}, "at least")])
def test_without_a_key_nothing_is_written(
    tmp_path: Path, redis_server: Server, key: dict[str, str], reason: str
) -> None:
    told, records = rerecorded(tmp_path, redis_server, **key)
    assert reason in told["problem"]
    assert told["flow"] == ""
    assert records == []
