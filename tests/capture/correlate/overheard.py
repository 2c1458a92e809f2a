"""Real services, overheard in the path, whose truth can be read off what they say.

Each request has a number of its own, which stands as a word `n17` in its target and in each thing that is asked for it. So whose a
call is, any test can tell; and the correlator, which may use it too, is tried a second time with all numbers made the same, when
all requests and calls are alike. Transaction control carries no number: it is its transaction's.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, TypeVar

import uvicorn

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.exchange import Address, Exchange
from flowtape.capture.flow import Flow
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.taps.relay import RelayRoute, RelayTap

T = TypeVar("T")
Application = Any
ANY = Address("127.0.0.1", 0)
LIMIT = 30.0
QUIET_NS = 100_000_000
SERVICE = "service"
_NUMBER = re.compile(r"\bn(\d+)\b")


@contextlib.asynccontextmanager
async def served(app: Application) -> AsyncIterator[Address]:
    """`app` behind uvicorn, in this loop."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(LIMIT):
            while not server.started:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0)
        yield Address(*server.servers[0].sockets[0].getsockname()[:2])
    finally:
        server.should_exit = True
        await running


@contextlib.asynccontextmanager
async def overheard(servers: Mapping[str, Address], heard: list[Exchange]) -> AsyncIterator[dict[str, Address]]:
    """Where to find each of `servers` so that what is said to it is heard. The one named "service" is asked the entries."""

    def hear(exchange: Exchange) -> None:
        connection = exchange.connection
        if connection.dependency == SERVICE:
            exchange = dataclasses.replace(exchange, connection=dataclasses.replace(connection, dependency=None))
        heard.append(exchange)

    tap = RelayTap([RelayRoute(name, ANY, server) for name, server in servers.items()], CODECS)
    running = asyncio.create_task(tap.run(hear))
    try:
        await asyncio.wait_for(tap.listening.wait(), LIMIT)
        yield tap.addresses
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@contextlib.asynccontextmanager
async def on_stage(
    make: Callable[[dict[str, Address]], Application], dependencies: Mapping[str, Address], heard: list[Exchange]
) -> AsyncIterator[str]:
    """The URL of the application that `make` makes of its dependencies' addresses. All that is said is in `heard` at the end."""
    async with (
        overheard(dependencies, heard) as addresses,
        served(make(addresses)) as service,
        overheard({SERVICE: service}, heard) as entry,
    ):
        yield f"http://{entry[SERVICE]}"


def through(url: str, address: Address) -> str:
    """The database's `url`, with `address` in the server's place, and nothing encrypted."""
    login, _, rest = url.rpartition("@")
    return f"{login}@{address}/{rest.rpartition('/')[2]}?sslmode=disable&gssencmode=disable"


def flows_of(heard: list[Exchange], quiet_ns: int = QUIET_NS) -> list[Flow]:
    """What the correlator makes of it, told each exchange when it was whole, as by an honest tap."""
    correlator = Correlator("service", "1", quiet_ns)
    decided: list[Any] = []
    for index, exchange in enumerate(heard):
        correlator.take(exchange)
        if index % 16 == 0:
            decided += correlator.advance(min((later.started for later in heard[index + 1 :]), default=0))
    decided += correlator.close(whole=True)
    return [one for one in decided if isinstance(one, Flow)]


def check(heard: list[Exchange], *, alike: bool = False, quiet_ns: int = QUIET_NS) -> int:
    """Fail if a flow that is kept is not what truly happened. Returns how many are kept.

    The correlator has heard each request before, alone, as in the quiet hours of a service.
    """
    numbers = {_key(exchange): owner for exchange, owner in _owners(heard)}
    heard = [_renumbered(exchange, alike=alike) for exchange in heard]
    true: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in sorted(heard, key=lambda one: one.started):
        if exchange.connection.dependency is not None and not exchange.session:
            true[numbers[_key(exchange)]].append(exchange)
    entries = [one for one in heard if one.connection.dependency is None]
    before = [moved for entry in entries for moved in _alone(entry, true[numbers[_key(entry)]])]
    learned = _one_after_another(before, min(one.started for one in heard))
    kept = [flow for flow in flows_of(learned + heard, quiet_ns) if not flow.problem and _key(flow.entry) in numbers]
    for flow in kept:
        number = numbers[_key(flow.entry)]
        assert [_said(call.exchange) for call in flow.calls] == [_said(call) for call in true[number]], number
    return len(kept)


def _alone(entry: Exchange, calls: list[Exchange]) -> list[list[Exchange]]:
    """A whole request and its calls, to be heard alone; nothing of one that is not whole."""
    said = [entry, *calls]
    return [said] if all(one.answer is not None and not one.incomplete for one in said) else []


def _one_after_another(requests: list[list[Exchange]], until: int) -> list[Exchange]:
    """Each well before the next, all before `until`, on connections of their own."""
    found = []
    for index, said in enumerate(requests):
        first = min(one.started for one in said)
        shift = until - (len(requests) - index) * 5_000_000_000 - first
        for one in sorted(said, key=lambda one: one.ended):
            times = {name: getattr(one, name) + shift for name in ("started", "asked", "answered", "ended")}
            connection = dataclasses.replace(one.connection, id=f"quiet {index} {one.connection.id}")
            transaction = one.transaction and f"quiet {index} {one.transaction}"
            found.append(dataclasses.replace(one, connection=connection, transaction=transaction, **times))
    return found


def number(exchange: Exchange) -> str:
    """The number that `exchange` asks with, "" if it has none."""
    found = _NUMBER.search(_text(exchange.question))
    return found[1] if found else ""


def _owners(heard: list[Exchange]) -> list[tuple[Exchange, str]]:
    transactions: dict[str, str] = {}
    for exchange in heard:
        if exchange.transaction and (found := number(exchange)):
            transactions[exchange.transaction] = found
    return [(exchange, number(exchange) or transactions.get(exchange.transaction, "")) for exchange in heard]


def _key(exchange: Exchange) -> tuple[str, int, int]:
    return exchange.connection.id, exchange.started, exchange.ended


def _said(exchange: Exchange) -> tuple[object, ...]:
    return exchange.connection.dependency, exchange.question, exchange.answer


def _text(question: object) -> str:
    return repr(question).replace("b'n", "b' n").replace("\\n", " ")


def _renumbered(value: T, *, alike: bool) -> T:
    """With plain numbers, as services give them to what they keep; with one for all where they are to be `alike`."""
    found: Any = value
    if isinstance(value, str):
        found = _NUMBER.sub(lambda match: "7000000" if alike else f"7{match[1]:0>6}", value)
    elif isinstance(value, bytes):
        found = _renumbered(value.decode("latin-1"), alike=alike).encode("latin-1")
    elif isinstance(value, tuple):
        found = tuple(_renumbered(one, alike=alike) for one in value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type) and type(value).__name__ != "Connection":
        fields = (field.name for field in dataclasses.fields(value))
        found = dataclasses.replace(value, **{name: _renumbered(getattr(value, name), alike=alike) for name in fields})
    return found  # type: ignore[no-any-return]
