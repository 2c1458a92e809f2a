"""What redis-py says, overheard on its way to a real server, and a source made of what was heard."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from flowtape.capture.codec import Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Answer, Connection, Exchange, Question, RedisCommand, SqlResult
from flowtape.capture.protocols.codecs import CODECS
from flowtape.replay.source import Miss, Shape


class Heard:
    """A source that answers each recorded command once, in its order among equal ones."""

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        self.exchanges = list(exchanges)
        self.ended: list[tuple[str, bool]] = []
        self.asked: list[tuple[tuple[bytes, ...], str]] = []
        self._answers: dict[tuple[bytes, ...], deque[Answer]] = defaultdict(deque)
        for exchange in self.exchanges:
            assert isinstance(exchange.question, RedisCommand)
            if not exchange.session and exchange.answer is not None:
                self._answers[exchange.question.arguments].append(exchange.answer)

    def ask(
        self, dependency: str, question: Question, transaction: str = "", otherwise: Answer | None = None
    ) -> Answer | Miss:
        assert isinstance(question, RedisCommand)
        self.asked.append((question.arguments, transaction))
        if answers := self._answers.get(question.arguments):
            return answers.popleft()
        return otherwise or Miss(f"{dependency} was asked\n{question.arguments!r}")

    def shape(self, dependency: str, text: str) -> Shape | Miss:
        raise AssertionError("Redis has no statements")

    def answers(self, dependency: str, text: str) -> list[SqlResult]:
        raise AssertionError("Redis has no statements")

    def transaction_ended(self, dependency: str, connection: str, *, committed: bool, isolation: str = "") -> None:
        self.ended.append((connection, committed))

    @property
    def left(self) -> list[tuple[bytes, ...]]:
        """What was recorded, and not asked again."""
        return [command for command, answers in self._answers.items() for _ in answers]


class Relay:
    """In the path to a real server; overhears each connection by a conversation."""

    def __init__(self, server: Address) -> None:
        self.server = server
        self.conversations: list[Conversation] = []
        self._clock = 0

    def exchanges(self) -> list[Exchange]:
        heard = [exchange for conversation in self.conversations for exchange in conversation.exchanges()]
        assert all(not conversation.problems for conversation in self.conversations)
        return sorted(heard, key=lambda exchange: exchange.started)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = str(len(self.conversations) + 1)
        conversation = Conversation(
            Connection(number, Address("client", 1), self.server, "cache"), CODECS, hint="redis"
        )
        self.conversations.append(conversation)
        up_reader, up_writer = await asyncio.open_connection(self.server.host, self.server.port)
        await asyncio.gather(
            self._pump(Side.CLIENT, conversation, reader, up_writer),
            self._pump(Side.SERVER, conversation, up_reader, writer),
        )

    async def _pump(
        self, side: Side, conversation: Conversation, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while data := await reader.read(65536):
                self._clock += 1000
                conversation.hear(side, data, self._clock)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            conversation.end(side, self._clock)
            writer.close()


@asynccontextmanager
async def _relay(server: Address) -> AsyncIterator[tuple[Relay, Address]]:
    relay = Relay(server)
    listening = await asyncio.start_server(relay.connected, "127.0.0.1", 0)
    try:
        yield relay, Address(*listening.sockets[0].getsockname()[:2])
    finally:
        listening.close()


@pytest.fixture
def relay() -> object:
    return _relay


@pytest.fixture
def heard() -> type[Heard]:
    return Heard
