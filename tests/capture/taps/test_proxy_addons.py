"""mitmproxy where it would by itself hang, print, or refuse."""

# ruff: noqa: E402 - what only the environment of the agent has is asked for first

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

pytest.importorskip("mitmproxy")
# mitmproxy brings it; the other environment does not have it.
h2_connection = pytest.importorskip("h2.connection")
h2_config = pytest.importorskip("h2.config")
h2_events = pytest.importorskip("h2.events")

import httpx
from tests.capture.taps.peers import LIMIT, before, ok, proxying, serving, talk

from flowtape.capture.exchange import Address, HttpResponse

pytestmark = pytest.mark.agent


def test_trailers_are_dropped_and_the_message_is_whole(tmp_path: Path) -> None:
    async def trailing(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readuntil(b"0\r\n")) == b"3\r\nabc\r\n0\r\n"
        await reader.readuntil(b"\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n")

    async def scenario() -> None:
        async with serving(trailing) as server, proxying(tmp_path, before(server)) as (tap, heard):
            reader, writer = await asyncio.open_connection("127.0.0.1", tap.addresses["service"].port)
            for _ in range(2):
                writer.write(
                    b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n"
                )
                await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), LIMIT)
            await heard.wait_for(2)
            writer.close()
            assert [exchange.answer.body for exchange in heard] == [b"ok", b"ok"]  # type: ignore[union-attr]
            assert {exchange.incomplete for exchange in heard} == {""}

    asyncio.run(scenario())


def test_a_crash_within_the_proxy_ends_the_clients_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object) -> None:
        raise NotImplementedError

    async def scenario() -> None:
        async with serving(ok) as server, proxying(tmp_path, before(server)) as (tap, _):
            monkeypatch.setattr("mitmproxy.proxy.layers.http._http1.make_body_reader", crash)
            assert await talk(tap.addresses["service"], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b""
            monkeypatch.undo()
            assert tap.counters["log.errors"] == 1
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.get(f"http://{tap.addresses['service']}/")).status_code == 200

    asyncio.run(scenario())
    # The line of the crash may quote traffic: nobody else gets to see it.
    assert [record for record in caplog.records if record.name.startswith("mitmproxy")] == []


async def speak_http2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server of HTTP/2 that answers each request with its own body."""
    connection = h2_connection.H2Connection(h2_config.H2Configuration(client_side=False))
    connection.initiate_connection()
    bodies: dict[int, bytes] = {}
    writer.write(connection.data_to_send())
    while data := await reader.read(1 << 16):
        for event in connection.receive_data(data):
            if isinstance(event, h2_events.DataReceived):
                bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
            elif isinstance(event, h2_events.StreamEnded):
                connection.send_headers(event.stream_id, [(":status", "200"), ("x-one", "1")])
                connection.send_data(event.stream_id, bodies.get(event.stream_id, b""), end_stream=True)
        writer.write(connection.data_to_send())
    writer.close()


def test_http2_without_tls_is_heard_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        served = await asyncio.start_server(speak_http2, "127.0.0.1", 0)
        server = Address(*served.sockets[0].getsockname()[:2])
        async with served, proxying(tmp_path, before(server)) as (tap, heard):
            url = f"http://{tap.addresses['service']}"
            async with httpx.AsyncClient(base_url=url, http1=False, http2=True, trust_env=False) as client:
                answers = await asyncio.gather(*(client.post(f"/{n}", content=b"%d" % n) for n in range(3)))
                assert [answer.content for answer in answers] == [b"0", b"1", b"2"]
                await heard.wait_for(3)
            asked = {exchange.question.target: exchange for exchange in heard}  # type: ignore[union-attr]
            exchange = asked["/2"]
            assert exchange.protocol == "http2"
            assert exchange.question.version == exchange.answer.version == "2"  # type: ignore[union-attr]
            assert exchange.question.headers[0] == ("host", str(tap.addresses["service"]))  # type: ignore[union-attr]
            assert exchange.answer == HttpResponse(200, "", (("x-one", "1"),), b"2", "2")

    asyncio.run(scenario())


def test_it_writes_its_ca_to_its_folder_and_nothing_anywhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> None:
        async with serving(ok) as server, proxying(tmp_path / "ca", before(server)) as (tap, _):
            assert tap.certificate.exists()
            await talk(tap.addresses["service"], b"secret nonsense\r\n\r\n")
            await talk(tap.addresses["service"], b"GET / HTTP/1.1\r\nContent-Length: secret\r\n\r\n")
            await talk(tap.addresses["service"], b"GET secret", end=True)

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    asyncio.run(scenario())
    assert list(home.iterdir()) == []
    assert (tmp_path / "ca").stat().st_mode & 0o777 == 0o700
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    assert logging.getLogger("mitmproxy").propagate
