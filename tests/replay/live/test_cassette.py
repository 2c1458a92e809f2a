"""HTTP in process, against live dependencies."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
import requests

from flowtape.capture.exchange import Exchange, HttpRequest, HttpResponse
from flowtape.replay.cassettes import Catching, origin
from flowtape.replay.live.cassette import LiveCassette
from flowtape.replay.live.relays import Hearing
from flowtape.replay.network import Refusal
from flowtape.replay.servers import Switch
from flowtape.replay.tape import Tape


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = gzip.compress(b'{"paid": ' + self.rfile.read(int(self.headers["content-length"])) + b"}")
        self.send_response(201)
        for name, value in (
            ("Content-Type", "application/json"),
            ("Content-Encoding", "gzip"),
            ("Content-Length", str(len(body))),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def live() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "send",
    [lambda url: httpx.post(url, content=b"42"), lambda url: requests.post(url, data=b"42", timeout=10)],
    ids=["httpx", "requests"],
)
def test_a_request_goes_through_and_its_exchange_is_heard(live: str, send: Callable[[str], Any]) -> None:
    hearing = Hearing()
    cassette = LiveCassette(Switch(Tape.__new__(Tape)), {origin(live): "payments"}, Refusal().refuse, hearing)
    before = hearing.clock()
    with Catching(cassette).active():
        assert send(f"{live}/charges?a=1").json() == {"paid": 42}
    (heard,) = hearing.take()
    assert isinstance(heard, Exchange)
    assert isinstance(heard.question, HttpRequest)
    assert (heard.question.method, heard.question.target, heard.question.body) == ("POST", "/charges?a=1", b"42")
    assert isinstance(heard.answer, HttpResponse)
    assert heard.answer.status == 201
    assert heard.connection.dependency == "payments"
    assert before < heard.started < heard.ended < hearing.clock()
    coded = ("content-encoding", "gzip") in {(name.lower(), value) for name, value in heard.answer.headers}
    assert (gzip.decompress(heard.answer.body) if coded else heard.answer.body) == b'{"paid": 42}'


def test_a_host_that_is_no_dependency_is_refused_before_anything_is_sent(live: str) -> None:
    hearing, refusal = Hearing(), Refusal()
    cassette = LiveCassette(Switch(Tape.__new__(Tape)), {}, refusal.refuse, hearing)
    with Catching(cassette).active(), pytest.raises(ConnectionRefusedError):
        httpx.post(f"{live}/charges", content=b"42")
    assert list(refusal.refused) == [live]
    assert hearing.take() == []
