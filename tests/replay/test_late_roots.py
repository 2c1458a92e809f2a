"""Contexts made while a flow is played read no certificates of CAs until they are needed, and have all of them then."""

from __future__ import annotations

import _ssl
import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import httpx
import pytest

from flowtape.replay import late_roots
from flowtape.replay.certificates import Authority
from flowtape.replay.late_roots import LateRoots

MANY = 50


def held(context: ssl.SSLContext) -> int:
    """How many certificates are in it by now."""
    return int(_ssl._SSLContext.cert_store_stats(context)["x509_ca"])


@pytest.fixture(autouse=True)
def none_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def of_certifi() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


def of_httpx() -> ssl.SSLContext:
    return httpx.Client()._transport._pool._ssl_context  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def active() -> Iterator[None]:
    with LateRoots().active():
        yield


@pytest.fixture(params=[of_certifi, of_httpx])
def context(request: pytest.FixtureRequest, active: None) -> ssl.SSLContext:
    make: Callable[[], ssl.SSLContext] = request.param
    return make()


USES: list[Callable[[ssl.SSLContext], object]] = [
    lambda context: context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="a.example"),
    lambda context: context.get_ca_certs(),
    lambda context: context.cert_store_stats(),
]


@pytest.mark.parametrize("use", USES, ids=["wrap_bio", "get_ca_certs", "cert_store_stats"])
def test_they_are_read_when_they_are_needed(context: ssl.SSLContext, use: Callable[[ssl.SSLContext], object]) -> None:
    assert held(context) == 0
    assert use(context)
    assert held(context) > MANY
    assert len(context.get_ca_certs()) > MANY


def test_they_are_read_also_after_the_replay() -> None:
    with LateRoots().active():
        context = of_certifi()
    assert held(context) == 0
    assert len(context.get_ca_certs()) > MANY
    assert held(of_certifi()) > MANY


def test_those_of_the_system_wait_too(active: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    context = ssl.create_default_context()
    assert held(context) == 0
    assert len(context.get_ca_certs()) > MANY


def test_a_file_of_the_services_own_is_read_at_once(active: None, tmp_path: Path) -> None:
    assert held(ssl.create_default_context(cafile=str(Authority(tmp_path).certificate))) == 1
    with pytest.raises(FileNotFoundError):
        ssl.create_default_context(cafile=str(tmp_path / "no.pem"))


def test_it_is_added_to_those_that_wait(active: None, tmp_path: Path) -> None:
    context = of_certifi()
    context.load_verify_locations(Authority(tmp_path).certificate)
    assert held(context) == 1
    assert len(context.get_ca_certs()) > MANY


def test_threads_that_need_them_at_once_all_have_them(context: ssl.SSLContext) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(context.get_ca_certs()))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert min(found) == max(found) > MANY


def test_a_server_is_verified_by_them(active: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setattr(late_roots, "MANY", 1)

    async def asked(context: ssl.SSLContext) -> bytes:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"heard")
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=authority.context("localhost")) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
            said = await reader.read()
            writer.close()
            return said

    context = ssl.create_default_context(cafile=str(authority.certificate))
    assert held(context) == 0
    assert asyncio.run(asked(context)) == b"heard"
    nothing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(asked(nothing))
