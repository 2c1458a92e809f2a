"""The answering servers of a test session: one for each dependency, all on one event loop.

They live as long as the session, so that the application's connection pools stay good; what answers is switched from test to test.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from flowtape.capture.exchange import Address, Answer, Question, SqlResult
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.loop import CLOSE_LIMIT, Loop
from flowtape.replay.source import Miss, Shape, Source

PLAYERS = {
    "postgresql": "flowtape.replay.protocols.postgresql",
    "redis": "flowtape.replay.protocols.redis",
    "http": "flowtape.replay.protocols.http",
}
T = TypeVar("T")


class AnsweringServer(Protocol):
    @property
    def address(self) -> Address: ...
    async def close(self) -> None: ...


class Switch:
    """A Source that asks whichever tape is current. Outside of any test only the session's answers are there."""

    def __init__(self, between: Source) -> None:
        self._between = between
        self._current: Source = between

    def to(self, source: Source | None) -> None:
        self._current = source or self._between

    def ask(
        self, dependency: str, question: Question, transaction: str = "", otherwise: Answer | None = None
    ) -> Answer | Miss:
        return self._current.ask(dependency, question, transaction, otherwise)

    def shape(self, dependency: str, text: str) -> Shape | Miss:
        return self._current.shape(dependency, text)

    def answers(self, dependency: str, text: str) -> Sequence[SqlResult]:
        return self._current.answers(dependency, text)

    def transaction_ended(self, dependency: str, connection: str, *, committed: bool, isolation: str = "") -> None:
        self._current.transaction_ended(dependency, connection, committed=committed, isolation=isolation)


class Servers:
    """Runs answering servers from `start` to `stop`, on `loop`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.loop = Loop("flowtape answering servers")
        self._servers: list[AnsweringServer] = []

    def start(self) -> None:
        self.loop.start()

    def play(self, dependency: str, protocol: str) -> Address:
        """Answer for `dependency`; where it is answered. Raises BrokenError."""
        try:
            serve = importlib.import_module(PLAYERS[protocol]).serve
        except (KeyError, ImportError, AttributeError):
            raise BrokenError(f"{dependency}: flowtape cannot answer for the protocol {protocol}") from None
        return self.run(dependency, lambda: serve(self._source, dependency, "127.0.0.1", 0))

    def run(self, name: str, serve: Callable[[], Coroutine[Any, Any, AnsweringServer]]) -> Address:
        """Start a server by `serve`, on the loop; where it listens. Raises BrokenError."""
        try:
            server = self.wait(serve())
        except OSError as error:
            raise BrokenError(f"{name}: no answering server could listen on 127.0.0.1: {error}") from None
        self._servers.append(server)
        return server.address

    def wait(self, work: Coroutine[Any, Any, T], seconds: float = CLOSE_LIMIT) -> T:
        """What `work` gives, done on the loop. Raises TimeoutError."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self.loop.asyncio)
        return future.result(seconds)

    def stop(self) -> None:
        for server in self._servers:
            with contextlib.suppress(TimeoutError, OSError):
                self.wait(server.close())
        self.loop.close()
