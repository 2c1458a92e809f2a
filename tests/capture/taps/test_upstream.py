"""The relay's side of TLS to a server: what an address asks for, and real servers that take it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import servers
from tests.capture.taps.peers import Heards

from flowtape.capture.configuration import ConfigurationError
from flowtape.capture.exchange import Address, RedisCommand, SqlStatement
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.taps.relay import RelayRoute, RelayTap
from flowtape.capture.taps.upstream import Unbound, connect, tls
from flowtape.replay.certificates import Authority

LIMIT = 20.0


@pytest.mark.parametrize(
    "text",
    ["db:5432", "postgresql://db", "postgresql://db?sslmode=prefer", "redis://cache", "https://pay.example", "db"],
)
def test_most_addresses_want_none(text: str) -> None:
    assert tls(text) is None


@pytest.mark.parametrize(
    ("text", "verify", "named", "asked_for"),
    [
        ("postgresql://db?sslmode=require", ssl.CERT_NONE, False, True),
        ("postgres://db:1/x?a=b&sslmode=verify-ca", ssl.CERT_REQUIRED, False, True),
        ("postgresql://db?sslmode=verify-full", ssl.CERT_REQUIRED, True, True),
        ("postgresql://db?sslmode=verify-full&sslrootcert=system", ssl.CERT_REQUIRED, True, True),
        ("rediss://cache", ssl.CERT_REQUIRED, True, False),
        ("rediss://cache?ssl_cert_reqs=none", ssl.CERT_NONE, False, False),
    ],
)
def test_an_address_says_how_the_server_is_trusted(
    text: str, verify: ssl.VerifyMode, named: bool, asked_for: bool
) -> None:
    found = tls(text)
    assert found is not None
    assert (found.context.verify_mode, found.context.check_hostname, found.asked_for) == (verify, named, asked_for)


def test_a_named_authority_is_trusted_and_checked(tmp_path: Path) -> None:
    """As libpq does it: with the file, `require` verifies too."""
    certificate = Authority(tmp_path).certificate
    found = tls(f"postgresql://db?sslmode=require&sslrootcert={certificate}")
    assert found is not None
    assert found.context.verify_mode is ssl.CERT_REQUIRED
    assert [each["subject"] for each in found.context.get_ca_certs()] == [((("commonName", "flowtape replay"),),)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("postgresql://db?sslmode=always", "sslmode is one of disable, allow, prefer, require, verify-ca, verify-full"),
        ("rediss://cache?ssl_ca_certs=/no/such.pem", "/no/such.pem cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_told(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        tls(text)


# -- what PostgreSQL says first


def message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


OFFER = b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"
KEPT = b"\0\0\0\x0aSCRAM-SHA-256\0\0"
REST = message(b"R", b"\0\0\0\x0bmore") + b"anything, R included"


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        (message(b"R", OFFER) + REST, message(b"R", KEPT) + REST),
        (message(b"v", b"protocol 3.0") + message(b"R", OFFER), message(b"v", b"protocol 3.0") + message(b"R", KEPT)),
        (message(b"R", KEPT), message(b"R", KEPT)),
        (message(b"R", b"\0\0\0\0") + message(b"R", OFFER), message(b"R", b"\0\0\0\0") + message(b"R", OFFER)),
        (message(b"E", b"SFATAL\0\0") + REST, message(b"E", b"SFATAL\0\0") + REST),
        (b"R\x7f\xff\xff\xff and so on", b"R\x7f\xff\xff\xff and so on"),
        (b"HTTP/1.1 400 Bad Request\r\n", b"HTTP/1.1 400 Bad Request\r\n"),
    ],
)
@settings(deadline=None)
@given(cuts=st.lists(st.integers(1, 12), max_size=30))
def test_binding_is_taken_out_of_the_offer_and_nothing_else(said: bytes, passed: bytes, cuts: list[int]) -> None:
    unbound, out, at = Unbound(), b"", 0
    for size in (*cuts, len(said)):
        out += unbound.passed(said[at : at + size])
        at += size
    assert out == passed


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_whatever_is_said_arrives(said: bytes, cut: int) -> None:
    """All of it but for the offer, and but for an answer that was cut off in its midst."""
    unbound = Unbound()
    out = unbound.passed(said[:cut]) + unbound.passed(said[cut:])
    assert said.startswith(out) or b"SCRAM" in said
    assert len(out) == len(said) or said[:1] in (b"R", b"v", b"")


# -- real servers


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def postgresql(authority: Authority) -> Iterator[servers.Server]:
    with servers.postgresql(tls=authority.pem("127.0.0.1")) as server:
        yield server


@asynccontextmanager
async def relaying(
    text: str, server: servers.Server | Address, protocol: str
) -> AsyncIterator[tuple[RelayTap, Heards, Address]]:
    there, here = Address(server.host, server.port), Address("127.0.0.1", 0)
    tap = RelayTap([RelayRoute("it", here, there, protocol, protocol == "postgresql", tls(text))], CODECS)
    heard = Heards()
    running = asyncio.create_task(tap.run(heard.hear))
    try:
        await asyncio.wait_for(tap.listening.wait(), LIMIT)
        yield tap, heard, tap.addresses["it"]
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def asked(server: servers.Server, at: Address, sslmode: str = "prefer") -> bool:
    """Whether the server says that its connection is encrypted."""
    login = f"postgresql://{server.user}:{server.password}@{at}/{server.database}?sslmode={sslmode}"
    with psycopg.connect(login, connect_timeout=20) as connection:
        row = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
        assert row is not None
        return bool(row[0])


@pytest.mark.parametrize("mode", ["require", "verify-full&sslrootcert={}"])
def test_postgresql_by_tls_to_a_client_in_plain(authority: Authority, postgresql: servers.Server, mode: str) -> None:
    async def scenario() -> None:
        text = f"postgresql://db?sslmode={mode}".format(authority.certificate)
        async with relaying(text, postgresql, "postgresql") as (tap, heard, at):
            assert await asyncio.to_thread(asked, postgresql, at)
            statements = [each.question.text for each in heard if isinstance(each.question, SqlStatement)]
            assert "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()" in statements
            assert tap.counters["streams.errors"] == 0

    asyncio.run(scenario())


def test_without_it_the_server_is_reached_in_plain(postgresql: servers.Server) -> None:
    async def scenario() -> None:
        async with relaying("db:5432", postgresql, "postgresql") as (_, _, at):
            assert not await asyncio.to_thread(asked, postgresql, at)

    asyncio.run(scenario())


def test_a_client_that_insists_is_counted(postgresql: servers.Server) -> None:
    async def scenario() -> None:
        async with relaying("postgresql://db?sslmode=require", postgresql, "postgresql") as (tap, _, at):
            with pytest.raises(psycopg.OperationalError, match="server does not support SSL"):
                await asyncio.to_thread(asked, postgresql, at, "require")
            await asyncio.to_thread(asked, postgresql, at)
        assert tap.counters["streams.encryption_required"] == 1

    asyncio.run(scenario())


def test_a_large_answer_passes_whole(postgresql: servers.Server) -> None:
    def large(at: Address) -> int:
        login = f"postgresql://{postgresql.user}:{postgresql.password}@{at}/{postgresql.database}"
        with psycopg.connect(login) as connection:
            row = connection.execute("SELECT repeat('x', 20000000), pg_sleep(0)").fetchone()
            assert row is not None
            return len(row[0])

    async def scenario() -> None:
        async with relaying("postgresql://db?sslmode=require", postgresql, "postgresql") as (_, _, at):
            assert await asyncio.to_thread(large, at) == 20_000_000

    asyncio.run(scenario())


def test_a_server_that_is_not_trusted_or_takes_no_tls_is_said_to_be(
    postgresql: servers.Server, postgresql_server: servers.Server
) -> None:
    def reach(text: str, server: servers.Server) -> None:
        asyncio.run(reached(text, Address(server.host, server.port)))

    async def reached(text: str, server: Address) -> None:
        (await connect(asyncio.Protocol(), server, tls(text))).close()

    reach("postgresql://db?sslmode=require", postgresql)
    with pytest.raises(ConnectionError, match=r"its certificate is not accepted: .*certificate"):
        reach("postgresql://db?sslmode=verify-ca", postgresql)
    with pytest.raises(ConnectionError, match="the server takes no TLS"):
        reach("postgresql://db?sslmode=require", postgresql_server)
    with pytest.raises(ConnectionError):  # it closes the connection
        reach("rediss://cache", postgresql)


def test_a_connection_that_fails_is_counted_once(postgresql: servers.Server) -> None:
    async def scenario() -> None:
        async with relaying("postgresql://db?sslmode=verify-ca", postgresql, "postgresql") as (tap, _, at):
            with pytest.raises(psycopg.OperationalError):
                await asyncio.to_thread(asked, postgresql, at, "disable")
        assert {name: tap.counters[name] for name in tap.counters if name.startswith("connections.")} == {
            "connections.opened": 1,
            "connections.failed": 1,
        }

    asyncio.run(scenario())


@asynccontextmanager
async def encrypted(server: servers.Server, context: ssl.SSLContext) -> AsyncIterator[Address]:
    """TLS before a server that has none: not every Redis is built with it."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await asyncio.open_connection(server.host, server.port)
        await asyncio.gather(pass_on(reader, inner[1]), pass_on(inner[0], writer))

    front = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    try:
        yield Address(*front.sockets[0].getsockname()[:2])
    finally:
        front.close()


def test_redis_by_tls_to_a_client_in_plain(authority: Authority, redis_server: servers.Server) -> None:
    def talked(at: Address) -> None:
        with redis.Redis(at.host, at.port) as client:
            client.set("flowtape:tls", "1")
            assert client.get("flowtape:tls") == b"1"

    async def scenario() -> None:
        text = f"rediss://127.0.0.1?ssl_ca_certs={authority.certificate}"
        async with (
            encrypted(redis_server, authority.context("127.0.0.1")) as there,
            relaying(text, there, "redis") as (_, heard, at),
        ):
            await asyncio.to_thread(talked, at)
            commands = [each.question.arguments[0] for each in heard if isinstance(each.question, RedisCommand)]
            assert [name for name in commands if name in (b"SET", b"GET")] == [b"SET", b"GET"]

    asyncio.run(scenario())
