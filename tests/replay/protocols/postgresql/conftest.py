"""A record in memory, and servers that answer from it or listen in on a real one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

import pytest

from flowtape.capture import sql
from flowtape.capture.codec import Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Answer, Connection, Exchange, Question, SqlResult, SqlStatement
from flowtape.capture.protocols.opaque import OpaqueCodec
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import wire
from flowtape.capture.protocols.postgresql.codec import PostgresqlCodec
from flowtape.capture.stream import Stream
from flowtape.replay.protocols.listening import AnsweringServer
from flowtape.replay.protocols.postgresql import serve
from flowtape.replay.protocols.postgresql.backend import Backend
from flowtape.replay.protocols.postgresql.session import Session
from flowtape.replay.source import Miss, Shape

T = TypeVar("T")
SOMEWHERE = Connection("1", Address("127.0.0.1", 1), Address("127.0.0.1", 2), "db")


def exchange(question: SqlStatement, answer: SqlResult, *, session: bool = False) -> Exchange:
    return Exchange(SOMEWHERE, "postgresql", question, answer, 1, 1, 2, 2, session=session)


@dataclass
class Record:
    """A source that hands recorded answers out in their order, each once unless it is session traffic. Transaction control is the server's own."""

    exchanges: list[Exchange]
    asked: list[tuple[SqlStatement, str]] = field(default_factory=list)
    misses: list[SqlStatement] = field(default_factory=list)
    ended: list[tuple[str, bool]] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._shapes: dict[str, Shape] = {}
        self._answers: dict[object, list[tuple[SqlResult, bool]]] = {}
        for each in self.exchanges:
            question, answer = each.question, each.answer
            assert isinstance(question, SqlStatement), question
            assert isinstance(answer, SqlResult), answer
            name = sql.read(question.text).fingerprint
            if name not in self._shapes or answer.error is None:
                self._shapes[name] = Shape(question.parameter_types, answer.columns)
            self._answers.setdefault(self._key(question), []).append((answer, each.session))

    @staticmethod
    def _key(question: SqlStatement) -> object:
        statement = sql.read(question.text)
        if question.describe:
            return statement.fingerprint, "described"
        if statement.kind == "transaction":
            return statement.transaction_control
        text = question.text if not statement.canonical else ""
        return statement.fingerprint, sql.arguments(statement, question.parameters), question.copy_in, text

    def ask(
        self, dependency: str, question: Question, transaction: str = "", otherwise: Answer | None = None
    ) -> Answer | Miss:
        assert isinstance(question, SqlStatement)
        with self._lock:
            self.asked.append((question, transaction))
            left = self._answers.get(self._key(question))
            if not left:
                if otherwise is not None:
                    return otherwise
                self.misses.append(question)
                return Miss(f"never recorded: {question}\nthat is all")
            answer, session = left[0]
            if not session:
                left.pop(0)
            return answer

    def shape(self, dependency: str, text: str) -> Shape | Miss:
        return self._shapes.get(sql.read(text).fingerprint) or Miss(f"never described: {text}")

    def answers(self, dependency: str, text: str) -> list[SqlResult]:
        fingerprint = sql.read(text).fingerprint
        kept = [
            (key, answers) for key, answers in self._answers.items() if isinstance(key, tuple) and key[0] == fingerprint
        ]
        return [answer for _, answers in kept for answer, _ in answers]

    def transaction_ended(self, dependency: str, connection: str, *, committed: bool, isolation: str = "") -> None:
        self.ended.append((connection, committed))
        self.modes.append(isolation)

    def left(self) -> list[SqlResult]:
        """What was not asked for, session traffic apart."""
        return [
            answer
            for key, answers in self._answers.items()
            for answer, session in answers
            if not session and not isinstance(key, str)
        ]


class Loop:
    """An event loop in a thread of its own, so that blocking drivers can be its clients."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@dataclass
class Listening:
    """A relay in front of the real server: what was said on each connection."""

    server: Address
    address: Address = SOMEWHERE.server
    conversations: list[Conversation] = field(default_factory=list)
    listener: asyncio.Server | None = None

    async def listen(self) -> None:
        self.listener = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.address = Address("127.0.0.1", self.listener.sockets[0].getsockname()[1])

    async def close(self) -> None:
        assert self.listener is not None
        self.listener.close()

    def exchanges(self) -> list[Exchange]:
        found: list[Exchange] = []
        for conversation in self.conversations:
            conversation.close(time.time_ns())
            found += conversation.exchanges()
            assert not conversation.problems
        assert not [each for each in found if each.incomplete]
        return sorted(found, key=lambda each: each.started)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(str(len(self.conversations)), SOMEWHERE.client, self.server, "db")
        conversation = Conversation(connection, [PostgresqlCodec, OpaqueCodec])
        self.conversations.append(conversation)
        upstream = await asyncio.open_connection(self.server.host, self.server.port)
        await asyncio.gather(
            self._copy(conversation, Side.CLIENT, reader, upstream[1]),
            self._copy(conversation, Side.SERVER, upstream[0], writer),
        )

    @staticmethod
    async def _copy(
        conversation: Conversation, side: Side, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                conversation.hear(side, data, time.time_ns())
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.stop()


Answering: TypeAlias = Callable[[Iterable[Exchange]], AbstractContextManager[tuple[Address, Record]]]


@pytest.fixture
def answering(loop: Loop) -> Answering:
    """Serve these exchanges."""

    @contextmanager
    def answer(exchanges: Iterable[Exchange]) -> Iterator[tuple[Address, Record]]:
        record = Record(list(exchanges))
        server: AnsweringServer = serve(record, "db")
        try:
            yield server.address, record
        finally:
            server.close()

    return answer


@dataclass(frozen=True)
class Place:
    """Where a scenario connects to: it cannot tell whether what answers is real."""

    host: str
    port: int
    user: str
    password: str
    database: str

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"


Twice: TypeAlias = Callable[[Callable[[Place], object]], Record]


@pytest.fixture
def twice(loop: Loop, answering: Answering, postgresql_server: Any) -> Twice:
    """Run a scenario against the real server, then against the answering one, and compare what it returned."""

    def run(scenario: Callable[[Place], object]) -> Record:
        real = postgresql_server
        listening = Listening(Address(real.host, real.port))
        loop.run(listening.listen())
        place = Place(listening.address.host, listening.address.port, real.user, real.password, real.database)
        try:
            expected = scenario(place)
        finally:
            loop.run(listening.close())
        with answering(listening.exchanges()) as (address, record):
            assert scenario(replace(place, host=address.host, port=address.port)) == expected
        assert record.misses == []
        assert record.left() == []
        return record

    return run


class Talk:
    """A client that speaks in messages, and a session that answers from these exchanges."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self.record = Record(list(exchanges))
        self.session = Session(Backend(self.record, "db", "db-1", 7))

    def say(self, *messages: Any) -> list[Any]:
        """What the server says to `messages`."""
        for message in messages:
            self.session.hear(message)
        stream = Stream()
        stream.feed(b"".join(self.session.out))
        self.session.out.clear()
        return list(self._read(stream))

    def started(self, **parameters: str) -> Talk:
        self.say(pg.StartupMessage(tuple({"user": "ann", "database": "shop", **parameters}.items())))
        return self

    @staticmethod
    def _read(stream: Stream) -> Iterator[Any]:
        while stream:
            reading = wire.read(Side.SERVER, stream)
            with pytest.raises(StopIteration) as end:
                next(reading)
            yield end.value.value


@pytest.fixture
def talk() -> Callable[..., Talk]:
    return lambda *exchanges: Talk(exchanges)


@pytest.fixture
def recorded() -> Callable[..., Exchange]:
    return exchange
