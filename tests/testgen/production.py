"""A service of a few lines, a recording of it made by hand, and its project folder: what generation is tried on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from flowtape.capture.exchange import Address, Connection, Exchange, HttpRequest, HttpResponse
from flowtape.capture.flow import Flow
from flowtape.capture.recording import RecordingWriter

AT = 1_795_000_000_000_000_000
APPLICATION = """
import json, random, uuid

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    id_ = str(uuid.uuid4())
    body = {
        "/things": {"id": id_, "self": f"/things/{id_}"},
        "/dice": {"n": "x" * random.randrange(2, 5000)},
        "/steady": {"word": "same"},
    }[scope["path"]]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
"""
CONFIGURATION = "service: {name: things, version: '1', asgi: 'things_app:app'}\nsuite: {replays: 1}\n"


def project(folder: Path, application: str = APPLICATION) -> Path:
    """Write the service and its flowtape.yaml; returns the latter's path."""
    (folder / "things_app.py").write_text(application)
    (folder / "pytest.ini").write_text("[pytest]\n")
    path = folder / "flowtape.yaml"
    path.write_text(CONFIGURATION)
    return path


def flow(number: int, target: str, body: str, status: int = 200, problem: str = "") -> Flow:
    here = Address("127.0.0.1", 1)
    headers = (("content-type", "application/json"),)
    at = AT + number * 1_000_000_000
    entry = Exchange(
        Connection(f"c{number}", here, here), "http1", HttpRequest("GET", target), HttpResponse(status, "OK", headers, body.encode()),
        at, at, at + 1, at + 1,
    )  # fmt: skip
    return Flow(f"flow{number}", "things", "1", entry, (), problem)


def things(number: int) -> Flow:
    id_ = uuid.UUID(int=number + (0x8000 << 48), version=4)
    return flow(number, "/things", f'{{"id": "{id_}", "self": "/things/{id_}"}}')


def record(folder: Path, flows: Sequence[Flow]) -> str:
    writer = RecordingWriter(str(folder), "things")
    for one in flows:
        assert writer.write(one)
    writer.close()
    return str(folder)
