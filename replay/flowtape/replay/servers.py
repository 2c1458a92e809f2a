"""The answering servers of a test session: one for each dependency, their sockets waited for together.

They live as long as the session, so that the application's connection pools stay good; what answers is switched from test to test.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from flowtape.capture.exchange import Address, Answer, Question, SqlResult
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.protocols.listening import AnsweringServer
from flowtape.replay.sockets import Sockets
from flowtape.replay.source import Miss, Shape, Source

PLAYERS = {
    "postgresql": "flowtape.replay.protocols.postgresql",
    "redis": "flowtape.replay.protocols.redis",
    "http": "flowtape.replay.protocols.http",
}


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
    """Runs answering servers from `start` to `stop`, on `sockets`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.sockets = Sockets("flowtape answering servers")
        self._servers: list[AnsweringServer] = []

    def start(self) -> None:
        self.sockets.start()

    def play(self, dependency: str, protocol: str) -> Address:
        """Answer for `dependency`; where it is answered. Raises BrokenError."""
        try:
            serve = importlib.import_module(PLAYERS[protocol]).serve
        except (KeyError, ImportError, AttributeError):
            raise BrokenError(f"{dependency}: flowtape cannot answer for the protocol {protocol}") from None
        return self.run(dependency, lambda: serve(self._source, dependency, sockets=self.sockets))

    def run(self, name: str, serve: Callable[[], AnsweringServer]) -> Address:
        """Start a server by `serve`; where it listens. Raises BrokenError."""
        try:
            server = serve()
        except OSError as error:
            raise BrokenError(f"{name}: no answering server could listen on 127.0.0.1: {error}") from None
        self._servers.append(server)
        return server.address

    def stop(self) -> None:
        for server in self._servers:
            server.close()
        self.sockets.close()
