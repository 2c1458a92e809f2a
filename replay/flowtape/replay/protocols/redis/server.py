"""The answering server on loopback: asyncio at the edge of sessions that do no I/O."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from itertools import count
from typing import cast

from flowtape.capture.exchange import Address, RedisCommand
from flowtape.capture.protocols.resp import read_command
from flowtape.capture.stream import DecodeError, EndOfStream, Stream
from flowtape.replay.protocols.redis.session import Session
from flowtape.replay.source import Source


class Server:
    """It listens until it is closed."""

    def __init__(self, source: Source, dependency: str) -> None:
        self.address = Address("", 0)
        self.source = source
        self.dependency = dependency
        self.connections: set[Connection] = set()
        self._numbers = count(1)
        self._listening: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._connection, host, port)
        name = self._listening.sockets[0].getsockname()
        self.address = Address(name[0], name[1])

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._listening is not None:
            self._listening.close()
            for connection in list(self.connections):
                connection.abort()
            await self._listening.wait_closed()

    def _connection(self) -> Connection:
        return Connection(self, Session(self.source, self.dependency, next(self._numbers)))


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: Server, session: Session) -> None:
        self._server = server
        self._session = session
        self._stream = Stream()
        self._decoder: Generator[None, None, RedisCommand] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._session.lost()

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        session, transport = self._session, self._transport
        if transport is None or session.closed:
            return
        self._stream.feed(data)
        try:
            self._read()
        except (DecodeError, EndOfStream) as error:
            session.violation(str(error))
        if session.out:
            transport.write(b"".join(session.out))
            session.out.clear()
        if session.closed:
            transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _read(self) -> None:
        while not self._session.closed and (self._decoder is not None or len(self._stream)):
            if self._decoder is None:
                self._decoder = read_command(self._stream)
            try:
                next(self._decoder)
                return
            except StopIteration as stop:
                self._decoder = None
                self._session.hear(stop.value)


async def serve(source: Source, dependency: str, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Answer Redis clients from `source`, in the running loop. Raises OSError where `port` cannot be bound."""
    server = Server(source, dependency)
    await server.listen(host, port)
    return server
