"""A service that answers in every kind of body, each with something that varies: learned, and a regression beside it is caught."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from tests.testgen.production import project

from flowtape.capture.exchange import Address, Connection, Exchange, HttpRequest, HttpResponse
from flowtape.capture.flow import Flow
from flowtape.replay.flowfile import Session
from flowtape.testgen.plan import plan
from flowtape.testgen.select import choose
from flowtape.testgen.tidy import tidy_response
from flowtape.testgen.verify import Bench, verify
from flowtape.testgen.write import changes, write

SERVICE = """
import hashlib, os, secrets, time, uuid
from fastapi import FastAPI, Response

app = FastAPI()
PRICE = 20 if os.environ.get("BROKEN") else 19
BREAK = bool(os.environ.get("BROKEN"))

@app.get("/page")
def page():
    token = secrets.token_hex(16)
    body = f'<form><input name="csrf_token" value="{token}"><b>{PRICE}</b></form>'
    return Response(body, media_type="text/html", headers={"set-cookie": f"csrf={token}; Path=/"})

@app.get("/multipart")
def multipart():
    boundary, id_ = secrets.token_hex(8), uuid.uuid4()
    parts = "".join(f"--{boundary}\\r\\ncontent-type: text/plain\\r\\n\\r\\n{text}\\r\\n" for text in (id_, PRICE))
    return Response(parts + f"--{boundary}--\\r\\n", media_type=f"multipart/mixed; boundary={boundary}")

@app.get("/took")
def took():
    elapsed = int(time.perf_counter_ns() % 1_000_000)
    return {"elapsed_us": str(elapsed) if BREAK else elapsed}

@app.get("/at")
def at():
    now = int(time.time())
    return {"at": str(now) if BREAK else now}

@app.get("/events")
def events():
    text = f'id: {uuid.uuid4()}\\ndata: {{"price": {PRICE}, "at": {int(time.time())}}}\\n\\n'
    return Response(text, media_type="text/event-stream")

@app.get("/xml")
def xml():
    return Response(f'<order id="{uuid.uuid4()}"><price>{PRICE}</price></order>', media_type="application/xml")

@app.get("/csv")
def csv():
    return Response(f"id,price\\n{uuid.uuid4()},{PRICE}\\n", media_type="text/csv")

@app.get("/protobuf")
def protobuf():
    return Response(b"\\x0a\\x24" + str(uuid.uuid4()).encode() + b"\\x10" + bytes([PRICE]), media_type="application/x-protobuf")

@app.get("/tagged")
def tagged():
    body = f'{{"id": "{uuid.uuid4()}"}}'
    tag = hashlib.md5(body.encode() + b"x" * BREAK).hexdigest()
    return Response(body, media_type="application/json", headers={"etag": f'"{tag}"'})

@app.get("/bytes")
def bytes_():
    return Response(b"\\xff\\x00" + bytes([PRICE]), headers={"x-id": str(uuid.uuid4())}, media_type="application/octet-stream")
"""
PATHS = ("/page", "/multipart", "/took", "/at", "/events", "/xml", "/csv", "/protobuf", "/tagged", "/bytes")
VARIABLES = {
    "/page": "token", "/multipart": "uuid", "/took": "duration", "/at": "timestamp", "/events": "uuid", "/xml": "uuid", "/csv": "uuid",
    "/protobuf": "uuid", "/tagged": "digest", "/bytes": "uuid",
}  # fmt: skip


def recorded(folder: Path) -> list[Flow]:
    """What the service answers now, as flows."""
    spec = importlib.util.spec_from_file_location("things_app", folder / "things_app.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    client, here, flows = TestClient(module.app), Address("127.0.0.1", 1), []
    for number, path in enumerate(PATHS):
        answer, at = client.get(path), time.time_ns()
        headers = tuple((name.decode(), value.decode()) for name, value in answer.headers.raw)
        response = tidy_response(HttpResponse(200, "OK", headers, answer.content))
        entry = Exchange(
            Connection(f"c{number}", here, here), "http1", HttpRequest("GET", path), response, at, at, at + 1, at + 1
        )
        flows.append(Flow(f"flow{number}", "things", "1", entry, (), ""))
    return flows


def test_what_varies_is_learned_and_a_regression_beside_it_is_caught(tmp_path: Path) -> None:
    configuration = project(tmp_path, SERVICE)
    tests = plan(choose(recorded(tmp_path), 1).chosen, {})
    found = verify(tests, Bench(tmp_path / "suite", configuration, Session(), lambda *_: None), 2)
    assert [one.reason for one in found.quarantined] == []
    for test in found.admitted:
        shapes = [next(iter(shape.dump())) for shape in test.case.variables.values()]
        assert VARIABLES[test.case.request.target] in shapes, test.case.request.target
    write(changes(found.admitted, {}), tmp_path / "suite")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "suite"]
    for broken, told in (("", f"{len(PATHS)} passed"), ("1", f"{len(PATHS)} failed")):
        environment = {**os.environ, "BROKEN": broken}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert told in done.stdout, done.stdout[-3000:]
