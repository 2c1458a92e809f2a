"""The relay forwards whatever happens, and hears what it can."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from samples import servers
from tests.capture.taps.peers import FaultyCodec, Heards, LineCodec

from flowtape.capture.codec import Codec
from flowtape.capture.configuration import Capture, Configuration, Dependency, Service
from flowtape.capture.exchange import Address, Exchange, OpaqueBytes
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.capture.taps.relay import RelayRoute, RelayTap, routes

LIMIT = 20.0
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OPAQUE: Sequence[type[Codec]] = (OpaqueCodec,)


@asynccontextmanager
async def peer(answer: Peer) -> AsyncIterator[Address]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield Address(*server.sockets[0].getsockname()[:2])
    finally:
        server.close()


@asynccontextmanager
async def relaying(
    server: Address, codecs: Sequence[type[Codec]] = (LineCodec,), **options: object
) -> AsyncIterator[tuple[RelayTap, Heards, Address]]:
    tap = RelayTap([RelayRoute("db", Address("127.0.0.1", 0), server, **options)], codecs)  # type: ignore[arg-type]
    heard = Heards()
    running = asyncio.create_task(tap.run(heard.hear))
    try:
        await asyncio.wait_for(tap.listening.wait(), LIMIT)
        yield tap, heard, tap.addresses["db"]
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def counted(tap: RelayTap, name: str, value: int) -> None:
    """Counters move in the loop's turns: give it turns until they have."""
    async with asyncio.timeout(LIMIT):
        while tap.counters[name] < value:  # noqa: ASYNC110 - a counter tells nobody
            await asyncio.sleep(0)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while line := await reader.read(1 << 16):
            writer.write(line)
            await writer.drain()
    writer.close()


async def ask(at: Address, *lines: bytes) -> list[bytes]:
    reader, writer = await asyncio.open_connection(at.host, at.port)
    answers = []
    for line in lines:
        writer.write(line)
        answers.append(await asyncio.wait_for(reader.readline(), LIMIT))
    writer.close()
    return answers


def test_forwards_and_hears_each_exchange_with_its_times_and_its_connection() -> None:
    async def scenario() -> None:
        async with peer(echo) as server, relaying(server) as (tap, heard, at):
            before = tap.watermark()
            assert await ask(at, b"one\n", b"three\n") == [b"one\n", b"three\n"]
            await heard.wait_for(2)
            assert [exchange.question for exchange in heard] == [OpaqueBytes(4), OpaqueBytes(6)]
            first = heard[0]
            assert before <= first.started <= first.asked <= first.answered <= first.ended <= tap.watermark()
            assert (first.connection.server, first.connection.dependency) == (server, "db")
            assert first.connection.client.port > 0
            await counted(tap, "connections.closed", 1)
            assert +tap.counters == {
                "connections.opened": 1,
                "connections.closed": 1,
                "bytes.heard": 20,
                "exchanges.whole": 2,
            }

    asyncio.run(scenario())


def test_connections_have_ids_of_their_own() -> None:
    async def scenario() -> None:
        async with peer(echo) as server, relaying(server) as (_, heard, at):
            await asyncio.gather(*(ask(at, b"x\n") for _ in range(20)))
            await heard.wait_for(20)
            assert len({exchange.connection.id for exchange in heard}) == 20

    asyncio.run(scenario())


def test_the_watermark_stays_before_an_exchange_under_way() -> None:
    async def scenario() -> None:
        release = asyncio.Event()

        async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = await reader.readline()
            await release.wait()
            writer.write(line)

        async with peer(late) as server, relaying(server) as (tap, heard, at):
            asking = asyncio.create_task(ask(at, b"x\n"))
            await counted(tap, "bytes.heard", 2)
            held = tap.watermark()
            assert tap.watermark() == held
            release.set()
            await heard.wait_for(1)
            assert heard[0].started == held
            assert tap.watermark() > held
            await asking

    asyncio.run(scenario())


def test_a_codec_that_raises_costs_the_record_but_no_byte() -> None:
    async def scenario() -> None:
        async with peer(echo) as server, relaying(server, (FaultyCodec,)) as (tap, heard, at):
            assert await ask(at, b"one\n", b"two\n", b"three\n") == [b"one\n", b"two\n", b"three\n"]
            await counted(tap, "connections.closed", 1)
            assert tap.counters["streams.faults"] == 1
            assert tap.counters["bytes.heard"] + tap.counters["bytes.unheard"] == 2 * len(b"one\ntwo\nthree\n")
            assert len(heard) == 1

    asyncio.run(scenario())


def test_a_listener_that_raises_costs_no_byte() -> None:
    async def scenario() -> None:
        tap = RelayTap([], (LineCodec,))

        def refuse(exchange: Exchange) -> None:
            raise OSError("no space left")

        async with peer(echo) as server:
            tap = RelayTap([RelayRoute("db", Address("127.0.0.1", 0), server)], (LineCodec,))
            running = asyncio.create_task(tap.run(refuse))
            await asyncio.wait_for(tap.listening.wait(), LIMIT)
            assert await ask(tap.addresses["db"], b"a\n", b"b\n") == [b"a\n", b"b\n"]
            await counted(tap, "exchanges.listener_errors", 2)
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(scenario())


def test_bytes_that_are_not_the_protocol_are_forwarded_all_the_same() -> None:
    async def scenario() -> None:
        async with peer(echo) as server, relaying(server) as (tap, _, at):
            # A line over the codec's limit is a DecodeError: the conversation falls silent, the bytes go on.
            data = b"x" * (3 << 20) + b"\n"
            reader, writer = await asyncio.open_connection(at.host, at.port, limit=4 << 20)
            writer.write(data)
            assert await asyncio.wait_for(reader.readexactly(len(data)), LIMIT) == data
            writer.close()
            await counted(tap, "connections.closed", 1)
            assert tap.counters["streams.errors"] == 1
            assert tap.counters["bytes.skipped"] == tap.counters["bytes.heard"] == 2 * len(data)

    asyncio.run(scenario())


def test_a_server_that_is_down_closes_the_client_and_is_counted() -> None:
    async def scenario() -> None:
        nobody = Address("127.0.0.1", servers.free_port())
        async with relaying(nobody) as (tap, heard, at):
            reader, _ = await asyncio.open_connection(at.host, at.port)
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(reader.read(), LIMIT) == b""
            assert tap.counters == {"connections.opened": 1, "connections.failed": 1}
            assert heard == []
            assert tap.links == set()

    asyncio.run(scenario())


def test_a_host_name_that_cannot_exist_closes_the_client() -> None:
    async def scenario() -> None:
        async with relaying(Address("a" * 70 + ".invalid", 1)) as (tap, _, at):
            reader, _ = await asyncio.open_connection(at.host, at.port)
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(reader.read(), LIMIT) == b""
            assert tap.counters["connections.failed"] == 1

    asyncio.run(scenario())


def test_a_client_that_breaks_off_breaks_off_the_server_too() -> None:
    async def scenario() -> None:
        broken: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

        async def read_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.read()
            except ConnectionResetError as error:
                broken.set_result(error)

        async with peer(read_on) as server, relaying(server) as (tap, heard, at):
            _, writer = await asyncio.open_connection(at.host, at.port)
            writer.write(b"half a question\n")
            await counted(tap, "bytes.heard", 16)
            client = writer.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            assert isinstance(await asyncio.wait_for(broken, LIMIT), ConnectionResetError)
            assert tap.counters["connections.reset"] == 1
            assert [exchange.incomplete for exchange in heard] == ["the connection was closed"]

    asyncio.run(scenario())


def test_the_last_words_of_a_server_that_breaks_off_arrive() -> None:
    async def scenario() -> None:
        async def fatal(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"FATAL\n" * 100_000)
            writer.close()

        async with peer(fatal) as server, relaying(server) as (_, _, at):
            reader, writer = await asyncio.open_connection(at.host, at.port)
            assert len(await asyncio.wait_for(reader.read(), LIMIT)) == 600_000
            writer.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("first", ["client", "server"])
def test_each_direction_may_end_on_its_own(first: str) -> None:
    async def scenario() -> None:
        async def answer_after_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if first == "server":
                writer.write_eof()
            asked = await reader.read()
            if first == "client":
                writer.write(asked[::-1])
            received.set_result(asked)
            writer.close()

        received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        async with peer(answer_after_the_end) as server, relaying(server, OPAQUE) as (tap, heard, at):
            reader, writer = await asyncio.open_connection(at.host, at.port)
            if first == "server":
                assert await asyncio.wait_for(reader.read(), LIMIT) == b""
            writer.write(b"abc")
            writer.write_eof()
            assert await asyncio.wait_for(received, LIMIT) == b"abc"
            assert await asyncio.wait_for(reader.read(), LIMIT) == (b"cba" if first == "client" else b"")
            writer.close()
            await heard.wait_for(1)
            await counted(tap, "connections.closed", 1)

    asyncio.run(scenario())


def test_a_slow_reader_slows_the_writer_and_memory_stays_bounded() -> None:
    async def scenario() -> None:
        total = 64 << 20
        sent = 0

        async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            with contextlib.suppress(ConnectionError):
                while sent < total:
                    writer.write(bytes(1 << 16))
                    await writer.drain()
                    sent += 1 << 16
            writer.close()

        async with peer(flood) as server, relaying(server, OPAQUE) as (tap, _, at):
            reader, writer = await asyncio.open_connection(at.host, at.port, limit=1 << 12)
            await reader.readexactly(1)
            stopped_at = -1
            while stopped_at != sent:  # until the writer has stood still for many of the loop's turns
                stopped_at = sent
                for _ in range(2000):
                    await asyncio.sleep(0)
            assert sent < total
            (link,) = tap.links
            assert link.client.transport is not None
            assert link.client.transport.get_write_buffer_size() < 1 << 20
            received = 1
            while chunk := await asyncio.wait_for(reader.read(1 << 20), LIMIT):
                received += len(chunk)
            assert received == total
            writer.close()

    asyncio.run(scenario())


def test_stopping_breaks_connections_off_and_hears_what_was_under_way() -> None:
    async def scenario() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                await reader.read()

        async with peer(silent) as server:
            async with relaying(server) as (tap, heard, at):
                reader, writer = await asyncio.open_connection(at.host, at.port)
                writer.write(b"question\n")
                await counted(tap, "bytes.heard", 9)
            assert [exchange.incomplete for exchange in heard] == ["the relay was stopped"]
            assert tap.counters["connections.stopped"] == 1
            assert not tap.listening.is_set()
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(reader.read(), LIMIT) == b""

    asyncio.run(scenario())


def test_an_address_in_use_is_an_error_of_run() -> None:
    async def scenario() -> None:
        async with peer(echo) as taken:
            tap = RelayTap([RelayRoute("db", taken, taken)], OPAQUE)
            with pytest.raises(OSError, match="in use"):
                await tap.run(lambda exchange: None)

    asyncio.run(scenario())


SSL_REQUEST = bytes.fromhex("0000000804d2162f")
GSS_REQUEST = bytes.fromhex("0000000804d21630")


@pytest.mark.parametrize("size", [1, 3, 8, 100])
def test_requests_for_encryption_are_declined_in_the_servers_place(size: int) -> None:
    async def scenario() -> None:
        async with (
            peer(echo) as server,
            relaying(server, OPAQUE, decline_encryption=True) as (tap, _, at),
        ):
            reader, writer = await asyncio.open_connection(at.host, at.port)
            opening = GSS_REQUEST + SSL_REQUEST + b"\0\0\0\x09start"
            for start in range(0, len(opening), size):
                writer.write(opening[start : start + size])
                await writer.drain()
                await asyncio.sleep(0)
            assert await asyncio.wait_for(reader.readexactly(11), LIMIT) == b"NN\0\0\0\x09start"
            assert tap.counters["streams.encryption_declined"] == 2
            writer.close()

    asyncio.run(scenario())


def test_an_opening_that_only_resembles_one_is_forwarded() -> None:
    async def scenario() -> None:
        async with (
            peer(echo) as server,
            relaying(server, OPAQUE, decline_encryption=True) as (tap, _, at),
        ):
            reader, writer = await asyncio.open_connection(at.host, at.port)
            writer.write(SSL_REQUEST[:5])
            writer.write_eof()
            assert await asyncio.wait_for(reader.read(), LIMIT) == SSL_REQUEST[:5]
            writer.close()
            assert tap.counters["streams.encryption_declined"] == 0

    asyncio.run(scenario())


def test_the_configuration_says_which_dependencies_are_relayed() -> None:
    configuration = Configuration(
        service=Service(name="shop"),
        dependencies={
            "db": Dependency(protocol="postgresql", address="db.internal"),
            "cache": Dependency(protocol="redis", address="redis://cache.internal:6380"),
            "payments": Dependency(protocol="http", address="https://payments.internal"),
            "other": Dependency(protocol="opaque", address="other.internal:9"),
        },
        capture=Capture(
            inline={
                "service": "127.0.0.1:8001",
                "forward": "127.0.0.1:8002",
                "db": "127.0.0.1:6432",
                "cache": "127.0.0.1:6433",
                "payments": "127.0.0.1:6434",
            }
        ),
        folder=Path(),
    )
    assert routes(configuration) == (
        RelayRoute("db", Address("127.0.0.1", 6432), Address("db.internal", 5432), "postgresql", True),
        RelayRoute("cache", Address("127.0.0.1", 6433), Address("cache.internal", 6380), "redis", False),
    )


# -- real drivers and real servers


def through_relay(
    server: servers.Server, scenario: Callable[[Address], None], codecs: Sequence[type[Codec]], hint: str
) -> tuple[RelayTap, list[Exchange]]:
    """Run `scenario`, which may block, in a thread while the relay runs in this one."""

    async def run() -> tuple[RelayTap, list[Exchange]]:
        declines = hint == "postgresql"
        async with relaying(Address(server.host, server.port), codecs, hint=hint, decline_encryption=declines) as (
            tap,
            heard,
            at,
        ):
            await asyncio.wait_for(asyncio.to_thread(scenario, at), 60)
            await counted(tap, "connections.closed", tap.counters["connections.opened"])
        return tap, heard

    return asyncio.run(run())


@pytest.mark.parametrize("sslmode", ["disable", "prefer"])
def test_psycopg_through_the_relay(postgresql_server: servers.Server, sslmode: str) -> None:
    server = postgresql_server

    def scenario(at: Address) -> None:
        url = f"postgresql://{server.user}:{server.password}@{at}/{server.database}?sslmode={sslmode}"
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT %s::int + 1", (41,)).fetchone() == (42,)
            rows = connection.execute("SELECT repeat('x', 1000) FROM generate_series(1, 5000)").fetchall()
            assert len(rows) == 5000
            with connection.cursor().copy("COPY (SELECT generate_series(1, 1000)) TO STDOUT") as copy:
                assert len(list(copy.rows())) == 1000

    tap, heard = through_relay(server, scenario, CODECS, "postgresql")
    assert tap.counters["streams.encryption_declined"] == (0 if sslmode == "disable" else 1)
    assert {exchange.incomplete for exchange in heard} == {""}
    rows = {exchange.question.text[:15]: exchange.answer for exchange in heard if not exchange.session}  # type: ignore[union-attr]
    assert len(rows["SELECT repeat('"].rows) == 5000  # type: ignore[union-attr]


def test_a_driver_that_requires_encryption_is_told(postgresql_server: servers.Server) -> None:
    server = postgresql_server

    def scenario(at: Address) -> None:
        url = f"postgresql://{server.user}:{server.password}@{at}/{server.database}?sslmode=require"
        with pytest.raises(psycopg.OperationalError, match="does not support SSL"):
            psycopg.connect(url)

    through_relay(server, scenario, OPAQUE, "postgresql")


def test_redis_py_through_the_relay_from_many_threads(redis_server: servers.Server) -> None:
    def scenario(at: Address) -> None:
        def work(name: str) -> None:
            with redis.Redis(at.host, at.port) as client:
                for number in range(50):
                    assert client.incr(name) == number + 1
                assert client.pipeline().set(name, b"\r\n" * 50_000).get(name).execute() == [True, b"\r\n" * 50_000]
                client.delete(name)

        threads = [threading.Thread(target=work, args=(f"relay-{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    tap, heard = through_relay(redis_server, scenario, CODECS, "redis")
    assert {exchange.incomplete for exchange in heard} == {""}
    increments = [exchange for exchange in heard if exchange.question.arguments[0] == b"INCRBY"]  # type: ignore[union-attr]
    assert len(increments) == 8 * 50
    assert tap.counters["bytes.unheard"] == tap.counters["bytes.skipped"] == 0
