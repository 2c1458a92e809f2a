"""Real services, unchanged, with many requests at once: their spans say whose every call is.

Those in Python run under plain `opentelemetry-instrument`; the one in JavaScript has an OpenTelemetry of its own.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml
from samples import servers, stage

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.capture.flow import Flow
from flowtape.capture.recording import Reader

BIN = Path(sys.executable).parent
INSTRUMENT = str(BIN / "opentelemetry-instrument")
LIBRARIES = stage.ROOT / "build" / "tickets" / "node_modules"
TICKETS = stage.Sample(
    name="tickets",
    server=(),
    environment={"DATABASE_URL": "{db}", "REDIS_URL": "redis://{cache}/0", "RATES_URL": "http://{payments}"},
    dependencies={"db": "db", "cache": "cache", "rates": "payments"},
)
AT_ONCE = 16
ROUNDS = 8
Drive = Callable[[httpx.AsyncClient, str], Awaitable[None]]


@dataclass(frozen=True)
class Traced:
    flows: list[Flow]
    counters: dict[str, int]

    @property
    def kept(self) -> list[Flow]:
        return [flow for flow in self.flows if not flow.problem]


pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(not stage.agent_program().exists(), reason="needs the agent's environment: make setup"),
    pytest.mark.skipif(not stage.may_sniff(), reason="needs the right to hear packets"),
]


def traced(folder: Path, sample: stage.Sample, command: list[str], drive: Drive, protocol: str) -> Traced:
    """`sample`, served by `command`, recorded while `drive` asks it."""
    (folder / sample.folder).mkdir(parents=True)
    shutil.copy(stage.ROOT / sample.folder / "flowtape.yaml", folder / sample.folder)
    with ExitStack() as stack:
        real = stage.dependencies(stack, sample)
        port, spans = servers.free_port(), f"127.0.0.1:{servers.free_port()}"
        configuration = stage._configure(folder, sample, real, f"127.0.0.1:{port}", {})
        data = yaml.safe_load(configuration.read_text())
        encoding = "grpc" if protocol == "grpc" else "http"
        data["capture"]["spans"] = {"http": "", "grpc": "", encoding: spans}
        configuration.write_text(yaml.safe_dump(data))
        agent = stack.enter_context(stage._agent(configuration, {**os.environ, "FLOWTAPE_KEY": "k" * 32}))
        addresses = {**real, "db": f"postgresql://{real['login']}@{real['db']}/flowtape"}
        environment = {name: value.format(**addresses) for name, value in sample.environment.items()}
        environment |= {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(stage.ROOT),
            "NODE_PATH": str(LIBRARIES),
            "PORT": str(port),
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{spans}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_BSP_SCHEDULE_DELAY": "500",
        }
        with servers.program([part.format(port=port) for part in command], port, environment, sample.name):
            asyncio.run(_driven(drive, f"http://127.0.0.1:{port}", addresses["db"]))
            summary = stage._stop(agent)
    flows = [one for one in Reader(str(folder / sample.folder / "recording")) if isinstance(one, Flow)]
    return Traced(flows, summary["counters"])


async def _driven(drive: Drive, url: str, database: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        await drive(client, database)


async def shop(client: httpx.AsyncClient, _: str) -> None:
    """Customers who all do the like at once."""

    async def customer(number: int) -> None:
        for turn in range(ROUNDS):
            await client.get(f"/products/{1 + (number + turn) % 4}")
            await client.get("/products?limit=3")
            cart = (await client.post("/carts", json={"customer": 1 + number % 3})).json()["id"]
            await client.post(f"/carts/{cart}/items", json={"product": 1 + turn % 5, "quantity": 1})
            await client.get(f"/carts/{cart}")
            if turn % 4 == 0:
                await client.post("/orders", json={"cart": cart, "card": "4242424242424242"})

    await asyncio.gather(*(customer(number) for number in range(AT_ONCE)))


async def ledger(client: httpx.AsyncClient, database: str) -> None:
    from samples.ledger.seed import PASSWORDS

    with psycopg.connect(database) as connection:
        accounts: dict[str, int] = dict(
            connection.execute(
                "SELECT u.email, min(a.id) FROM users u JOIN accounts a ON a.owner = u.id GROUP BY 1"
            ).fetchall()
        )

    async def user(email: str) -> None:
        token = (await client.post("/login", json={"email": email, "password": PASSWORDS[email]})).json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        for _ in range(ROUNDS):
            await client.get("/me", headers=bearer)
            await client.get(f"/accounts/{accounts[email]}", headers=bearer)
            await client.get(f"/accounts/{accounts[email]}/statement", headers=bearer)

    await asyncio.gather(*(user(email) for _ in range(AT_ONCE // 2) for email in accounts if email in PASSWORDS))


async def tickets(client: httpx.AsyncClient, _: str) -> None:
    async def visitor(number: int) -> None:
        for turn in range(ROUNDS):
            await client.get(f"/tickets/{1 + (number + turn) % 9}")
            if turn % 2:
                await client.post(f"/tickets/{1 + (number + turn) % 9}/sales")

    await asyncio.gather(*(visitor(number) for number in range(4)))


def parameters(flow: Flow) -> list[str]:
    """What its statements and commands were asked with, as texts."""
    found: list[str] = []
    for call in flow.calls:
        question = call.exchange.question
        if isinstance(question, SqlStatement):
            found += [str(value) for value in question.parameters] + re.findall(r"\d+", question.text)
        elif isinstance(question, RedisCommand):
            found += [word.decode("latin-1") for word in question.arguments]
    return found


def check(found: Traced, at_least: float) -> None:
    """Each request has its span; nothing that was kept is wrong, and nearly all was kept."""
    assert found.counters["requests.tied"] == len(found.flows)
    assert not found.counters.get("requests.without_span")
    assert not found.counters.get("spans.late")
    assert len(found.kept) >= at_least * len(found.flows), [flow.problem for flow in found.flows if flow.problem]
    for flow in found.kept:
        question, answer = flow.entry.question, flow.entry.answer
        assert isinstance(question, HttpRequest)
        assert isinstance(answer, HttpResponse)
        named = re.fullmatch(r"/(?:products|carts|accounts|tickets)/([\w-]+)(?:/\w+)?", question.target)
        if named and answer.status < 400:
            asked = parameters(flow)
            assert any(named[1] in one for one in asked), (question.target, asked)


def test_the_shop(tmp_path: Path) -> None:
    """One process of asyncio: uvicorn, psycopg, redis, httpx. Spans by HTTP."""
    command = [INSTRUMENT, "uvicorn", "samples.shop.app:app", "--port", "{port}", "--log-level", "warning"]
    found = traced(tmp_path, stage.SHOP, command, shop, "http/protobuf")
    check(found, at_least=0.95)
    kinds = {call.evidence[0].kind for flow in found.kept for call in flow.calls}
    assert "alone" not in kinds
    exact = [call.evidence[0].kind for flow in found.kept for call in flow.calls]
    assert exact.count("span") > len(exact) / 3


def test_the_ledger_in_threads(tmp_path: Path) -> None:
    """A process that was forked, with threads: gunicorn, SQLAlchemy, psycopg2, requests."""
    command = [INSTRUMENT, "gunicorn", "samples.ledger.app:app", "--threads", "8", "--bind", "127.0.0.1:{port}"]
    check(traced(tmp_path, stage.LEDGER, command, ledger, "http/protobuf"), at_least=0.97)


def test_the_ledger_by_grpc(tmp_path: Path) -> None:
    command = [INSTRUMENT, "flask", "--app", "samples.ledger.app", "run", "--port", "{port}"]
    check(traced(tmp_path, stage.LEDGER, command, ledger, "grpc"), at_least=0.97)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.skipif(not LIBRARIES.exists(), reason="needs the libraries of the sample in JavaScript: make node")
def test_the_tickets_in_javascript(tmp_path: Path) -> None:
    """A service with an OpenTelemetry of its own, whose clock has milliseconds. Spans by HTTP in JSON."""
    folder = stage.ROOT / "samples" / "tickets"
    command = ["node", "--require", str(folder / "tracing.js"), str(folder / "server.js")]
    found = traced(tmp_path, TICKETS, command, tickets, "http/json")
    check(found, at_least=0.6)
