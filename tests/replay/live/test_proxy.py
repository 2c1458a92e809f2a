"""The agent's proxy, in a process of its own, before live HTTP and HTTPS."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.replay.live.conftest import HOST, Https, serving

from flowtape.capture.configuration import ConfigurationError
from flowtape.capture.exchange import Exchange, HttpRequest, HttpResponse
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.live.background import Background
from flowtape.replay.live.proxy import Proxy, check_agent, proxy
from flowtape.replay.live.relays import Hearing, quiet

LIMIT = 60.0


class Running:
    """A proxy, what it heard, and what it told."""

    def __init__(self, agent: str, folder: Path, background: Background, **dependencies: str) -> None:
        self.hearing = Hearing()
        self.told: list[str] = []
        self.background = background
        starting = proxy(agent, dependencies, folder, self.hearing, self.told.append)
        self.proxy: Proxy = background.wait(starting, LIMIT)

    def heard(self) -> list[Exchange]:
        self.background.wait(quiet([self.proxy], self.hearing, 0, LIMIT), LIMIT)
        return self.hearing.take()

    def client(self) -> httpx.Client:
        trusting = ssl.create_default_context(cafile=str(self.proxy.certificate))
        return httpx.Client(proxy=f"http://{self.proxy.address}", verify=trusting, trust_env=False)


@contextmanager
def running(agent: str, folder: Path, **dependencies: str) -> Iterator[Running]:
    background = Background()
    background.start()
    try:
        made = Running(agent, folder, background, **dependencies)
        yield made
        background.wait(made.proxy.close(), LIMIT)
    finally:
        background.stop()


def test_https_is_heard_in_front_of_its_server_and_as_a_proxy(agent: str, tmp_path: Path, trusted: Https) -> None:
    with running(agent, tmp_path, pay=trusted.url) as it:
        before = it.hearing.clock()
        said = httpx.post(f"http://{it.proxy.places['pay']}/charges", content=b"42", trust_env=False).text
        assert said == f"{trusted.host} /charges 42"
        with it.client() as client:
            assert client.post(f"{trusted.url}/refunds", content=b"7").text == f"{trusted.host} /refunds 7"
        first, second = it.heard()
        assert before < first.started < first.ended < second.started < second.ended < it.hearing.clock()
    for exchange, target in ((first, "/charges"), (second, "/refunds")):
        assert exchange.connection.dependency == "pay"
        assert isinstance(exchange.question, HttpRequest)
        assert isinstance(exchange.answer, HttpResponse)
        assert (exchange.question.target, exchange.answer.status, exchange.incomplete) == (target, 201, "")
    assert it.told == []


def test_its_certificates_hold_at_the_time_of_any_flow(agent: str, tmp_path: Path, trusted: Https) -> None:
    """A service whose clock stands at a flow's time, long ago, accepts them."""
    from cryptography import x509

    with running(agent, tmp_path, pay=trusted.url):
        certificate = x509.load_pem_x509_certificate((tmp_path / "proxy.pem").read_bytes().partition(b"KEY-----\n")[2])
        assert (tmp_path / "proxy.pem").stat().st_mode & 0o777 == 0o600
    assert certificate.not_valid_before_utc.year == 2000
    assert certificate.not_valid_after_utc.year == 2100


def test_a_host_that_is_no_dependency_is_refused_by_name(agent: str, tmp_path: Path, trusted: Https) -> None:
    with serving() as other, running(agent, tmp_path, pay=trusted.url) as it, it.client() as client:
        assert client.post(f"http://{other}/", content=b"secret").status_code == 403
        with pytest.raises(httpx.ProxyError, match="403"):
            client.get("https://192.0.2.1/")
        assert it.heard() == []
        http, https = it.told
    port = other.rpartition(":")[2]
    assert http.startswith(f"'{HOST}' port {port} is no dependency of this service (pay at {trusted.host})")
    assert https.startswith("'192.0.2.1' port 443 is no dependency")


def test_a_server_whose_certificate_is_not_trusted_is_named(agent: str, tmp_path: Path, https: Https) -> None:
    with running(agent, tmp_path, pay=https.url) as it:
        httpx.post(f"http://{it.proxy.places['pay']}/charges", content=b"42", trust_env=False)
        it.heard()
        assert it.told[0].startswith(f"pay at {https.host}: TLS failed: ")
        assert "SSL_CERT_FILE" in it.told[0]


def test_a_client_that_does_not_trust_the_proxy_is_told(agent: str, tmp_path: Path, trusted: Https) -> None:
    with running(agent, tmp_path, pay=trusted.url) as it:
        with (
            httpx.Client(proxy=f"http://{it.proxy.address}", trust_env=False) as client,
            pytest.raises(httpx.HTTPError),
        ):
            client.get(trusted.url)
        it.heard()
        (told,) = it.told
        assert told.startswith("the service did not accept the proxy's certificate")


def test_a_client_that_has_not_answered_the_proxys_certificate_is_waited_for(
    agent: str, tmp_path: Path, trusted: Https
) -> None:
    with running(agent, tmp_path, pay=trusted.url) as it:
        hello, flight = ssl.MemoryBIO(), ssl.MemoryBIO()
        with pytest.raises(ssl.SSLWantReadError):
            ssl.create_default_context().wrap_bio(flight, hello, server_hostname=HOST).do_handshake()
        host, port = it.proxy.address.host, it.proxy.address.port
        with socket.create_connection((host, port), timeout=LIMIT) as client:
            client.sendall(f"CONNECT {trusted.host} HTTP/1.1\r\nHost: {trusted.host}\r\n\r\n".encode())
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
            client.sendall(hello.read())
            assert client.recv(1)
            assert it.background.wait(it.proxy.under_way(), LIMIT)
        it.heard()
        (told,) = it.told
        assert told.startswith("the service did not accept the proxy's certificate")


def test_a_proxy_that_cannot_start_says_why(tmp_path: Path) -> None:
    background = Background()
    background.start()
    try:
        with pytest.raises(BrokenError, match=r"the proxy did not start: .*no/such/python"):
            Running("/no/such/python", tmp_path, background, pay="http://127.0.0.1:1")
        with pytest.raises(BrokenError, match="the proxy did not start:"):
            Running("/bin/false", tmp_path, background, pay="http://127.0.0.1:1")
    finally:
        background.stop()


def test_a_proxy_that_ends_is_told_and_not_waited_for(agent: str, tmp_path: Path) -> None:
    with running(agent, tmp_path, pay="http://127.0.0.1:1") as it:
        it.proxy._process.kill()
        with pytest.raises(BrokenError, match="the proxy ended while it was needed"):
            it.heard()


def test_whether_an_agent_has_the_proxy_is_found_out_before(agent: str) -> None:
    check_agent(agent)
    with pytest.raises(ConfigurationError, match="--agent /no/such: it cannot be started: No such file"):
        check_agent("/no/such")
    if agent == sys.executable:
        check_agent("")
        return
    with pytest.raises(ConfigurationError, match=r"is not installed here\. `uv tool install 'flowtape\[capture\]'`"):
        check_agent("")
    with pytest.raises(ConfigurationError, match=r"is no Python with the proxy: .*mitmproxy.*uv tool install"):
        check_agent(sys.executable)
