"""How fast dependencies are played: the answering servers, the real tape behind them, and a client that a service would use.

Servers and client share one process, as they do when an application is replayed in process, and one core. They are asked for
10,000 calls in all for each size of tape, four reads to a write, each call once, in turns of `TURN`, so that all sizes have the
same weather; tapes are made outside of the time. `flatness` is the rate with 10,000 recorded calls over that with 10: the
median of the turns. The rivals are asked the same by the same client on the same core: the real servers, and for HTTP an asyncio
server that finds ready bytes in a dict.
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import cast

import psycopg
import redis
from benchmarks.figure import Figure
from samples import servers

from flowtape.capture.exchange import (
    Address,
    Answer,
    Column,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.live.background import Background
from flowtape.replay.servers import Servers, Switch
from flowtape.replay.shapes import Uuid
from flowtape.replay.tape import Tape

SIZES = (10, 1000, 10_000)
LARGEST = SIZES[-1]
TURN = 500
"""Requests between two readings of the clock; sizes larger than this go on with the same tape."""
WARM_UP = 300
READ = "SELECT id, name, email FROM customers WHERE id = $1"
WRITE = "UPDATE customers SET name = $1 WHERE id = $2"
COLUMNS = (Column("id", 23, size=4), Column("name", 25), Column("email", 25))
NAME = "x" * 64

Ask = Callable[[int], None]
"""Ask what the call of that number asks, and look at the answer. Every fifth is a write."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """`record` gives the call of a number, `client` a connection to what listens at an address, `rival` its like that is no tape."""

    name: str
    record: Callable[[int], tuple[Question, Answer]]
    client: Callable[[str, Address], AbstractContextManager[Ask]]
    rival: Callable[[], AbstractContextManager[tuple[str, str, Address]]]
    """Its name, and what `client` takes."""


def run() -> Iterator[Figure]:
    with one_core():
        for protocol in PROTOCOLS:
            yield from measured(protocol)
        yield from tapes()


@contextmanager
def one_core() -> Iterator[None]:
    """One core for this thread, and for the threads and processes that it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def measured(protocol: Protocol) -> Iterator[Figure]:
    with ExitStack() as stack:
        switch = Switch(Tape(case(()), Session()))
        playing = Servers(switch)
        playing.start()
        stack.callback(playing.stop)
        ask = stack.enter_context(protocol.client("", playing.play("it", protocol.name)))
        reels = {str(size): Reel(protocol, size, switch, ask) for size in SIZES}
        rival, url, address = stack.enter_context(protocol.rival())
        other = stack.enter_context(protocol.client(url, address))
        turns: dict[str, Callable[[range], float]] = {name: reel.play for name, reel in reels.items()}
        turns[rival] = lambda calls: timed(other, calls)
        took = taken(turns)
    rates = {name: TURN / statistics.median(times) for name, times in took.items()}
    against = {rival: rates[rival]}
    for size in SIZES:
        yield Figure(f"answering.{protocol.name}.{size}", rates[str(size)], "queries/s", "higher", against)
    yield flatness(f"answering.{protocol.name}.flatness", took[str(SIZES[0])], took[str(LARGEST)])


def taken(turns: dict[str, Callable[[range], float]]) -> dict[str, list[float]]:
    """The seconds of each turn, without the warm-up's."""
    for turn in turns.values():
        turn(range(WARM_UP))
    took: dict[str, list[float]] = {name: [] for name in turns}
    order = list(turns)
    for start in range(0, LARGEST, TURN):
        random.Random(start).shuffle(order)
        for name in order:
            took[name].append(turns[name](range(start, start + TURN)))
    return took


def flatness(name: str, small: list[float], large: list[float]) -> Figure:
    found = statistics.median(few / many for few, many in zip(small, large, strict=True))
    return Figure(name, found, "of the rate with 10 calls", "higher")


def timed(ask: Ask, calls: range) -> float:
    gc.collect()
    began = time.perf_counter()
    for number in calls:
        ask(number)
    return time.perf_counter() - began


class Reel:
    """Tapes of one size, each played once from start to end."""

    def __init__(self, protocol: Protocol, size: int, switch: Switch, ask: Ask) -> None:
        self._size = size
        self._switch = switch
        self._ask = ask
        self._calls = [RecordedCall("it", *protocol.record(number)) for number in range(LARGEST)]
        self._tape: Tape | None = None

    def play(self, calls: range) -> float:
        """The seconds that the calls of these numbers take."""
        if len(calls) != TURN:
            self._tape = None
        parts = [calls[at : at + self._size] for at in range(0, len(calls), self._size)]
        tapes = [self._tape_for(part) for part in parts]
        gc.collect()
        seconds = 0.0
        for part, tape in zip(parts, tapes, strict=True):
            self._switch.to(tape)
            began = time.perf_counter()
            for number in part:
                self._ask(number)
            seconds += time.perf_counter() - began
            assert not tape.misses, tape.misses[0].note
        self._switch.to(None)
        if len(calls) != TURN:
            self._tape = None
        return seconds

    def _tape_for(self, part: range) -> Tape:
        """One that holds these calls unused: the one before, where it is longer than they are."""
        if self._tape is None or part.start % self._size == 0:
            start = part.start - part.start % self._size
            self._tape = Tape(case(tuple(self._calls[start : start + self._size])), Session())
        return self._tape


def case(calls: tuple[RecordedCall, ...], **variables: Uuid) -> Case:
    return Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), calls, variables)


# -- PostgreSQL, by psycopg


def writes(number: int) -> bool:
    return number % 5 == 4


def record_sql(number: int) -> tuple[Question, Answer]:
    if writes(number):
        return SqlStatement(WRITE, (NAME, str(number)), (25, 23)), SqlResult(None, (), "UPDATE 1")
    row = (str(number), NAME, f"{number}@shop.example")
    return SqlStatement(READ, (str(number),), (23,)), SqlResult(COLUMNS, (row,), "SELECT 1")


@contextmanager
def psycopg_client(url: str, address: Address) -> Iterator[Ask]:
    with psycopg.connect(url or f"postgresql://shop:shop@{address}/shop", autocommit=True) as connection:
        read, write = READ.replace("$1", "%s"), WRITE.replace("$1", "%s").replace("$2", "%s")

        def ask(number: int) -> None:
            if writes(number):
                connection.execute(write.encode(), (NAME, number))
            else:
                found = connection.execute(read.encode(), (number,)).fetchone()
                assert found is not None
                assert found[0] == number

        yield ask


@contextmanager
def real_postgresql() -> Iterator[tuple[str, str, Address]]:
    with servers.postgresql() as server, psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE customers (id integer PRIMARY KEY, name text, email text)")
        connection.execute(
            "INSERT INTO customers SELECT n, %s, n || '@shop.example' FROM generate_series(0, %s) n", (NAME, LARGEST)
        )
        connection.execute("ANALYZE customers")
        yield "PostgreSQL", server.url, Address(server.host, server.port)


# -- Redis, by redis-py


def record_redis(number: int) -> tuple[Question, Answer]:
    if writes(number):
        return RedisCommand((b"SET", b"cart:%d" % number, NAME.encode())), RedisReply(Resp("simple", "OK"))
    return RedisCommand((b"GET", b"cart:%d" % number)), RedisReply(Resp("bulk", NAME.encode()))


@contextmanager
def redis_client(_: str, address: Address) -> Iterator[Ask]:
    with redis.Redis(address.host, address.port) as client:

        def ask(number: int) -> None:
            if writes(number):
                assert client.set(f"cart:{number}", NAME)
            else:
                assert client.get(f"cart:{number}") == NAME.encode()

        yield ask


@contextmanager
def real_redis() -> Iterator[tuple[str, str, Address]]:
    with servers.redis() as server, redis.Redis(server.host, server.port) as client:
        client.mset({f"cart:{number}": NAME for number in range(LARGEST)})
        yield "Redis", "", Address(server.host, server.port)


# -- HTTP, by http.client

BODY = b'{"name": "%s"}' % NAME.encode()


def record_http(number: int) -> tuple[Question, Answer]:
    content = (("Content-Type", "application/json"), ("Content-Length", str(len(BODY))))
    if writes(number):
        request = HttpRequest("PUT", f"/customers/{number}", content[:1], BODY)
        return request, HttpResponse(204, "No Content")
    return HttpRequest("GET", f"/customers/{number}"), HttpResponse(200, "OK", content, BODY)


@contextmanager
def http_client(_: str, address: Address) -> Iterator[Ask]:
    with closing(http.client.HTTPConnection(address.host, address.port)) as connection:

        def ask(number: int) -> None:
            if writes(number):
                connection.request("PUT", f"/customers/{number}", BODY, {"Content-Type": "application/json"})
            else:
                connection.request("GET", f"/customers/{number}")
            response = connection.getresponse()
            assert response.read() == (b"" if writes(number) else BODY), response.status

        yield ask


class Ready(asyncio.Protocol):
    """The least that a server can do: bytes for a first line."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        # A body may come by itself, or before the next request.
        line = data.removeprefix(BODY).partition(b"\r\n")[0]
        if line:
            self._transport.write(self._answers[line])


class Bare:
    """A server for `Background.run`."""

    def __init__(self, server: asyncio.Server) -> None:
        self.address = Address(*server.sockets[0].getsockname()[:2])
        self._server = server

    async def close(self) -> None:
        self._server.close()


@contextmanager
def bare_http() -> Iterator[tuple[str, str, Address]]:
    answers = {}
    found = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
    for number in range(LARGEST):
        answers[b"GET /customers/%d HTTP/1.1" % number] = found
        answers[b"PUT /customers/%d HTTP/1.1" % number] = b"HTTP/1.1 204 No Content\r\n\r\n"

    async def serve() -> Bare:
        return Bare(await asyncio.get_running_loop().create_server(lambda: Ready(answers), "127.0.0.1", 0))

    background = Background()
    background.start()
    try:
        yield "floor: bare asyncio", "", background.run("bare", serve)
    finally:
        background.stop()


PROTOCOLS = (
    Protocol("postgresql", record_sql, psycopg_client, real_postgresql),
    Protocol("redis", record_redis, redis_client, real_redis),
    Protocol("http", record_http, http_client, bare_http),
)


# -- the tape alone


def distinct(number: int) -> RecordedCall:
    return RecordedCall("it", *record_sql(number))


def equal(_: int) -> RecordedCall:
    """The same read again and again: each is used once, in its order."""
    return RecordedCall("it", *record_sql(0))


def variable(number: int) -> RecordedCall:
    """A write under a key that each run makes anew."""
    return RecordedCall("it", SqlStatement(WRITE, (NAME, f"$v{number}")), SqlResult(None, (), "UPDATE 1"))


def tapes() -> Iterator[Figure]:
    """How the tape alone, without a server, takes calls that are hard to tell apart or that all have a transaction."""
    patterns: dict[str, tuple[Callable[[int], RecordedCall], bool]] = {
        "distinct": (distinct, False),
        "equal": (equal, False),
        "variables": (variable, False),
        "transactions": (distinct, True),
    }
    for name, (make, transacted) in patterns.items():
        small, large = [], []
        for _ in range(5):
            small.append(asked_alone(make, SIZES[0], transacted=transacted))
            large.append(asked_alone(make, LARGEST, transacted=transacted))
        print(f"answering.tape.{name}: {LARGEST / statistics.median(large):.0f} calls/s of CPU", file=sys.stderr)
        yield flatness(f"answering.tape.{name}.flatness", small, large)


def asked_alone(make: Callable[[int], RecordedCall], size: int, *, transacted: bool) -> float:
    """The seconds of CPU that `LARGEST` calls take on tapes of `size` calls.

    Without the garbage collector: whether it looks at the whole process in these few milliseconds is chance.
    """
    gc.collect()
    gc.disable()
    try:
        return _asked_alone(make, size, transacted=transacted)
    finally:
        gc.enable()


def _asked_alone(make: Callable[[int], RecordedCall], size: int, *, transacted: bool) -> float:
    calls = tuple(make(number) for number in range(size))
    names = [f"v{number}" for number in range(size)] if make is variable else []
    recorded = case(calls, **{name: Uuid() for name in names})
    seconds = 0.0
    for _ in range(LARGEST // size):
        questions = [question(call, number) for number, call in enumerate(calls)]
        tape = Tape(recorded, Session())
        began = time.process_time()
        for each in questions:
            tape.ask("it", each, "c" if transacted else "")
            if transacted:
                tape.transaction_ended("it", "c", committed=True)
        seconds += time.process_time() - began
        assert not tape.misses
    return seconds


def question(call: RecordedCall, number: int) -> Question:
    """What a run asks for this call: with a UUID of its own where the call has a variable."""
    asked = call.question
    if isinstance(asked, SqlStatement) and str(asked.parameters[-1]).startswith("$"):
        return SqlStatement(asked.text, (NAME, f"{number:08x}-0000-4000-8000-000000000000"))
    return asked
