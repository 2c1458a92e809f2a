"""A sample service on its stage: real dependencies, the agent listening, traffic driven through it, everything stopped again."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import yaml

from samples import servers

ROOT = Path(__file__).resolve().parent.parent
AGENT_START_SECONDS = 60


class StageError(RuntimeError):
    """The stage could not be set. The message says what the program concerned printed."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What tells one sample from another."""

    name: str
    server: tuple[str, ...]
    """The command that serves it, `{port}` being its port."""
    environment: Mapping[str, str]
    """`{db}`, `{cache}`, `{payments}` stand for addresses."""
    dependencies: Mapping[str, str]
    """The name in flowtape.yaml → which server it is."""
    traffic: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return Path("samples") / self.name


SHOP = Sample(
    name="shop",
    server=("-m", "uvicorn", "samples.shop.app:app", "--port", "{port}", "--log-level", "warning"),
    environment={
        "DATABASE_URL": "{db}",
        "REDIS_URL": "redis://{cache}/0",
        "PAYMENTS_URL": "http://{payments}",
        "MAIL_URL": "http://{mail}",
    },
    dependencies={"db": "db", "cache": "cache", "payments": "payments", "mail": "mail"},
    traffic=("--rounds", "12", "--pace", "0.08"),
)
LEDGER = Sample(
    name="ledger",
    server=("-m", "flask", "--app", "samples.ledger.app", "run", "--port", "{port}"),
    environment={
        "DATABASE_URL": "{db}",
        "RATES_URL": "http://{payments}",
        "MAIL_URL": "http://{mail}",
        "JWT_SECRET": "production's own secret, not replay's",
    },
    dependencies={"db": "db", "rates": "payments", "mail": "mail"},
    traffic=("--rounds", "3", "--pace", "0.08"),
)
SAMPLES = {sample.name: sample for sample in (SHOP, LEDGER)}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it: the copy of the samples that was recorded, its configuration, and what the agent and the driver said."""

    root: Path
    configuration: Path
    recording: Path
    tap: str
    summary: dict[str, Any] = field(default_factory=dict)
    traffic: str = ""


def may_sniff() -> bool:
    """Whether this user may open a packet socket."""
    with suppress(OSError, AttributeError), socket.socket(socket.AF_PACKET, socket.SOCK_RAW):
        return True
    return False


def agent_program() -> Path:
    """The `flowtape` command of the agent's environment."""
    return ROOT / ".venv-agent" / "bin" / "flowtape"


def record(sample: Sample, folder: Path, *, key: str | None = None) -> Recorded:
    """Play `sample` in a copy of the samples below `folder` and record it. Raises StageError or ServerError."""
    shutil.copytree(ROOT / "samples", folder / "samples", ignore=shutil.ignore_patterns("__pycache__", "tests"))
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {**os.environ, "FLOWTAPE_KEY": key or secrets.token_hex(32)}
    with ExitStack() as stack:
        real = dependencies(stack, sample)
        tap = "packets" if may_sniff() else "proxy and relay"
        listen = f"127.0.0.1:{servers.free_port()}"
        inline = {} if may_sniff() else _inline(sample)
        configuration = _configure(folder, sample, real, listen, inline)
        heard = {name: inline.get(key_, real[name]) for key_, name in sample.dependencies.items()}
        agent = stack.enter_context(_agent(configuration, environment))
        _serve(stack, sample, listen, heard, real)
        traffic = _drive(sample, inline.get("service", listen))
        summary = _stop(agent)
    return Recorded(folder, configuration, folder / sample.folder / "recording", tap, summary, traffic)


def dependencies(stack: ExitStack, sample: Sample) -> dict[str, str]:
    """Start what the sample depends on: kind → host:port, and the database's credentials under `login`."""
    database = stack.enter_context(servers.postgresql())
    real = {"db": f"{database.host}:{database.port}", "login": f"{database.user}:{database.password}"}
    if "cache" in sample.dependencies.values():
        cache = stack.enter_context(servers.redis())
        real["cache"] = f"{cache.host}:{cache.port}"
    for name in ("payments", "mail"):
        port = servers.free_port()
        command = [sys.executable, "-m", "uvicorn", f"samples.{name}.app:app", "--port", port, "--log-level", "warning"]
        stack.enter_context(servers.program(command, port, {"PYTHONPATH": str(ROOT)}, name))
        real[name] = f"127.0.0.1:{port}"
    _seed(sample, database)
    return real


def _seed(sample: Sample, database: servers.Server) -> None:
    if sample is LEDGER:
        environment = {**os.environ, "DATABASE_URL": database.url}
        subprocess.run([sys.executable, "-m", "samples.ledger.seed"], cwd=ROOT, env=environment, check=True)
        return
    with psycopg.connect(database.url) as connection:
        connection.execute((ROOT / sample.folder / "schema.sql").read_text().encode())


def _inline(sample: Sample) -> dict[str, str]:
    return {name: f"127.0.0.1:{servers.free_port()}" for name in ["service", *sample.dependencies]}


def _configure(folder: Path, sample: Sample, real: Mapping[str, str], listen: str, inline: dict[str, str]) -> Path:
    """The sample's own flowtape.yaml with today's addresses in it."""
    path = folder / sample.folder / "flowtape.yaml"
    data: dict[str, Any] = yaml.safe_load(path.read_text())
    data["service"]["listen"] = listen
    for name, kind in sample.dependencies.items():
        scheme = "http://" if data["dependencies"][name]["protocol"] == "http" else ""
        data["dependencies"][name]["address"] = scheme + real[kind]
    if inline:
        data["capture"]["inline"] = inline
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return path


@contextmanager
def _agent(configuration: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`flowtape capture`, from when it says that it hears."""
    child = subprocess.Popen(
        [agent_program(), "capture", "--config", configuration, "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    said: list[str] = []
    try:
        for line in child.stderr:
            said.append(line)
            if "hearing" in line:
                break
        else:
            raise StageError(f"the agent did not start:\n{''.join(said)}")
        yield child
    finally:
        child.kill()
        child.wait()


def _serve(stack: ExitStack, sample: Sample, listen: str, heard: Mapping[str, str], real: Mapping[str, str]) -> None:
    port = int(listen.rpartition(":")[2])
    addresses = {**heard, "db": f"postgresql://{real['login']}@{heard['db']}/flowtape"}
    environment = {name: value.format(**addresses) for name, value in sample.environment.items()}
    command = [sys.executable, *(part.format(port=port) for part in sample.server)]
    stack.enter_context(servers.program(command, port, {**environment, "PYTHONPATH": str(ROOT)}, sample.name))


def _drive(sample: Sample, address: str) -> str:
    command = [sys.executable, "-m", f"samples.{sample.name}.traffic", f"http://{address}", *sample.traffic]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _stop(agent: subprocess.Popen[str]) -> dict[str, Any]:
    agent.send_signal(signal.SIGINT)
    output, said = agent.communicate(timeout=AGENT_START_SECONDS)
    if agent.returncode:
        raise StageError(f"the agent ended with {agent.returncode}:\n{said}")
    summary: dict[str, Any] = json.loads(output.splitlines()[-1])
    return summary
