"""mitmproxy in the path: real clients, real servers, and exchanges as the bytes had them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest

pytest.importorskip("mitmproxy")

import httpx
from samples.servers import free_port
from tests.capture.taps.peers import LIMIT, before, forward, ok, proxying, serving, talk

from flowtape.capture.configuration import Capture, Configuration, Dependency, Service
from flowtape.capture.exchange import Address, Exchange, HttpRequest, HttpResponse, OpaqueBytes
from flowtape.capture.taps.proxied import Listener
from flowtape.capture.taps.proxy import ProxyTap, hosts, listeners
from flowtape.replay.certificates import Authority

pytestmark = pytest.mark.agent


def test_an_entry_is_heard_as_it_was_sent(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(ok) as server, proxying(tmp_path, before(server)) as (tap, heard):
            head = b"POST /a%20b/../c?x=%C3%A9&y HTTP/1.1\r\nHost: shop.example\r\nX-Twice: a\r\nx-tWice: b\r\n"
            _, writer = await asyncio.open_connection("127.0.0.1", tap.addresses["service"].port)
            writer.write(head + b"Content-Length: 5\r\n\r\nhe\x00\xffo")
            await heard.wait_for(1)
            writer.close()
            (exchange,) = heard
            assert exchange.question == HttpRequest(
                "POST",
                "/a%20b/../c?x=%C3%A9&y",
                (("Host", "shop.example"), ("X-Twice", "a"), ("x-tWice", "b"), ("Content-Length", "5")),
                b"he\x00\xffo",
            )
            sent = head + b"Content-Length: 5\r\n\r\n"
            assert exchange.answer == HttpResponse(
                200, "Fine", (("X-One", "1"), ("x-one", "2"), ("Content-Length", str(len(sent)))), sent
            )
            assert exchange.protocol == "http1"
            assert exchange.incomplete == ""
            assert exchange.started <= exchange.asked <= exchange.answered <= exchange.ended
            assert exchange.connection.dependency is None
            assert exchange.connection.server == server
            assert exchange.connection.client.host == "127.0.0.1"
            assert tap.counters == {"connections.opened": 1, "exchanges.whole": 1}

    asyncio.run(scenario())


def test_requests_of_one_connection_share_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(ok) as server, proxying(tmp_path, before(server)) as (tap, heard):
            async with httpx.AsyncClient(base_url=f"http://{tap.addresses['service']}", trust_env=False) as client:
                for number in range(5):
                    assert (await client.get(f"/{number}")).status_code == 200
                await heard.wait_for(5)
            assert [exchange.question.target for exchange in heard] == [f"/{number}" for number in range(5)]  # type: ignore[union-attr]
            assert len({exchange.connection for exchange in heard}) == 1

    asyncio.run(scenario())


def test_a_chunked_body_is_kept_without_its_chunks_and_with_its_coding(tmp_path: Path) -> None:
    async def chunked(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"0\r\n\r\n") == b"3\r\nabc\r\n0\r\n\r\n"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"4\r\n\x1f\x8b\x08\x00\r\n2\r\nzz\r\n0\r\n\r\n")

    async def scenario() -> None:
        async with serving(chunked) as server, proxying(tmp_path, before(server)) as (tap, heard):
            reader, writer = await asyncio.open_connection("127.0.0.1", tap.addresses["service"].port)
            writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            assert (await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), LIMIT)).endswith(b"zz\r\n0\r\n\r\n")
            await heard.wait_for(1)
            writer.close()
            assert heard[0].question.body == b"abc"  # type: ignore[union-attr]
            assert heard[0].answer.body == b"\x1f\x8b\x08\x00zz"  # type: ignore[union-attr]
            assert ("Transfer-Encoding", "chunked") in heard[0].answer.headers  # type: ignore[union-attr]

    asyncio.run(scenario())


def test_an_event_stream_is_not_held_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        release = asyncio.Event()

        async def events(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            await release.wait()
            writer.write(b"data: 2\n\n")
            writer.close()

        async with serving(events) as server, proxying(tmp_path, before(server)) as (tap, heard):
            reader, writer = await asyncio.open_connection("127.0.0.1", tap.addresses["service"].port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await asyncio.wait_for(reader.readuntil(b"data: 1\n\n"), LIMIT)
            assert tap.watermark() <= tap.watermark()
            release.set()
            assert await asyncio.wait_for(reader.read(), LIMIT) == b"data: 2\n\n"
            await heard.wait_for(1)
            writer.close()
            assert heard[0].answer.body == b"data: 1\n\ndata: 2\n\n"  # type: ignore[union-attr]
            assert heard[0].incomplete == ""

    asyncio.run(scenario())


def test_the_watermark_stays_before_an_exchange_under_way(tmp_path: Path) -> None:
    async def scenario() -> None:
        asked, release = asyncio.Event(), asyncio.Event()

        async def late(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await release.wait()
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

        async with serving(late) as server, proxying(tmp_path, before(server)) as (tap, heard):
            talking = asyncio.create_task(
                talk(tap.addresses["service"], b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            )
            await asyncio.wait_for(asked.wait(), LIMIT)
            marks = [tap.watermark() for _ in range(3)]
            release.set()
            await heard.wait_for(1)
            assert max(marks) <= heard[0].started
            await talking

    asyncio.run(scenario())


def test_a_body_over_the_limit_passes_and_is_not_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(ok) as server, proxying(tmp_path, before(server), max_body=1000) as (tap, heard):
            async with httpx.AsyncClient(trust_env=False) as client:
                url = f"http://{tap.addresses['service']}/"
                assert (await client.post(url, content=bytes(100_000))).status_code == 200
                await heard.wait_for(1)
            assert heard[0].question.body == b""  # type: ignore[union-attr]
            assert heard[0].incomplete == "a body of more than 1000 bytes"
            assert tap.counters["exchanges.incomplete"] == 1

    asyncio.run(scenario())


def test_the_client_is_told_to_continue_and_the_record_says_that_it_asked(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(ok) as server, proxying(tmp_path, before(server)) as (tap, heard):
            reader, writer = await asyncio.open_connection("127.0.0.1", tap.addresses["service"].port)
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            assert b"100" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT)
            writer.write(b"ab")
            assert b"200" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT)
            await heard.wait_for(1)
            writer.close()
            assert ("Expect", "100-continue") in heard[0].question.headers  # type: ignore[union-attr]
            assert heard[0].question.body == b"ab"  # type: ignore[union-attr]

    asyncio.run(scenario())


def test_a_server_that_is_down_closes_the_client_and_is_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        down = Address("127.0.0.1", free_port())
        async with proxying(tmp_path, before(down)) as (tap, heard):
            assert await talk(tap.addresses["service"], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b""
            assert heard == []
            assert tap.counters["servers.unreachable"] == 1

    asyncio.run(scenario())


def test_a_client_that_goes_away_leaves_an_incomplete_exchange(tmp_path: Path) -> None:
    async def scenario() -> None:
        asked = asyncio.Event()

        async def never(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await reader.read()

        async with serving(never) as server, proxying(tmp_path, before(server)) as (tap, heard):
            _, writer = await asyncio.open_connection("127.0.0.1", tap.addresses["service"].port)
            writer.write(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await asyncio.wait_for(asked.wait(), LIMIT)
            writer.transport.abort()
            await heard.wait_for(1)
            assert heard[0].answer is None
            assert heard[0].incomplete == "broken off before any answer came"
            assert tap.watermark() > heard[0].started or tap.counters["exchanges.incomplete"] == 1

    asyncio.run(scenario())


def test_an_answer_that_is_cut_is_incomplete(tmp_path: Path) -> None:
    async def cut(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        writer.close()

    async def scenario() -> None:
        async with serving(cut) as server, proxying(tmp_path, before(server)) as (tap, heard):
            await talk(tap.addresses["service"], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await heard.wait_for(1)
            assert heard[0].incomplete == "broken off before its answer was whole"

    asyncio.run(scenario())


def test_an_upgrade_is_an_exchange_and_then_opaque(tmp_path: Path) -> None:
    async def upgraded(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n")
        while data := await reader.read(100):
            writer.write(data + data)
        writer.close()

    async def scenario() -> None:
        async with serving(upgraded) as server, proxying(tmp_path, before(server)) as (tap, heard):
            reader, writer = await asyncio.open_connection("127.0.0.1", tap.addresses["service"].port)
            writer.write(b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n")
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT)
            writer.write(b"hello")
            assert await asyncio.wait_for(reader.readexactly(10), LIMIT) == b"hellohello"
            writer.close()
            await heard.wait_for(2)
            assert heard[0].answer.status == 101  # type: ignore[union-attr]
            assert (heard[1].protocol, heard[1].question, heard[1].answer) == (
                "opaque",
                OpaqueBytes(5),
                OpaqueBytes(10),
            )

    asyncio.run(scenario())


def test_a_dependency_is_sent_its_own_name(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(ok) as server, proxying(tmp_path, before(server, dependency="payments")) as (tap, heard):
            async with httpx.AsyncClient(trust_env=False) as client:
                response = await client.get(f"http://{tap.addresses['payments']}/charges")
                await heard.wait_for(1)
            assert b"Host: %s\r\n" % str(server).encode() in response.content
            assert ("Host", str(server)) in heard[0].question.headers  # type: ignore[union-attr]
            assert heard[0].connection.dependency == "payments"

    asyncio.run(scenario())


def test_the_forward_proxy_knows_dependencies_by_their_host_and_signs_for_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "servers").mkdir()
        authority = Authority(tmp_path / "servers")
        async with (
            serving(ok, tls=authority.context("localhost")) as secure,
            serving(ok) as plain,
            proxying(
                tmp_path / "ca",
                forward(),
                hosts={("localhost", secure.port): "payments", ("127.0.0.1", plain.port): "mail"},
                trusted=authority.certificate,
            ) as (tap, heard),
        ):
            trusting = ssl.create_default_context(cafile=str(tap.certificate))
            proxy = f"http://{tap.addresses['forward']}"
            async with httpx.AsyncClient(proxy=proxy, verify=trusting, trust_env=False) as client:
                assert (await client.get(f"https://localhost:{secure.port}/charges?a=1")).status_code == 200
                sent = await client.get(f"http://127.0.0.1:{plain.port}/mails", headers={"Proxy-Authorization": "x"})
                assert b"proxy-" not in sent.content.lower()
                await heard.wait_for(2)
            secure_one, plain_one = heard
            assert secure_one.connection.dependency == "payments"
            assert secure_one.connection.name == "localhost"
            assert secure_one.question.target == "/charges?a=1"  # type: ignore[union-attr]
            assert plain_one.connection.dependency == "mail"
            assert plain_one.question.target == "/mails"  # type: ignore[union-attr]
            assert secure_one.connection.id != plain_one.connection.id

    asyncio.run(scenario())


@pytest.mark.parametrize("named", ["the server's", "the proxy's own"])
def test_the_environment_may_name_whom_the_proxy_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    async def scenario() -> None:
        authority = Authority(tmp_path)
        own = tmp_path / "ca" / "mitmproxy-ca-cert.pem"
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate if named == "the server's" else own))
        async with (
            serving(ok, tls=authority.context("localhost")) as server,
            proxying(tmp_path / "ca", before(Address("localhost", server.port), "https", "payments")) as (tap, heard),
        ):
            said = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            answer = await talk(tap.addresses["payments"], said)
            if named == "the server's":
                assert answer.startswith(b"HTTP/1.1 200 Fine")
                await heard.wait_for(1)
                assert ("Host", f"localhost:{server.port}") in heard[0].question.headers  # type: ignore[union-attr]
            else:
                assert b"200 Fine" not in answer
                assert tap.counters["tls.failed"] == 1

    asyncio.run(scenario())


def test_a_host_that_nobody_named_is_forwarded_and_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(ok) as server, proxying(tmp_path, forward()) as (tap, heard):
            async with httpx.AsyncClient(proxy=f"http://{tap.addresses['forward']}", trust_env=False) as client:
                assert (await client.get(f"http://{server}/")).status_code == 200
            assert tap.counters["exchanges.elsewhere"] == 1
            assert heard == []

    asyncio.run(scenario())


def test_a_client_without_the_ca_is_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "servers").mkdir()
        authority = Authority(tmp_path / "servers")
        async with (
            serving(ok, tls=authority.context("localhost")) as server,
            proxying(tmp_path / "ca", forward(), trusted=authority.certificate) as (tap, heard),
        ):
            proxy = f"http://{tap.addresses['forward']}"
            async with httpx.AsyncClient(proxy=proxy, trust_env=False) as client:
                with pytest.raises(httpx.ConnectError):
                    await client.get(f"https://localhost:{server.port}/")
            async with asyncio.timeout(LIMIT):
                while not tap.counters["tls.refused"]:  # noqa: ASYNC110 - a counter tells nobody
                    await asyncio.sleep(0)
            assert heard == []

    asyncio.run(scenario())


def test_a_listener_that_raises_costs_no_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        def refuse(exchange: Exchange) -> None:
            raise OSError("no space left")

        async with serving(ok) as server:
            listener = before(server)
            tap = ProxyTap([listener], {}, tmp_path)
            running = asyncio.create_task(tap.run(refuse))
            await asyncio.wait_for(tap.listening.wait(), LIMIT)
            async with httpx.AsyncClient(base_url=f"http://{listener.listen}", trust_env=False) as client:
                for _ in range(3):
                    assert (await client.get("/")).status_code == 200
            running.cancel()
            await asyncio.wait([running])
            assert tap.counters["exchanges.listener_errors"] == 3

    asyncio.run(scenario())


def test_stopping_hears_what_was_under_way_and_frees_the_address(tmp_path: Path) -> None:
    async def scenario() -> None:
        asked = asyncio.Event()

        async def never(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await reader.read()

        async with serving(never) as server:
            listener = before(server)
            async with proxying(tmp_path, listener) as (_, heard):
                talking = asyncio.create_task(talk(listener.listen, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
                await asyncio.wait_for(asked.wait(), LIMIT)
            assert [exchange.answer for exchange in heard] == [None]
            assert heard[0].incomplete
            with contextlib.suppress(ConnectionError):
                await asyncio.wait_for(talking, LIMIT)
            async with proxying(tmp_path, listener) as (tap, _):
                assert tap.addresses["service"] == listener.listen

    asyncio.run(scenario())


def test_an_address_in_use_is_an_error_of_run(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(ok) as server:
            tap = ProxyTap([Listener("service", server, f"http://{server}")], {}, tmp_path)
            with pytest.raises(OSError, match="failed to listen"):
                await tap.run(lambda exchange: None)

    asyncio.run(scenario())


def test_the_configuration_says_what_stands_where() -> None:
    configuration = Configuration(
        service=Service(name="shop", listen="127.0.0.1:8000"),
        dependencies={
            "db": Dependency(protocol="postgresql", address="db.internal"),
            "payments": Dependency(protocol="http", address="https://payments.internal"),
            "mail": Dependency(protocol="http", address="Mail.internal:8025"),
        },
        capture=Capture(
            inline={
                "service": "127.0.0.1:8001",
                "forward": "127.0.0.1:8002",
                "db": "127.0.0.1:6432",
                "payments": "127.0.0.1:8003",
            }
        ),
    )
    assert listeners(configuration) == (
        Listener("service", Address("127.0.0.1", 8001), "http://127.0.0.1:8000"),
        Listener("forward", Address("127.0.0.1", 8002)),
        Listener("payments", Address("127.0.0.1", 8003), "https://payments.internal", "payments"),
    )
    assert hosts(configuration) == {("payments.internal", 443): "payments", ("mail.internal", 8025): "mail"}
