"""A proxy before live dependencies, and nothing else."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

pytest.importorskip("mitmproxy")

import httpx
from samples.servers import free_port
from tests.capture.taps.peers import LIMIT, before, forward, ok, proxying, serving, talk

from flowtape.capture.exchange import Address
from flowtape.replay.certificates import Authority

pytestmark = pytest.mark.agent


def test_other_hosts_are_refused_and_get_no_byte(tmp_path: Path) -> None:
    async def scenario() -> None:
        told: list[str] = []
        async with serving(ok) as pay, serving(ok) as other:
            hosts = {(pay.host, pay.port): "pay"}
            async with proxying(tmp_path, forward(), hosts=hosts, told=told.append) as (tap, heard):
                async with httpx.AsyncClient(proxy=f"http://{tap.addresses['forward']}", trust_env=False) as client:
                    assert (await client.post(f"http://{pay}/", content=b"42")).status_code == 200
                    refused = await client.post(f"http://{other}/", content=b"secret")
                    assert (refused.status_code, refused.text) == (403, f"flowtape: {told[0]}\n")
                    with pytest.raises(httpx.ProxyError, match="403"):
                        await client.get(f"https://{other}/")
                await heard.wait_for(1)
                assert [exchange.connection.dependency for exchange in heard] == ["pay"]
                assert [words.partition(" (pay at")[0] for words in told] == [
                    f"'{other.host}' port {other.port} is no dependency of this service"
                ] * 2

    asyncio.run(scenario())


def test_a_server_that_fails_is_named(tmp_path: Path) -> None:
    async def scenario() -> None:
        told: list[str] = []
        down = Address("127.0.0.1", free_port())
        async with serving(ok, Authority(tmp_path).context("127.0.0.1")) as untrusted:
            hosts = {(untrusted.host, untrusted.port): "pay", (down.host, down.port): "mail"}
            listeners = before(untrusted, "https", "pay"), before(down, "http", "mail")
            async with proxying(tmp_path, *listeners, hosts=hosts, told=told.append) as (tap, _):
                for name in ("pay", "mail"):
                    await talk(tap.addresses[name], b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert any(words.startswith(f"pay at {untrusted}: TLS failed: ") for words in told)
        assert any(words.startswith(f"mail at {down} cannot be reached: ") for words in told)

    asyncio.run(scenario())


def test_a_client_is_shown_the_certificate_that_was_signed_for_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        (folder := tmp_path / "own").mkdir()
        own, server = Authority(folder), Authority(tmp_path)
        (signed := tmp_path / "signed.pem").write_bytes(own.pem("pay.example", "127.0.0.1"))
        told: asyncio.Queue[str] = asyncio.Queue()
        async with serving(ok, server.context("127.0.0.1")) as pay:
            hosts = {(pay.host, pay.port): "pay"}
            options = {"trusted": server.certificate, "signed": signed, "told": told.put_nowait}
            async with proxying(tmp_path, forward(), hosts=hosts, **options) as (tap, _):
                proxy = f"http://{tap.addresses['forward']}"
                trusting = ssl.create_default_context(cafile=str(own.certificate))
                async with httpx.AsyncClient(proxy=proxy, verify=trusting, trust_env=False) as client:
                    assert (await client.get(f"https://{pay}/")).status_code == 200
                assert told.empty()
                async with httpx.AsyncClient(proxy=proxy, trust_env=False) as client:
                    with pytest.raises(httpx.ConnectError):
                        await client.get(f"https://{pay}/")
                words = await asyncio.wait_for(told.get(), LIMIT)
                assert words.startswith("the service did not accept the proxy's certificate")

    asyncio.run(scenario())
