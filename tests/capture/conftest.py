"""Taps that play what a test says, and a sanitiser that marks what it saw."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from flowtape.capture.configuration import Capture, Configuration, Dependency, Service
from flowtape.capture.exchange import Address, Connection, Exchange, HttpRequest, HttpResponse, SqlResult, SqlStatement
from flowtape.capture.flow import Flow, Outside
from flowtape.capture.taps import Hear

MS = 1_000_000
BASE = 1_790_000_000_000 * MS
HERE = Address("127.0.0.1", 9)


class Played:
    """Exchanges by their times in ms, and a tap that plays them."""

    def __init__(self) -> None:
        self._count = 0

    def _exchange(self, dependency: str | None, protocol: str, started: float, ended: float) -> dict[str, object]:
        self._count += 1
        first, last = BASE + int(started * MS), BASE + int(ended * MS)
        connection = Connection(f"c{self._count}", HERE, HERE, dependency)
        times = {"started": first, "asked": first, "answered": last, "ended": last}
        return {"connection": connection, "protocol": protocol, **times}

    def at(self, ms: float) -> int:
        return BASE + int(ms * MS)

    def entry(self, started: float, ended: float, path: str = "/orders") -> Exchange:
        base = self._exchange(None, "http1", started, ended)
        return Exchange(question=HttpRequest("GET", path), answer=HttpResponse(200), **base)  # type: ignore[arg-type]

    def sql(self, started: float, ended: float, text: str = "SELECT 1", *, session: bool = False) -> Exchange:
        base = self._exchange("db", "postgresql", started, ended)
        return Exchange(question=SqlStatement(text), answer=SqlResult(tag="SELECT 1"), session=session, **base)  # type: ignore[arg-type]

    def tap(self, exchanges: Sequence[Exchange] = (), **rest: object) -> PlayedTap:
        return PlayedTap(exchanges, **rest)  # type: ignore[arg-type]


class PlayedTap:
    """Hears all of `exchanges`, then ends, fails with `error`, or with `stays` goes on until it is cancelled."""

    def __init__(
        self,
        exchanges: Sequence[Exchange],
        *,
        name: str = "played",
        stays: bool = False,
        error: Exception | None = None,
    ) -> None:
        self.name = name
        self.counters: Counter[str] = Counter()
        self.heard_all = asyncio.Event()
        self.cancelled = False
        self._exchanges = exchanges
        self._stays = stays
        self._error = error
        self._watermark = 0

    async def run(self, hear: Hear) -> None:
        for exchange in self._exchanges:
            hear(exchange)
            self.counters["played"] += 1
        if self._error is not None:
            raise self._error
        self._watermark = max((exchange.ended for exchange in self._exchanges), default=0) + 1000 * MS
        self.heard_all.set()
        if self._stays:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled = True

    def watermark(self) -> int:
        return self._watermark


class Marking:
    """A sanitiser that says so: it marks the version of each flow and the reason of what is outside. Fails on `poison`."""

    def __init__(self, poison: str = "") -> None:
        self.poison = poison
        self.seen = 0

    def flow(self, flow: Flow) -> Flow:
        self.seen += 1
        if self.poison and isinstance(flow.entry.question, HttpRequest) and self.poison in flow.entry.question.target:
            raise RuntimeError("cannot read this")
        return replace(flow, version=f"{flow.version} sanitised")

    def outside(self, outside: Outside) -> Outside:
        self.seen += 1
        return replace(outside, reason=f"{outside.reason} sanitised")


@pytest.fixture(scope="session")
def played() -> Played:
    return Played()


@pytest.fixture
def marking() -> type[Marking]:
    return Marking


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return Configuration(
        service=Service(name="shop", version="1"),
        dependencies={"db": Dependency(protocol="postgresql", address="127.0.0.1:5432")},
        capture=Capture(recording="recording"),
        folder=tmp_path,
    )
