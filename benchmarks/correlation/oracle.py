"""The truth, written by the service itself: whose request each connection works for, from when on. The correlator never sees it.

A context variable holds the request's number. Hooks in the drivers note it whenever a connection is taken into use, and again
when it is given back. A line of the file is `TIME PORT REQUEST`: from TIME on (ns), what is sent from the local PORT is said for
REQUEST, "-" for none. `TIME entry PORT REQUEST` says that the next request from the client's PORT has that number.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import itertools
import os
import socket
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, TypeAlias

Ports: TypeAlias = tuple[int, int]
"""A connection's local port, and the port at its other end."""
REQUEST: ContextVar[str] = ContextVar("REQUEST", default="-")


class Oracle:
    """Writes to `path`, one system call a line: lines of several threads never mix, and a killed service loses none."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._numbers = itertools.count(1)

    def enter(self, port: int) -> str:
        number = f"{os.getpid()}.{next(self._numbers)}"
        os.write(self._file, f"{time.time_ns()} entry {port} {number}\n".encode())
        return number

    def note(self, ports: Ports | None, request: str | None = None) -> None:
        if ports is not None:
            os.write(self._file, f"{time.time_ns()} {ports[0]} {ports[1]} {request or REQUEST.get()}\n".encode())

    # -- the middleware

    def asgi(self, app: Any) -> Any:
        async def numbered(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                REQUEST.set(self.enter(scope["client"][1]))
            await app(scope, receive, send)

        return numbered

    def wsgi(self, app: Any) -> Any:
        def numbered(environ: Any, start_response: Any) -> Iterable[bytes]:
            token = REQUEST.set(self.enter(int(environ["REMOTE_PORT"])))
            answer = app(environ, start_response)
            try:
                # Here, and not while it is sent: the thread may be another request's by then.
                return [b"".join(answer)]
            finally:
                getattr(answer, "close", lambda: None)()
                REQUEST.reset(token)

        return numbered

    # -- the hooks

    def hook_psycopg_pool(self) -> None:
        from psycopg_pool import AsyncConnectionPool

        pool: Any = AsyncConnectionPool
        take, give = pool.getconn, pool.putconn

        @functools.wraps(take)
        async def getconn(self_: Any, *arguments: Any, **options: Any) -> Any:
            connection = await take(self_, *arguments, **options)
            self.note(ports_of(connection))
            return connection

        @functools.wraps(give)
        async def putconn(self_: Any, connection: Any) -> None:
            self.note(ports_of(connection), "-")
            await give(self_, connection)

        pool.getconn, pool.putconn = getconn, putconn

    def hook_redis(self) -> None:
        from redis.asyncio.connection import AbstractConnection

        def ports(connection: Any) -> Ports | None:
            writer = getattr(connection, "_writer", None)
            return None if writer is None else ports_of(writer.get_extra_info("socket"))

        self._before(AbstractConnection, "send_packed_command", ports)

    def hook_httpx(self) -> None:
        from httpcore import AsyncHTTP11Connection

        self._before(AsyncHTTP11Connection, "_send_request_headers", _httpcore_ports)

    def hook_http_client(self) -> None:
        """What `requests` and urllib3 speak through."""

        def ports(connection: Any) -> Ports | None:
            if connection.sock is None:
                connection.connect()
            return ports_of(connection.sock)

        self._before(http.client.HTTPConnection, "send", ports)

    def hook_sqlalchemy(self) -> None:
        from sqlalchemy import event
        from sqlalchemy.pool import Pool

        event.listen(Pool, "checkout", lambda connection, *_: self.note(ports_of(connection)))
        # By then SQLAlchemy has rolled the connection back.
        event.listen(Pool, "checkin", lambda connection, *_: self.note(ports_of(connection), "-"))

    def _before(self, owner: Any, name: str, ports: Callable[[Any], Ports | None]) -> None:
        """Note the ports of an object's connection before its method `name` sends something. Works for coroutines too."""
        method = getattr(owner, name)

        @functools.wraps(method)
        def noted(self_: Any, *arguments: Any, **options: Any) -> Any:
            self.note(ports(self_))
            return method(self_, *arguments, **options)

        setattr(owner, name, noted)


def ports_of(connection: Any) -> Ports | None:
    """Of a socket, or a database driver's connection; None of one that is closed or has none."""
    with contextlib.suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as other:
        return int(other.getsockname()[1]), int(other.getpeername()[1])
    return None


def _httpcore_ports(connection: Any) -> Ports:
    stream = connection._network_stream  # noqa: SLF001
    return stream.get_extra_info("client_addr")[1], stream.get_extra_info("server_addr")[1]
