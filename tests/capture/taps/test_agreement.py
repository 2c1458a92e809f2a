"""The same traffic gives the same exchanges, whichever tap hears it.

Packets are heard on the loopback interface between the proxy, or the relay, and the server behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mitmproxy")
pytest.importorskip("scapy")

import httpx
import psycopg
import redis
from samples import servers

from flowtape.capture.configuration import Configuration, Dependency, Service
from flowtape.capture.exchange import Address, Exchange, HttpRequest, RedisCommand, SqlStatement
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.routes import Routes
from flowtape.capture.taps import Tap
from flowtape.capture.taps.packets.interface import Interface, ListenError
from flowtape.capture.taps.packets.tap import PacketsTap
from flowtape.capture.taps.proxied import Listener
from flowtape.capture.taps.proxy import ProxyTap
from flowtape.capture.taps.relay import RelayRoute, RelayTap

pytestmark = pytest.mark.agent

LIMIT = 30.0
NOBODY = Service(name="shop", listen="127.0.0.1:1")


def packets(configuration: Configuration) -> PacketsTap:
    routes = Routes(configuration)
    try:
        return PacketsTap(routes, Interface("lo", routes.ports))
    except ListenError as error:
        pytest.skip(str(error))


def said(exchange: Exchange) -> tuple[object, ...]:
    """All of an exchange but who, where and when."""
    transacted = bool(exchange.transaction)
    return (
        exchange.protocol,
        exchange.question,
        exchange.answer,
        transacted,
        exchange.session,
        exchange.incomplete,
        exchange.connection.dependency,
    )


@asynccontextmanager
async def hearing(*taps: Tap) -> AsyncIterator[list[list[Exchange]]]:
    """Run the taps; at the end each has heard as many exchanges as the one that heard most."""
    heard: list[list[Exchange]] = [[] for _ in taps]
    more = asyncio.Event()

    def ear(number: int) -> Callable[[Exchange], None]:
        def hear(exchange: Exchange) -> None:
            heard[number].append(exchange)
            more.set()

        return hear

    running = [asyncio.create_task(tap.run(ear(number))) for number, tap in enumerate(taps)]
    try:
        for tap in taps:
            if isinstance(tap, RelayTap | ProxyTap):
                await asyncio.wait_for(tap.listening.wait(), LIMIT)
        yield heard
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LIMIT):
                while len({len(one) for one in heard}) > 1:
                    more.clear()
                    await more.wait()
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)


def assert_equal(first: list[Exchange], second: list[Exchange]) -> None:
    for one, other in zip(first, second, strict=False):
        assert said(one) == said(other)
    assert len(first) == len(second)


# -- HTTP: packets and proxy


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server with an answer of each kind."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            line, lower = head.split(b"\r\n")[0], head.lower()
            if b"content-length: " in lower:
                await reader.readexactly(int(lower.split(b"content-length: ")[1].split(b"\r\n")[0]))
            elif b"transfer-encoding: chunked" in lower:
                await reader.readuntil(b"0\r\n\r\n")
            writer.write(ANSWERS.get(line.split(b" ")[1].split(b"?")[0], ANSWERS[b"/"]))
            await writer.drain()
            if b"/until-close" in line:
                break
    writer.close()


ZIPPED = gzip.compress(b"zipped" * 100)
ANSWERS = {
    b"/": b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Latin: caf\xe9\r\nContent-Length: 2\r\n\r\nok",
    b"/empty": b"HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n",
    b"/head": b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n",
    b"/chunked": b"HTTP/1.1 201 Well Made\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n",
    b"/gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(ZIPPED), ZIPPED),
    b"/cached": b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
    b"/no-reason": b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
    b"/until-close": b"HTTP/1.0 200 OK\r\nX: y\r\n\r\nall of it",
    b"/large": b"HTTP/1.1 200 OK\r\nContent-Length: 700000\r\n\r\n" + bytes(700_000),
}


async def ask_everything(client: httpx.AsyncClient, base: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    for path in ("/?q=%C3%A9&q=2", "/empty", "/chunked", "/gzip", "/cached", "/no-reason", "/large", "/until-close"):
        await client.get(base + path, headers=[("X-A", "1"), ("x-a", "2")])
    await client.head(f"{base}/head")
    await client.post(f"{base}/a", json={"card": "tok_x"})
    await client.put(f"{base}/b", content=chunks())
    await client.post(f"{base}/c", content=bytes(300_000))
    await client.request("PURGE", f"{base}/d")


@asynccontextmanager
async def answering() -> AsyncIterator[Address]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield Address(*server.sockets[0].getsockname()[:2])
    finally:
        server.close()


def compare_http(
    folder: Path,
    listener: Callable[[Address], Listener],
    configuration: Callable[[Address], Configuration],
    ask: Callable[[ProxyTap, Address], Awaitable[None]],
) -> list[Exchange]:
    async def scenario() -> list[Exchange]:
        async with answering() as server:
            overheard = packets(configuration(server))
            tap = ProxyTap([listener(server)], {("127.0.0.1", server.port): "payments"}, folder)
            async with hearing(overheard, tap) as (by_packets, by_proxy):
                await ask(tap, server)
        assert_equal(by_packets, by_proxy)
        return by_proxy

    return asyncio.run(scenario())


def payments(server: Address) -> Configuration:
    return Configuration(
        service=NOBODY, dependencies={"payments": Dependency(protocol="http", address=f"http://{server}")}
    )


def free() -> Address:
    return Address("127.0.0.1", servers.free_port())


def test_the_entry_by_packets_and_by_the_reverse_proxy(tmp_path: Path) -> None:
    async def ask(tap: ProxyTap, server: Address) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await ask_everything(client, f"http://{tap.addresses['service']}")

    heard = compare_http(
        tmp_path,
        lambda server: Listener("service", free(), f"http://{server}"),
        lambda server: Configuration(service=Service(name="shop", listen=str(server))),
        ask,
    )
    assert len(heard) == 13
    assert {exchange.incomplete for exchange in heard} == {""}


def test_a_dependency_by_packets_and_by_the_reverse_proxy(tmp_path: Path) -> None:
    async def ask(tap: ProxyTap, server: Address) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await ask_everything(client, f"http://{tap.addresses['payments']}")

    heard = compare_http(
        tmp_path, lambda server: Listener("payments", free(), f"http://{server}", "payments"), payments, ask
    )
    assert len(heard) == 13


def test_a_dependency_by_packets_and_by_the_forward_proxy(tmp_path: Path) -> None:
    async def ask(tap: ProxyTap, server: Address) -> None:
        async with httpx.AsyncClient(proxy=f"http://{tap.addresses['forward']}", trust_env=False) as client:
            await ask_everything(client, f"http://{server}")

    heard = compare_http(tmp_path, lambda server: Listener("forward", free()), payments, ask)
    assert len(heard) == 13
    assert {exchange.question.target for exchange in heard if isinstance(exchange.question, HttpRequest)} >= {"/head"}


# -- databases: packets and relay


def compare_database(server: servers.Server, protocol: Any, scenario: Callable[[Address], None]) -> list[Exchange]:
    at = Address(server.host, server.port)
    configuration = Configuration(service=NOBODY, dependencies={"db": Dependency(protocol=protocol, address=str(at))})

    async def run() -> list[Exchange]:
        route = RelayRoute("db", Address("127.0.0.1", 0), at, protocol, protocol == "postgresql")
        overheard, relay = packets(configuration), RelayTap([route], CODECS)
        async with hearing(overheard, relay) as (by_packets, by_relay):
            await asyncio.wait_for(asyncio.to_thread(scenario, relay.addresses["db"]), LIMIT)
        assert_equal(by_packets, by_relay)
        return by_relay

    return asyncio.run(run())


@pytest.mark.parametrize("sslmode", ["disable", "prefer"])
def test_postgresql_by_packets_and_by_the_relay(postgresql_server: servers.Server, sslmode: str) -> None:
    server = postgresql_server

    def scenario(at: Address) -> None:
        url = f"postgresql://{server.user}:{server.password}@{at}/{server.database}?sslmode={sslmode}"
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TEMPORARY TABLE carts (id int PRIMARY KEY, total numeric, note text)")
            with connection.cursor(binary=True) as cursor:
                cursor.executemany("INSERT INTO carts VALUES (%s, %s, %s)", [(n, n * 1.5, "é" * n) for n in range(40)])
                cursor.execute("SELECT * FROM carts WHERE id > %s ORDER BY id", (10,))
                assert len(cursor.fetchall()) == 29
            with connection.cursor().copy("COPY carts TO STDOUT") as copy:
                assert len(list(copy.rows())) == 40
            with connection.cursor().copy("COPY carts FROM STDIN") as copy:
                copy.write_row((100, 1, "x"))
            connection.commit()
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO carts VALUES (1, 1, NULL)")
            connection.rollback()
            assert connection.execute("SELECT repeat('x', 300000)").fetchone() == ("x" * 300_000,)

    heard = compare_database(server, "postgresql", scenario)
    texts = [exchange.question.text for exchange in heard if isinstance(exchange.question, SqlStatement)]
    assert sum(text.startswith("INSERT") for text in texts) == 41
    assert {exchange.incomplete for exchange in heard} == {""}


@pytest.mark.parametrize("protocol", [2, 3])
def test_redis_by_packets_and_by_the_relay(redis_server: servers.Server, protocol: int) -> None:
    def scenario(at: Address) -> None:
        with redis.Redis(at.host, at.port, protocol=protocol) as client:
            client.set("cart:1", b"\r\n\x00" * 50_000)
            assert client.get("cart:1") == b"\r\n\x00" * 50_000
            client.hset("order:1", mapping={"a": "1", "b": "é"})
            assert client.hgetall("order:1") == {b"a": b"1", b"b": "é".encode()}
            with client.pipeline(transaction=True) as pipeline:
                assert pipeline.incr("n").expire("n", 10).execute()[0] == 1
            with client.pipeline(transaction=False) as pipeline:
                assert pipeline.get("none").delete("cart:1", "order:1", "n").execute() == [None, 3]
            with pytest.raises(redis.ResponseError):
                client.execute_command("NOSUCH")

    heard = compare_database(redis_server, "redis", scenario)
    names = [exchange.question.arguments[0] for exchange in heard if isinstance(exchange.question, RedisCommand)]
    assert [name for name in names if name in {b"HSET", b"INCRBY", b"NOSUCH"}] == [b"HSET", b"INCRBY", b"NOSUCH"]
    assert {exchange.incomplete for exchange in heard} == {""}
