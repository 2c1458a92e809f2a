"""Captures a service at work under rising load: its packets, the spans that it exported, and the oracle's truth, in a folder.

A folder holds `packets.pcap`, `spans` (msgpack, one `Export` after another), `oracle`, and `loads.json`: the loads with their times.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import aiohttp.web
import msgspec
import psycopg
from benchmarks.correlation.levels import VARIABLE, Help
from benchmarks.correlation.load import Clients, LedgerClients, ShopClients
from samples import servers, stage

QUIET_REQUESTS: Final = 120
"""So many are sent one by one before the first load: production is quiet at times. They are heard, and in no figure."""
LOADS: Final = (1, 2, 4, 8, 16, 32, 64)
PAUSE_SECONDS: Final = 1.0
"""Between two loads: longer than any request of the first is worked for."""
EXPORT_SECONDS: Final = 8.0
"""How long the service's exporter may keep its last spans; OpenTelemetry's own default is 5."""
RECORDER: Final = stage.ROOT / ".venv-agent/bin/python"


@dataclass(frozen=True, slots=True)
class Played:
    """A sample service under load."""

    sample: stage.Sample
    clients: type[Clients]
    command: tuple[str, ...]
    """What serves it, from the environment's folder of programs."""
    prepared: str
    """SQL that lets it be asked for long."""


PLAYED: Final = {
    "shop": Played(
        stage.SHOP,
        ShopClients,
        ("uvicorn", "benchmarks.correlation.shop:app", "--port", "{port}", "--log-level", "warning"),
        "UPDATE products SET stock = 1000000",
    ),
    "ledger": Played(
        stage.LEDGER,
        LedgerClients,
        (
            "gunicorn",
            "benchmarks.correlation.ledger:app",
            "-b",
            "127.0.0.1:{port}",
            "--threads",
            "64",
            "--keep-alive",
            "60",
        ),
        "UPDATE accounts SET balance = 1000000",
    ),
}


class Load(msgspec.Struct, frozen=True):
    """`started` and `ended` in ns; `mean` is how many requests were in flight on average."""

    in_flight: int
    started: int
    ended: int
    mean: float


class Captured(msgspec.Struct, frozen=True):
    service: str
    help: str
    listen: str
    dependencies: dict[str, str]
    """Name in flowtape.yaml → address."""
    loads: list[Load]


class Export(msgspec.Struct, frozen=True):
    """What an exporter posted, and when it came (ns)."""

    at: int
    content_type: str
    encoding: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Scene:
    """One service at one level of help. `real` is what samples.stage says of its dependencies, `sink` where spans go."""

    played: Played
    level: Help
    folder: Path
    listen: str
    real: Mapping[str, str]
    sink: int

    @property
    def port(self) -> str:
        return self.listen.rpartition(":")[2]


def capture(service: str, level: Help, folder: Path, requests: int) -> None:
    """Play `service` and fill `folder`. Raises ServerError, StageError."""
    played = PLAYED[service]
    with ExitStack() as stack:
        real = stage.dependencies(stack, played.sample)
        with psycopg.connect(f"postgresql://{real['login']}@{real['db']}/flowtape") as connection:
            connection.execute(played.prepared.encode())
        listen = f"127.0.0.1:{servers.free_port()}"
        dependencies = {name: real[kind] for name, kind in played.sample.dependencies.items()}
        stack.enter_context(recorded(folder / "packets.pcap", [listen, *dependencies.values()]))
        loads = asyncio.run(_play(Scene(played, level, folder, listen, real, servers.free_port()), requests))
    found = Captured(service, level, listen, dependencies, loads)
    (folder / "loads.json").write_bytes(msgspec.json.encode(found))


@contextmanager
def recorded(file: Path, addresses: list[str]) -> Iterator[None]:
    ports = [address.rpartition(":")[2] for address in addresses]
    command: list[str | Path] = [RECORDER, "-m", "benchmarks.correlation.record", file, *ports]
    child = subprocess.Popen(command, cwd=stage.ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        if not child.stdout.readline():
            raise stage.StageError("packets cannot be recorded")
        yield
        child.send_signal(signal.SIGTERM)
        said, _ = child.communicate(timeout=60)
        print(f"  packets: {said.strip()}", file=sys.stderr)
    finally:
        child.kill()
        child.wait()


async def _play(scene: Scene, requests: int) -> list[Load]:
    async with collected(scene.folder / "spans", scene.sink):
        with ExitStack() as stack:
            await asyncio.to_thread(_serve, stack, scene)
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
            jar = aiohttp.DummyCookieJar()
            async with aiohttp.ClientSession(f"http://{scene.listen}", connector=connector, cookie_jar=jar) as session:
                clients = scene.played.clients(session, traced=scene.level == "context")
                loads = await _drive(clients, requests)
                await asyncio.sleep(EXPORT_SECONDS if scene.level == "spans" else PAUSE_SECONDS)
            print(f"  answers: {dict(clients.answered)}", file=sys.stderr)
    return loads


async def _drive(clients: Clients, requests: int) -> list[Load]:
    loads = []
    await clients.prepare()
    await clients.quiet(QUIET_REQUESTS)
    for in_flight in LOADS:
        await asyncio.sleep(PAUSE_SECONDS)
        started = time.time_ns()
        mean = await clients.load(in_flight, requests)
        loads.append(Load(in_flight, started, time.time_ns(), mean))
    return loads


def _serve(stack: ExitStack, scene: Scene) -> None:
    sample, real = scene.played.sample, scene.real
    addresses = {**real, "db": f"postgresql://{real['login']}@{real['db']}/flowtape"}
    environment = {name: value.format(**addresses) for name, value in sample.environment.items()}
    environment |= {
        "PYTHONPATH": str(stage.ROOT),
        VARIABLE: scene.level,
        "CORRELATION_ORACLE": str(scene.folder / "oracle"),
        "OTEL_SERVICE_NAME": sample.name,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{scene.sink}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }
    programs = Path(sys.executable).parent
    command = [programs / scene.played.command[0], *(part.format(port=scene.port) for part in scene.played.command[1:])]
    if scene.level == "spans":
        command.insert(0, programs / "opentelemetry-instrument")
    stack.enter_context(servers.program(command, int(scene.port), environment, sample.name))


@asynccontextmanager
async def collected(file: Path, port: int) -> AsyncIterator[None]:
    """An OTLP receiver that keeps what it is posted."""
    with file.open("wb") as output:

        async def take(request: aiohttp.web.Request) -> aiohttp.web.Response:
            headers = request.headers
            export = Export(
                time.time_ns(),
                headers.get("Content-Type", ""),
                headers.get("Content-Encoding", ""),
                await request.read(),
            )
            body = msgspec.msgpack.encode(export)
            output.write(len(body).to_bytes(4, "big") + body)
            return aiohttp.web.Response(content_type="application/x-protobuf")

        app = aiohttp.web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/traces", take)
        # The body is kept as it was sent: gzip is for the receiver under test to undo.
        runner = aiohttp.web.AppRunner(app, auto_decompress=False)
        await runner.setup()
        try:
            await aiohttp.web.TCPSite(runner, "127.0.0.1", port).start()
            yield
        finally:
            await runner.cleanup()


def exports(file: Path) -> Iterator[Export]:
    data = file.read_bytes()
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        yield msgspec.msgpack.decode(data[at + 4 : end], type=Export)
        at = end


def may_record() -> bool:
    """Whether this user may hear packets, and the agent's environment is there to do it."""
    return stage.may_sniff() and RECORDER.exists() and os.name == "posix"
