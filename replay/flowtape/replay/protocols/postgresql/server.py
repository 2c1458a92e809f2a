"""The answering server on loopback: asyncio at the edge of sessions that do no I/O."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from itertools import count
from typing import Any, cast

from flowtape.capture.codec import Side
from flowtape.capture.exchange import Address
from flowtape.capture.protocols.postgresql import wire
from flowtape.capture.stream import DecodeError, EndOfStream, Stream
from flowtape.replay.protocols.postgresql.backend import Backend
from flowtape.replay.protocols.postgresql.session import Session
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
        number = next(self._numbers)
        backend = Backend(self.source, self.dependency, f"{self.dependency}-{number}", number)
        return Connection(self, Session(backend))


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: Server, session: Session) -> None:
        self._server = server
        self._session = session
        self._stream = Stream()
        self._decoder: Generator[None, None, Any] | None = None
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
        try:
            if self._decoder is None and not self._stream:
                data = self._whole(data)
            if data:
                self._stream.feed(data)
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

    def _whole(self, data: bytes) -> bytes:
        """Hear the messages that `data` holds whole, without the stream: nearly all are. Returns the rest."""
        session = self._session
        at, size = 0, len(data)
        while session.started and not session.closed and size - at > 4:
            end = at + 1 + int.from_bytes(data[at + 1 : at + 5])
            if not at + 5 <= end <= size:
                break
            session.hear(wire.parse(Side.CLIENT, data[at], data[at + 5 : end]))
            at = end
        return data[at:] if at else data

    def _read(self) -> None:
        session, stream = self._session, self._stream
        while not session.closed and (self._decoder is not None or len(stream)):
            if self._decoder is None:
                self._decoder = wire.read(Side.CLIENT, stream) if session.started else wire.read_first(stream)
            try:
                next(self._decoder)
                return
            except StopIteration as stop:
                self._decoder = None
                session.hear(stop.value)


async def serve(source: Source, dependency: str, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Answer PostgreSQL clients from `source`, in the running loop. Raises OSError where `port` cannot be bound."""
    server = Server(source, dependency)
    await server.listen(host, port)
    return server
