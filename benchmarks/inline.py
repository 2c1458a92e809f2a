"""What the taps in the path cost: latency added to one request, and requests per second, against the way without them.

Client, tap and server are processes of their own; the client's requests are small (a Redis GET, an HTTP GET), one after the
other on connections that are kept. `p50` and `p99` are what a tap adds to a request that is alone; their rival is the whole round trip
without it. `rate` is for 16 connections at once; its rival `unheard` is the relay without a codec. On two cores the three processes
share, so that `rate` is less than the tap alone could carry.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import cast

from benchmarks.figure import Figure

ENVIRONMENT = "agent"

ROUNDS = 5
ALONE = 800
"""Requests in a round for the latencies, of which the first tenth warms up."""
CONNECTIONS = 16
SECONDS = 1.0
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Talk:
    question: bytes
    answer: bytes


REDIS = Talk(b"*2\r\n$3\r\nGET\r\n$6\r\ncart:1\r\n", b"$64\r\n" + b"v" * 64 + b"\r\n")
HTTP = Talk(
    b"GET /carts/1 HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n",
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 64\r\n\r\n{"id": 1, "items": []}'
    + b" " * 42,
)


def run() -> Iterator[Figure]:
    with peer(serve, REDIS) as server, peer(relay, server, "") as unheard, peer(relay, server, "all") as heard:
        yield from figures("inline.relay", REDIS, {"relay": heard, "direct": server, "unheard": unheard})
    with (
        tempfile.TemporaryDirectory() as folder,
        peer(serve, HTTP) as server,
        peer(proxy, server, folder) as heard,
    ):
        yield from figures("inline.proxy", HTTP, {"proxy": heard, "direct": server})


def figures(name: str, talk: Talk, ports: dict[str, int]) -> Iterator[Figure]:
    """The first of `ports` is measured, the others are its rivals. They take turns, so that all of them have the same weather."""
    measured = next(iter(ports))
    took: dict[str, list[float]] = {way: [] for way in ports}
    rates: dict[str, list[float]] = {way: [] for way in ports}
    for _ in range(ROUNDS):
        for way, port in ports.items():
            took[way] += alone(port, talk)
    for _ in range(ROUNDS):
        for way, port in ports.items():
            rates[way].append(together(port, talk))
    cuts = {way: statistics.quantiles(times, n=100) for way, times in took.items()}
    for quantile in (50, 99):
        direct = cuts["direct"][quantile - 1]
        added = cuts[measured][quantile - 1] - direct
        yield Figure(f"{name}.p{quantile}", added, "µs added", "lower", {"direct round trip": direct})
    best = {way: statistics.median(found) for way, found in rates.items()}
    yield Figure(f"{name}.rate", best.pop(measured), "requests/s", "higher", best)


# -- the client


def alone(port: int, talk: Talk) -> list[float]:
    """How long requests take that are alone, in microseconds."""
    took = []
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(ALONE):
            began = time.perf_counter_ns()
            client.sendall(talk.question)
            waiting = len(talk.answer)
            while waiting > 0:
                received = len(client.recv(waiting))
                if not received:
                    raise ConnectionError("the connection ended early")
                waiting -= received
            took.append((time.perf_counter_ns() - began) / 1000)
    return took[ALONE // 10 :]


class Asking(asyncio.Protocol):
    """Asks again as soon as it is answered."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.answered = 0
        self._waiting = len(talk.answer)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.talk.question)

    def data_received(self, data: bytes) -> None:
        self._waiting -= len(data)
        if self._waiting == 0:
            self.answered += 1
            self._waiting = len(self.talk.answer)
            self.transport.write(self.talk.question)


def together(port: int, talk: Talk) -> float:
    """Requests per second of `CONNECTIONS` at once."""

    async def load() -> float:
        loop = asyncio.get_running_loop()
        opened = [await loop.create_connection(lambda: Asking(talk), "127.0.0.1", port) for _ in range(CONNECTIONS)]
        await asyncio.sleep(SECONDS / 10)
        before, began = sum(asking.answered for _, asking in opened), time.perf_counter()
        await asyncio.sleep(SECONDS)
        rate = (sum(asking.answered for _, asking in opened) - before) / (time.perf_counter() - began)
        for transport, _ in opened:
            transport.abort()
        return rate

    return asyncio.run(load())


# -- the other processes: each tells its port, and lives until it is ended


@contextmanager
def peer(role: Callable[..., None], *arguments: object) -> Iterator[int]:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=role, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


class Answering(asyncio.Protocol):
    def __init__(self, talk: Talk) -> None:
        self.talk = talk

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        # A proxy may send a question that is longer than the client's: only its end is sure.
        if data.endswith(self.talk.question[-4:]):
            self.transport.write(self.talk.answer)


def serve(pipe: Pipe, talk: Talk) -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Answering(talk), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(main())


def relay(pipe: Pipe, server: int, codecs: str) -> None:
    from flowtape.capture.exchange import Address
    from flowtape.capture.protocols.codecs import CODECS as ALL
    from flowtape.capture.taps.relay import RelayRoute, RelayTap

    async def main() -> None:
        local = Address("127.0.0.1", server)
        route = RelayRoute("cache", Address("127.0.0.1", 0), local, "redis" if codecs else None)
        tap = RelayTap([route], ALL if codecs else ALL[-1:])
        running = asyncio.create_task(tap.run(lambda _: None))
        await tap.listening.wait()
        pipe.send(tap.addresses["cache"].port)
        await running

    asyncio.run(main())


def proxy(pipe: Pipe, server: int, folder: str) -> None:
    from flowtape.capture.exchange import Address
    from flowtape.capture.taps.proxied import Listener
    from flowtape.capture.taps.proxy import ProxyTap

    async def main() -> None:
        listener = Listener("service", Address("127.0.0.1", 0), f"http://127.0.0.1:{server}")
        tap = ProxyTap([listener], {}, Path(folder))
        running = asyncio.create_task(tap.run(lambda _: None))
        await tap.listening.wait()
        pipe.send(tap.addresses["service"].port)
        await running

    asyncio.run(main())
