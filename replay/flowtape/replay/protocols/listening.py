"""Where the answering servers meet the network: a socket listened at, and a talker without I/O for each client."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol

from flowtape.capture.exchange import Address
from flowtape.replay.sockets import READ, WRITE, Sockets

CHUNK = 256 * 1024
WAITING = 1024 * 1024
"""So many bytes that a client has not read make it wait: nothing more is heard from it until it has read some."""
BACKLOG = 1024


class Talker(Protocol):
    """The server's part in one connection, without I/O."""

    @property
    def closing(self) -> bool:
        """Nothing more is to be said or heard after what was returned last."""

    def receive(self, data: bytes) -> bytes:
        """What to send now that the client has sent `data`."""

    def lost(self) -> None:
        """The connection is gone."""


def listen(talker: Callable[[], Talker], host: str, port: int, sockets: Sockets | None = None) -> AnsweringServer:
    """Serve each connection by a talker of its own, among `sockets`, or else in a thread of its own.

    Raises OSError if the address cannot be listened at.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listener.settimeout(0)
    if sockets is not None:
        return AnsweringServer(listener, talker, sockets)
    own = Sockets("flowtape answering server")
    own.start()
    return AnsweringServer(listener, talker, own, own.close)


class AnsweringServer:
    """A server that listens at `address` until it is closed."""

    def __init__(
        self,
        listener: socket.socket,
        talker: Callable[[], Talker],
        sockets: Sockets,
        closed: Callable[[], None] | None = None,
    ) -> None:
        self.address = Address(*listener.getsockname()[:2])
        self._listener = listener
        self._talker = talker
        self._sockets = sockets
        self._closed = closed
        self._clients: set[_Client] = set()
        self._full = False
        """Whether there are no more files for another client."""
        with sockets.turn:
            sockets.add(listener, self._accept)

    def close(self) -> None:
        """Stop listening and break off what is connected."""
        with self._sockets.turn:
            if self._listener.fileno() == -1:
                return
            if not self._full:
                self._sockets.remove(self._listener)
            self._full = False
            self._listener.close()
            for client in list(self._clients):
                client.close()
        if self._closed is not None:
            self._closed()

    def _accept(self, _: int) -> None:
        try:
            connection, _address = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:
            if self._clients:
                self._sockets.remove(self._listener)
                self._full = True
            return
        connection.settimeout(0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._clients.add(_Client(connection, self._talker(), self._sockets, self._lost))

    def _lost(self, client: _Client) -> None:
        self._clients.discard(client)
        if self._full:
            self._full = False
            self._sockets.add(self._listener, self._accept)


class _Client:
    def __init__(
        self, connection: socket.socket, talker: Talker, sockets: Sockets, lost: Callable[[_Client], None]
    ) -> None:
        self._socket = connection
        self._talker = talker
        self._sockets = sockets
        self._lost = lost
        self._unsent: bytes | memoryview = b""
        self._ending = False
        """Nothing more is heard, and the connection closed once all is sent."""
        self._events = READ
        sockets.add(connection, self._ready)

    def _ready(self, events: int) -> None:
        if not self._events:
            return
        try:
            if events & WRITE:
                self._send(self._unsent)
            elif not self._ending:
                self._receive()
        except Exception:
            self.close()
            raise

    def _receive(self) -> None:
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        said = self._talker.receive(data) if data else b""
        self._ending = not data or self._talker.closing
        if said or self._ending:
            self._send(b"".join((self._unsent, said)) if self._unsent else said)

    def _send(self, data: bytes | memoryview) -> None:
        self._unsent = data
        if data:
            try:
                self._unsent = memoryview(data)[self._socket.send(data) :]
            except BlockingIOError:
                pass
            except OSError:
                self.close()
                return
        if self._ending and not self._unsent:
            self.close()
            return
        hears = not self._ending and len(self._unsent) < WAITING
        events = (WRITE if self._unsent else 0) | (READ if hears else 0)
        if events != self._events:
            self._events = events
            self._sockets.change(self._socket, events, self._ready)

    def close(self) -> None:
        if not self._events:
            return
        self._events = 0
        self._sockets.remove(self._socket)
        self._socket.close()
        self._lost(self)
        self._talker.lost()
