"""The proxy that plays every dependency, to the clients that services use."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import httpx
import pytest
import requests

from flowtape.capture.exchange import Answer, HttpRequest, HttpResponse, Question, SqlResult
from flowtape.replay.certificates import Authority
from flowtape.replay.protocols.http_forward import serve_forward
from flowtape.replay.protocols.listening import AnsweringServer
from flowtape.replay.source import Miss, Shape

LIMIT = 20.0
HOSTS = {
    ("payments.internal", 443): "payments",
    ("payments.internal", 80): "payments",
    ("mail.internal", 8025): "mail",
    ("10.0.0.7", 443): "legacy",
}


class Record:
    """Answers with the dependency's name and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, HttpRequest]] = []

    def ask(
        self, dependency: str, question: Question, transaction: str = "", otherwise: Answer | None = None
    ) -> Answer | Miss:
        assert isinstance(question, HttpRequest)
        self.asked.append((dependency, question))
        size = int(question.target.partition("?size=")[2] or 0)
        return HttpResponse(200, "OK", (), f"{dependency} {question.method} {question.target}".encode() + bytes(size))

    def shape(self, dependency: str, text: str) -> Shape | Miss:
        raise NotImplementedError

    def answers(self, dependency: str, text: str) -> list[SqlResult]:
        raise NotImplementedError

    def transaction_ended(self, dependency: str, connection: str, *, committed: bool, isolation: str = "") -> None:
        raise NotImplementedError


class Played:
    def __init__(self, server: AnsweringServer, authority: Authority, record: Record, refused: list[str]) -> None:
        self.address = server.address
        self.url = f"http://{server.address}"
        self.trusting = ssl.create_default_context(cafile=str(authority.certificate))
        self.certificate = authority.certificate
        self.record = record
        self.refused = refused


@contextmanager
def playing(folder: Path) -> Iterator[Played]:
    authority, record, refused = Authority(folder), Record(), list[str]()
    server = serve_forward(record, lambda host, port: HOSTS.get((host, port)), authority, refused.append)
    try:
        yield Played(server, authority, record, refused)
    finally:
        server.close()


async def talk(played: Played, said: bytes, until: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(played.address.host, played.address.port)
    writer.write(said)
    received = await asyncio.wait_for(reader.readuntil(until), LIMIT)
    writer.close()
    return received


def test_https_through_a_tunnel_is_answered_by_the_hosts_dependency(tmp_path: Path) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            async with httpx.AsyncClient(proxy=played.url, verify=played.trusting, trust_env=False) as client:
                for number in range(3):
                    response = await client.post(f"https://Payments.internal/charges/{number}", content=b"x")
                    assert response.text == f"payments POST /charges/{number}"
                assert (await client.get("https://10.0.0.7/")).text == "legacy GET /"
            assert [dependency for dependency, _ in played.record.asked] == ["payments"] * 3 + ["legacy"]
            assert played.refused == []

    asyncio.run(scenario())


def test_large_answers_and_questions_pass_through_tls_whole(tmp_path: Path) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            async with httpx.AsyncClient(proxy=played.url, verify=played.trusting, trust_env=False) as client:
                response = await client.post("https://payments.internal/?size=3000000", content=b"q" * 3_000_000)
            assert len(response.content) == 3_000_000 + len("payments POST /?size=3000000")
            assert played.record.asked[0][1].body == b"q" * 3_000_000

    asyncio.run(scenario())


def test_plain_requests_have_their_targets_as_the_server_reads_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            async with httpx.AsyncClient(proxy=played.url, trust_env=False) as client:
                url = "http://mail.internal:8025/mails?to=http://x/&a=%20"
                assert (await client.get(url, headers={"Proxy-Connection": "keep-alive"})).status_code == 200
            (dependency, request) = played.record.asked[0]
            assert dependency == "mail"
            assert request.target == "/mails?to=http://x/&a=%20"
            assert "proxy-connection" not in {name.lower() for name, _ in request.headers}

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("target", "expected"),
    [("http://payments.internal", "/"), ("http://payments.internal?a=/b", "/?a=/b"), ("/direct?u=http://x/", None)],
)
def test_every_form_of_a_target(tmp_path: Path, target: str, expected: str | None) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            said = f"GET {target} HTTP/1.1\r\nHost: payments.internal\r\n\r\n".encode()
            await talk(played, said, b"payments GET ")
            assert played.record.asked[0][1].target == (expected or target)

    asyncio.run(scenario())


def test_a_tunnel_may_hold_plain_http(tmp_path: Path) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            reader, writer = await asyncio.open_connection(played.address.host, played.address.port)
            writer.write(b"CONNECT mail.internal:8025 HTTP/1.1\r\nHost: mail.internal:8025\r\n\r\n")
            established = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT)
            assert established == b"HTTP/1.1 200 Connection established\r\n\r\n"
            writer.write(b"GET /a HTTP/1.1\r\nHost: mail.internal\r\n\r\n")
            assert (await asyncio.wait_for(reader.readuntil(b"GET /a"), LIMIT)).endswith(b"mail GET /a")
            writer.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_is_no_dependency_is_refused_by_name(tmp_path: Path, scheme: str) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            async with httpx.AsyncClient(proxy=played.url, verify=played.trusting, trust_env=False) as client:
                if scheme == "https":
                    with pytest.raises(httpx.ProxyError, match="403"):
                        await client.get("https://telemetry.example/x")
                else:
                    response = await client.get("http://telemetry.example/x")
                    assert response.status_code == 403
                    assert "'telemetry.example' port 80" in response.text
                    assert "flowtape.yaml" in response.text
            (refused,) = played.refused
            assert f"'telemetry.example' port {443 if scheme == 'https' else 80}" in refused
            assert played.record.asked == []

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "said",
    [
        b"CONNECT :443 HTTP/1.1\r\n\r\n",
        b"CONNECT payments.internal:port HTTP/1.1\r\n\r\n",
        b"CONNECT payments.internal:99999 HTTP/1.1\r\n\r\n",
        b"GET ftp://payments.internal/ HTTP/1.1\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_names_no_host_is_a_bad_request(tmp_path: Path, said: bytes) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            assert b"400" in await talk(played, said, b"\r\n")
            assert played.record.asked == []

    asyncio.run(scenario())


def test_a_client_that_does_not_trust_the_authority_is_let_go_and_the_next_is_served(tmp_path: Path) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            async with httpx.AsyncClient(proxy=played.url, trust_env=False) as client:
                with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                    await client.get("https://payments.internal/")
            async with httpx.AsyncClient(proxy=played.url, verify=played.trusting, trust_env=False) as client:
                assert (await client.get("https://payments.internal/")).status_code == 200

    asyncio.run(scenario())


def test_requests_and_aiohttp(tmp_path: Path) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            async with aiohttp.ClientSession() as session:
                url = "https://payments.internal/charges"
                async with session.get(url, proxy=played.url, ssl=played.trusting) as response:
                    assert await response.text() == "payments GET /charges"

            def with_requests() -> None:
                with requests.Session() as session:
                    session.trust_env = False
                    session.proxies = {"http": played.url, "https": played.url}
                    session.verify = str(played.certificate)
                    for url in ("https://payments.internal/a", "http://payments.internal/b"):
                        assert session.get(url, timeout=LIMIT).status_code == 200

            await asyncio.wait_for(asyncio.to_thread(with_requests), LIMIT)
            assert [request.target for _, request in played.record.asked] == ["/charges", "/a", "/b"]

    asyncio.run(scenario())


def test_a_subprocess_needs_nothing_but_its_environment(tmp_path: Path) -> None:
    async def scenario() -> None:
        with playing(tmp_path) as played:
            environment = os.environ | {
                "HTTPS_PROXY": played.url,
                "HTTP_PROXY": played.url,
                "NO_PROXY": "",
                "SSL_CERT_FILE": str(played.certificate),
            }
            code = "import urllib.request as u; print(u.urlopen('https://payments.internal/x').read().decode())"
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, env=environment, stdout=subprocess.PIPE
            )
            printed, _ = await asyncio.wait_for(process.communicate(), LIMIT)
            assert printed.decode().strip() == "payments GET /x"

    asyncio.run(scenario())
