"""Live HTTP and HTTPS, and the agent's environment."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from samples.stage import agent_program

from flowtape.replay.certificates import Authority

HOST = "127.0.0.2"
"""Of loopback, and none of those that clients are told to reach without a proxy."""


class Answering(BaseHTTPRequestHandler):
    """Says which host it was asked for, and for what."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        said = b"%s %s %s" % (self.headers["host"].encode(), self.path.encode(), body)
        self.send_response(201)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Https:
    """A live HTTPS server, and the file of the authority that signed for it."""

    host: str
    authority: Path

    @property
    def url(self) -> str:
        return f"https://{self.host}"


@contextmanager
def serving(authority: Authority | None = None) -> Iterator[str]:
    """A server; its host:port."""
    server = ThreadingHTTPServer((HOST, 0), Answering)
    server.daemon_threads = True
    if authority is not None:
        server.socket = authority.context(HOST).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def https(tmp_path: Path) -> Iterator[Https]:
    (folder := tmp_path / "authority").mkdir()
    authority = Authority(folder)
    with serving(authority) as host:
        yield Https(host, authority.certificate)


@pytest.fixture
def trusted(https: Https, monkeypatch: pytest.MonkeyPatch) -> Https:
    """The live server, whose authority this process and its children trust."""
    monkeypatch.setenv("SSL_CERT_FILE", str(https.authority))
    return https


@pytest.fixture(scope="session")
def agent() -> str:
    """A Python that has the proxy."""
    if importlib.util.find_spec("mitmproxy") is not None:
        return sys.executable
    python = agent_program().with_name("python")
    if not python.exists():
        pytest.skip("there is no environment of the agent: make setup")
    return str(python)
