"""Live, on loopback: the share of exchanges that the packets tap hears whole, and at which load.

Server and client are processes of their own, so that three processes share the machine's cores. Each case climbs a ladder of
loads, the last as fast as the client can; `live.CASE` is the share heard whole over all loads at which the kernel dropped
nothing, `live.CASE.rate` the highest such load. The rival is scapy's `sniff(prn=…)` under that same load, of which it is
only asked how many requests it saw; the floor of the rate is the same client when nobody listens.

Needs CAP_NET_RAW. `live.unaccounted` is how many packets that passed the kernel's filter ended in no counter.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe

import msgspec
from benchmarks.figure import Figure

from flowtape.capture.configuration import Configuration
from flowtape.capture.routes import Routes
from flowtape.capture.taps.packets.interface import Interface, ListenError
from flowtape.capture.taps.packets.tap import PacketsTap

ENVIRONMENT = "agent"

SPAWN = multiprocessing.get_context("spawn")
CONNECTIONS = 8
SECONDS = 2.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n" + b"a" * 1000
FASTEST = 0


@dataclass(frozen=True, slots=True)
class Case:
    """`rates` are requests/s, FASTEST: without a pause; `most` bounds how many are sent; `batch` go at once on a connection."""

    name: str
    body: int
    rates: tuple[int, ...]
    most: int
    batch: int = 1

    @property
    def question(self) -> bytes:
        if not self.body:
            return b"GET /orders/1 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
        head = b"POST /orders HTTP/1.1\r\nHost: shop.example\r\nContent-Length: %d\r\n\r\n" % self.body
        return head + b"q" * self.body


CASES = (
    Case("get_1k", 0, (500, 2000, 5000, FASTEST), 30_000),
    Case("post_100k", 100_000, (100, 400, 1000, FASTEST), 4000),
    Case("post_300k", 300_000, (50, 150, 400, FASTEST), 1500),
    Case("pipelined", 0, (2000, 5000, FASTEST), 40_000, batch=16),
)


@dataclass(frozen=True, slots=True)
class Heard:
    sent: int
    rate: float
    whole: int
    dropped: int
    unaccounted: int


def run() -> Iterator[Figure]:
    try:
        Interface("lo", [1]).close()
    except ListenError as error:
        print(f"live: {error}", file=sys.stderr)
        return
    unaccounted = 0
    with process(serve) as port:
        for case in CASES:
            loads = [(rate, listened(case, port, rate)) for rate in case.rates]
            unaccounted += sum(abs(heard.unaccounted) for _, heard in loads)
            for rate, heard in loads:
                print(f"live.{case.name}: {rate or 'fastest'}: {heard}", file=sys.stderr)
            clear = [(rate, heard) for rate, heard in loads if not heard.dropped] or loads[:1]
            top, best = max(clear, key=lambda load: load[1].rate)
            share = sum(heard.whole for _, heard in clear) / sum(heard.sent for _, heard in clear)
            yield Figure(f"live.{case.name}", share, "share", "higher", {"scapy sniff": sniffed(case, port, top)})
            floor = spoken(case, port, FASTEST)[1]
            yield Figure(f"live.{case.name}.rate", best.rate, "requests/s", "higher", {"floor: unheard": floor})
    yield Figure("live.unaccounted", unaccounted, "packets", "lower")


# -- listening


def listened(case: Case, port: int, rate: int) -> Heard:
    service = {"name": "shop", "listen": f"127.0.0.1:{port}"}
    routes = Routes(msgspec.convert({"service": service}, Configuration))
    tap = PacketsTap(routes, Interface("lo", routes.ports))
    whole = 0

    def hear(exchange: object) -> None:
        nonlocal whole
        whole += not getattr(exchange, "incomplete", "")

    async def listen() -> tuple[int, float]:
        task = asyncio.ensure_future(tap.run(hear))
        try:
            return await asyncio.to_thread(spoken, case, port, rate)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    sent, per_second = asyncio.run(listen())
    counters = tap.counters
    return Heard(sent, per_second, whole, counters["packets.kernel_dropped"], missing(counters))


def missing(counters: Counter[str]) -> int:
    """Packets in no counter: those that the kernel passed and we did not read, and those that we read and did not count."""
    known = {"packets.heard", "packets.kernel_dropped"}
    counted = sum(count for name, count in counters.items() if name.startswith("packets.") and name not in known)
    return abs(counters["kernel.unaccounted"]) + abs(counters["packets.heard"] - counted)


def sniffed(case: Case, port: int, rate: int) -> float:
    """The share of requests that scapy's `sniff` sees the beginning of, dissecting each packet."""
    from scapy.layers.inet import TCP
    from scapy.packet import Packet
    from scapy.sendrecv import AsyncSniffer

    method, seen = case.question[:5], 0

    def look(packet: Packet) -> None:
        nonlocal seen
        if TCP in packet and packet[TCP].dport == port:
            seen += bytes(packet[TCP].payload).count(method)

    ready = SPAWN.Event()
    sniffer = AsyncSniffer(iface="lo", prn=look, store=False, started_callback=ready.set)
    sniffer.start()
    ready.wait(10)
    sent, _ = spoken(case, port, rate)
    sniffer.stop()
    # The loopback interface shows it each packet twice.
    return min(1.0, seen / 2 / sent)


# -- speaking


def spoken(case: Case, port: int, rate: int) -> tuple[int, float]:
    """Let a client speak at `rate`. Returns how many exchanges there were, and how many a second."""
    here, there = SPAWN.Pipe()
    client = SPAWN.Process(target=speak, args=(there, case, port, rate))
    client.start()
    sent, seconds = here.recv()
    client.join()
    return sent, sent / seconds


def speak(pipe: Pipe, case: Case, port: int, rate: int) -> None:
    count = min(case.most, int(rate * SECONDS)) if rate else case.most
    batches = max(1, count // case.batch // CONNECTIONS)
    pause = CONNECTIONS * case.batch / rate if rate else 0.0

    async def talk(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        data = case.question * case.batch
        await asyncio.sleep(pause * number / CONNECTIONS)
        due = time.monotonic()
        for _ in range(batches):
            writer.write(data)
            await writer.drain()
            await reader.readexactly(len(ANSWER) * case.batch)
            due += pause
            await asyncio.sleep(max(0.0, due - time.monotonic()) if pause else 0)
        writer.close()
        await writer.wait_closed()

    async def everyone() -> None:
        await asyncio.gather(*(talk(number) for number in range(CONNECTIONS)))

    started = time.monotonic()
    asyncio.run(everyone())
    pipe.send((batches * case.batch * CONNECTIONS, time.monotonic() - started))


class Server(asyncio.Protocol):
    """Answers as soon as a request is whole; reads no more of it than its length."""

    def __init__(self) -> None:
        self._left = 0
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._left > len(data):
            self._left -= len(data)
            return
        answers = 0
        if self._left:
            data, self._left, answers = data[self._left :], 0, 1
        data = self._waiting + data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            length = int(data[:end].partition(b"Content-Length: ")[2].partition(b"\r\n")[0] or 0)
            data = data[end + 4 :]
            if length > len(data):
                self._left, data = length - len(data), b""
            else:
                data = data[length:]
                answers += 1
        self._waiting = data
        if answers:
            self._transport.write(ANSWER * answers)


def serve(pipe: Pipe) -> None:
    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


@contextmanager
def process(target: object) -> Iterator[int]:
    here, there = SPAWN.Pipe()
    child = SPAWN.Process(target=target, args=(there,), daemon=True)  # type: ignore[arg-type]
    child.start()
    try:
        yield here.recv()
    finally:
        child.terminate()
        child.join()
