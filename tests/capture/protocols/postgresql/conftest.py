"""A byte relay between a driver and the real server, and what it overheard."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from samples.servers import Server

from flowtape.capture.codec import Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Connection, Exchange
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.capture.protocols.postgresql.codec import PostgresqlCodec

LIMIT_SECONDS = 20
CONNECTION = Connection("c1", Address("10.0.0.1", 50000), Address("10.0.0.2", 5432), "db")

Spoken = list[tuple[Side, bytes]]


@dataclass
class Overheard:
    """One connection's bytes, in the order in which they were spoken."""

    spoken: Spoken = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)


class Relay:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.connections: list[Overheard] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"postgresql://{self.server.user}:{self.server.password}@{self.host}:{self.port}/{self.server.database}?sslmode=disable"

    def stop(self) -> None:
        self._listener.close()

    def spoken(self) -> Spoken:
        """What the only connection said, once it is closed."""
        (overheard,) = self.connections
        assert overheard.closed.wait(LIMIT_SECONDS)
        return overheard.spoken

    def exchanges(self) -> list[Exchange]:
        return listen(self.spoken())

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((self.server.host, self.server.port))
                overheard = Overheard()
                self.connections.append(overheard)
                threading.Thread(target=self._serve, args=(client, server, overheard), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket, overheard: Overheard) -> None:
        lock = threading.Lock()
        pumps = [
            threading.Thread(target=pump, args=(*pair, overheard.spoken, lock), daemon=True)
            for pair in ((Side.CLIENT, client, server), (Side.SERVER, server, client))
        ]
        for thread in pumps:
            thread.start()
        for thread in pumps:
            thread.join()
        client.close()
        server.close()
        overheard.closed.set()


def pump(side: Side, source: socket.socket, target: socket.socket, spoken: Spoken, lock: threading.Lock) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            with lock:
                spoken.append((side, data))
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def listen(spoken: Spoken, *, joined: bool = False) -> list[Exchange]:
    """The exchanges of what was spoken, each chunk a millisecond after the one before."""
    conversation = Conversation(CONNECTION, [PostgresqlCodec, OpaqueCodec], hint="postgresql", joined=joined)
    clock = itertools.count(1_000_000, 1_000_000)
    for side, data in spoken:
        conversation.hear(side, data, next(clock))
    conversation.close(next(clock))
    assert not conversation.problems, conversation.problems
    return conversation.exchanges()


@pytest.fixture
def relay(postgresql_server: Server) -> Iterator[Relay]:
    relay = Relay(postgresql_server)
    yield relay
    relay.stop()


@pytest.fixture(scope="session")
def conversation_of() -> Callable[..., Conversation]:
    """A conversation that expects PostgreSQL."""

    def make(*, joined: bool = False) -> Conversation:
        return Conversation(CONNECTION, [PostgresqlCodec, OpaqueCodec], hint="postgresql", joined=joined)

    return make


@pytest.fixture(scope="session")
def heard() -> Callable[[Spoken], list[Exchange]]:
    return listen
