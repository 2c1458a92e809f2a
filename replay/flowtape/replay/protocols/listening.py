"""Where the answering servers meet asyncio: a socket listened at, and a talker without I/O for each client."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol, cast

from flowtape.capture.exchange import Address


class Talker(Protocol):
    """The server's part in one connection, without I/O."""

    @property
    def closing(self) -> bool:
        """Nothing more is to be said or heard after what was returned last."""

    def receive(self, data: bytes) -> bytes:
        """What to send now that the client has sent `data`."""

    def lost(self) -> None:
        """The connection is gone."""


class AnsweringServer:
    """A server that listens at `address` until it is closed."""

    def __init__(self, server: asyncio.Server, clients: set[Client]) -> None:
        self.address = Address(*server.sockets[0].getsockname()[:2])
        self._server = server
        self._clients = clients

    async def close(self) -> None:
        """Stop listening and break off what is connected."""
        self._server.close()
        for client in list(self._clients):
            client.abort()
        await self._server.wait_closed()


async def listen(
    talker: Callable[[], Talker], host: str, port: int, tls: ssl.SSLContext | None = None
) -> AnsweringServer:
    """Serve each connection by a talker of its own, in the running loop. Raises OSError if the address cannot be listened at."""
    clients: set[Client] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Client(talker(), clients), host, port, ssl=tls, backlog=1024)
    return AnsweringServer(server, clients)


class Client(asyncio.Protocol):
    """One client's socket. `clients` are those connected, itself among them."""

    def __init__(self, talker: Talker, clients: set[Client]) -> None:
        self._talker = talker
        self._clients = clients
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._clients.add(self)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if self._talker.closing:
            return
        if said := self._talker.receive(data):
            self._transport.write(said)
        if self._talker.closing:
            self._transport.close()

    def pause_writing(self) -> None:
        """A client that does not read its answers gets no further ones."""
        assert self._transport is not None
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        assert self._transport is not None
        self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clients.discard(self)
        self._talker.lost()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
