"""A service that makes a client for each request does not read the certificates of all CAs each time."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import httpx
import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.cassettes import Catching, TapeCassette
from flowtape.replay.flowfile import Captured, Case, Session
from flowtape.replay.network import Refusal
from flowtape.replay.tape import Tape


class Reading:
    def __init__(self) -> None:
        self.times = 0

    def default_context(self, **options: str) -> ssl.SSLContext:
        self.times += 1
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    found = Reading()
    monkeypatch.setattr(ssl, "create_default_context", found.default_context)
    return found


@pytest.fixture
def catching() -> Catching:
    tape = Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200)), Session())
    return Catching(TapeCassette(tape, {}, Refusal().refuse))


@pytest.fixture
def caught(catching: Catching) -> Iterator[None]:
    with catching.active():
        yield


def clients(**options: object) -> None:
    for _ in range(2):
        httpx.Client(**options).close()  # type: ignore[arg-type]
        httpx.AsyncClient(**options)  # type: ignore[arg-type]


def test_certificates_are_read_once_in_all_tests(reading: Reading, catching: Catching) -> None:
    for _ in range(2):
        with catching.active():
            clients()
    assert reading.times == 1


@pytest.mark.usefixtures("caught")
def test_what_clients_are_given_is_told_apart(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    clients()
    clients(verify=False)  # reads none
    clients(trust_env=False)
    monkeypatch.setenv("SSL_CERT_FILE", "ca.pem")
    clients()
    assert reading.times == 3


@pytest.mark.usefixtures("caught")
def test_a_context_of_the_services_own_is_used(reading: Reading) -> None:
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert httpx.Client(verify=own)._transport._pool._ssl_context is own  # type: ignore[attr-defined]
    assert reading.times == 0


def test_outside_of_the_application_nothing_is_shared(reading: Reading, catching: Catching) -> None:
    with catching.active():
        clients()
    clients()
    assert reading.times == 5
