"""What passes through the proxy, made into exchanges: mitmproxy's hooks, in a file that does not import it.

Exchanges are what the HTTP codec would make of the bytes. Bodies pass through as they come (an event stream is not held up) and a
copy is kept up to a limit. Where mitmproxy changes what it forwards, the exchange holds what was sent: the Expect field,
which it answers itself, is kept; the forward proxy's absolute targets are in origin form, as the server reads them, and
the fields meant for the proxy (Proxy-Connection, Proxy-Authorization) are neither forwarded nor kept. A request of HTTP/2 gets
a Host field from its :authority. A dependency behind a reverse listener is sent its own name as Host, not the listener's.

- each exchange is in one of exchanges.whole, exchanges.incomplete and, of the forward proxy, exchanges.elsewhere: with a host that
  flowtape.yaml does not name, and not passed on;
- `connections.opened` is connections.closed once all have ended; servers.unreachable counts attempts to reach one; tls.refused counts
  clients that did not accept the CA, tls.failed servers whose certificate was not accepted;
- log.warnings and log.errors count mitmproxy's own lines, among them requests so malformed that it made no exchange of them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from flowtape.capture.exchange import (
    Address,
    Connection,
    Exchange,
    Headers,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
)
from flowtape.capture.taps import Hear

MAX_BODY = 8 * 1024 * 1024
FOR_THE_PROXY = ("proxy-connection", "proxy-authorization")
WITHOUT_BODY = (204, 304)
VERSIONS = {"HTTP/2.0": "2", "HTTP/3": "3"}


@dataclass(frozen=True, slots=True)
class Listener:
    """Listen at `listen`, in front of the server at the URL `server`; in front of every server where that is ""."""

    name: str
    listen: Address
    server: str = ""
    dependency: str | None = None

    @property
    def mode(self) -> str:
        """The listener in mitmproxy's words, by which a flow names it."""
        kind = f"reverse:{self.server}" if self.server else "regular"
        return f"{kind}@{self.listen.host}:{self.listen.port}"


class Ear:
    """An addon: mitmproxy calls the methods that have the names of its hooks."""

    def __init__(
        self,
        listeners: Mapping[str, Listener],
        hosts: Mapping[tuple[str, int], str],
        max_body: int,
        counters: Counter[str],
        hear: Hear,
    ) -> None:
        self._listeners = listeners
        self._hosts = hosts
        self._max_body = max_body
        self._counters = counters
        self._hear = hear
        self._pending: dict[str, _Pending] = {}
        self._tunnels: dict[str, _Tunnel] = {}
        self._connections: dict[tuple[str, str, int], Connection] = {}
        self._prefix = f"proxy-{time.time_ns():x}"

    @property
    def oldest(self) -> int | None:
        """When the oldest exchange under way started."""
        return min((pending.started for pending in self._pending.values()), default=None)

    # -- mitmproxy's hooks: connections

    def client_connected(self, client: Any) -> None:
        self._counters["connections.opened"] += 1

    def client_disconnected(self, client: Any) -> None:
        """What is left of this client's exchanges now will have no other end."""
        self._counters["connections.closed"] += 1
        for id_, pending in list(self._pending.items()):
            if pending.client == client.id:
                self._finish(id_, "the connection was closed")
        for id_, tunnel in list(self._tunnels.items()):
            if tunnel.client == client.id:
                self._close_tunnel(id_)
        for key in [key for key in self._connections if key[0] == client.id]:
            del self._connections[key]

    def server_connect_error(self, data: Any) -> None:
        self._counters["servers.unreachable"] += 1

    def tls_failed_client(self, data: Any) -> None:
        """Most often a service that was not given the CA."""
        self._counters["tls.refused"] += 1

    def tls_failed_server(self, data: Any) -> None:
        self._counters["tls.failed"] += 1

    # -- HTTP

    def requestheaders(self, flow: Any) -> None:
        listener = self._listeners.get(flow.client_conn.proxy_mode.full_spec)
        if listener is None:
            return
        _address(flow.request, listener)
        pending = _Pending(flow, self._connection(flow, listener, _server(flow.request)), self._max_body)
        self._pending[flow.id] = pending
        flow.request.stream = pending.question_body.take

    def request(self, flow: Any) -> None:
        if pending := self._pending.get(flow.id):
            pending.asked = _nanoseconds(flow.request.timestamp_end)
            if pending.ended:
                self._finish(flow.id)

    def responseheaders(self, flow: Any) -> None:
        if pending := self._pending.get(flow.id):
            pending.answered = _nanoseconds(flow.response.timestamp_start)
            pending.answer = _response(flow.response)
            flow.response.stream = pending.answer_body.take

    def response(self, flow: Any) -> None:
        if pending := self._pending.get(flow.id):
            pending.ended = pending.whole_at() or _nanoseconds(flow.response.timestamp_end)
            # A server may answer before it has heard the whole question.
            if pending.asked:
                self._finish(flow.id)

    def error(self, flow: Any) -> None:
        """The reason is told in words of our own: mitmproxy's may quote what was sent."""
        if pending := self._pending.get(flow.id):
            whole = "any answer came" if pending.asked else "its question was whole"
            whole = "its answer was whole" if pending.answered else whole
            self._finish(flow.id, f"broken off before {whole}")

    # -- other protocols, after an upgrade or a CONNECT

    def tcp_start(self, flow: Any) -> None:
        listener = self._listeners.get(flow.client_conn.proxy_mode.full_spec)
        if listener is not None:
            server = Address(*flow.server_conn.address[:2])
            self._tunnels[flow.id] = _Tunnel(flow.client_conn.id, self._connection(flow, listener, server))

    def tcp_message(self, flow: Any) -> None:
        message = flow.messages[-1]
        # mitmproxy keeps every message for as long as the connection lives.
        flow.messages.clear()
        if tunnel := self._tunnels.get(flow.id):
            tunnel.count(message.from_client, len(message.content), time.time_ns())

    def tcp_end(self, flow: Any) -> None:
        self._close_tunnel(flow.id)

    def tcp_error(self, flow: Any) -> None:
        self._close_tunnel(flow.id)

    def stop(self) -> None:
        """The tap ends: so does everything under way."""
        for id_ in list(self._pending):
            self._finish(id_, "the proxy was stopped")
        for id_ in list(self._tunnels):
            self._close_tunnel(id_)

    # -- exchanges

    def _connection(self, flow: Any, listener: Listener, server: Address) -> Connection:
        """One for each client's connection and server: a client may ask the forward proxy for several."""
        client = flow.client_conn
        key = (client.id, server.host, server.port)
        if key not in self._connections:
            dependency = listener.dependency
            if not listener.server:
                dependency = self._hosts.get((server.host.lower(), server.port), "")
            self._connections[key] = Connection(
                f"{self._prefix}-{client.id}-{server}", Address(*client.peername[:2]), server, dependency, server.host
            )
        return self._connections[key]

    def _finish(self, id_: str, incomplete: str = "") -> None:
        self._deliver(self._pending.pop(id_).exchange(incomplete))

    def _close_tunnel(self, id_: str) -> None:
        tunnel = self._tunnels.pop(id_, None)
        if tunnel is not None and tunnel.started:
            self._deliver(tunnel.exchange())

    def _deliver(self, exchange: Exchange) -> None:
        if exchange.connection.dependency == "":
            self._counters["exchanges.elsewhere"] += 1
            return
        self._counters["exchanges.incomplete" if exchange.incomplete else "exchanges.whole"] += 1
        try:
            self._hear(exchange)
        except Exception:  # whatever the listener does, the bytes are forwarded
            self._counters["exchanges.listener_errors"] += 1


class _Body:
    """A copy of a body that passes by, up to a limit."""

    __slots__ = ("kept", "last", "length", "limit")

    def __init__(self, limit: int) -> None:
        self.kept = bytearray()
        self.last = 0
        """When its last bytes came, before they were forwarded."""
        self.length = 0
        self.limit = limit

    def take(self, data: bytes) -> bytes:
        if data:
            self.last = time.time_ns()
        self.length += len(data)
        if self.length <= self.limit:
            self.kept += data
        else:
            self.kept.clear()
        return data

    @property
    def problem(self) -> str:
        return f"a body of more than {self.limit} bytes" if self.length > self.limit else ""


class _Pending:
    """One exchange under way. Heads are taken as they come: mitmproxy changes them before it forwards them."""

    def __init__(self, flow: Any, connection: Connection, limit: int) -> None:
        self.client: str = flow.client_conn.id
        self.connection = connection
        self.started = _nanoseconds(flow.request.timestamp_start)
        self.asked = self.answered = self.ended = 0
        self.question = _request(flow.request)
        self.question_body = _Body(limit)
        self.answer: HttpResponse | None = None
        self.answer_body = _Body(limit)

    def whole_at(self) -> int:
        """When the answer was whole to a client that is told its length, or that it has no body; 0 where it is not.

        Such a client may have gone on by the time at which mitmproxy notes the end.
        """
        assert self.answer is not None
        told = any(name.lower() == "content-length" for name, _ in self.answer.headers)
        if not told and self.answer.status not in WITHOUT_BODY and self.question.method != "HEAD":
            return 0
        return max(self.answered, self.answer_body.last)

    def exchange(self, incomplete: str) -> Exchange:
        question = replace(self.question, body=bytes(self.question_body.kept))
        answer = replace(self.answer, body=bytes(self.answer_body.kept)) if self.answer else None
        return Exchange(
            connection=self.connection,
            protocol="http1" if question.version.startswith("1") else "http2",
            question=question,
            answer=answer,
            started=self.started,
            asked=self.asked or self.started,
            answered=self.answered,
            ended=self.ended or self.answered,
            incomplete=incomplete or self.question_body.problem or self.answer_body.problem,
        )


class _Tunnel:
    """A connection in another protocol: only its lengths and times."""

    def __init__(self, client: str, connection: Connection) -> None:
        self.client = client
        self.connection = connection
        self.started = self.asked = self.answered = self.ended = 0
        self.sizes = {True: 0, False: 0}

    def count(self, from_client: bool, size: int, at: int) -> None:  # noqa: FBT001 - mitmproxy's own word
        self.sizes[from_client] += size
        self.started = self.started or at
        self.ended = at
        if from_client:
            self.asked = at
        else:
            self.answered = self.answered or at

    def exchange(self) -> Exchange:
        return Exchange(
            connection=self.connection,
            protocol="opaque",
            question=OpaqueBytes(self.sizes[True]),
            answer=OpaqueBytes(self.sizes[False]),
            started=self.started,
            asked=self.asked or self.started,
            answered=self.answered,
            ended=self.ended,
            incomplete="no codec reads this protocol",
        )


def _address(request: Any, listener: Listener) -> None:
    """Make the request the server's own: under its name, and without what was said to the proxy."""
    if not listener.server:
        for name in FOR_THE_PROXY:
            request.headers.pop(name, None)
    elif listener.dependency is not None:
        request.host_header = urlsplit(listener.server).netloc


def _server(request: Any) -> Address:
    return Address(request.host, request.port)


def _request(request: Any) -> HttpRequest:
    headers = _headers(request)
    if request.data.authority and not any(name.lower() == "host" for name, _ in headers):
        headers = (("host", request.data.authority.decode("latin-1")), *headers)
    return HttpRequest(
        method=request.data.method.decode("latin-1"),
        target=request.data.path.decode("latin-1"),
        headers=headers,
        version=_version(request),
    )


def _response(response: Any) -> HttpResponse:
    return HttpResponse(
        status=response.status_code,
        reason=response.data.reason.decode("latin-1"),
        headers=_headers(response),
        version=_version(response),
    )


def _headers(message: Any) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in message.headers.fields)


def _version(message: Any) -> str:
    version: str = message.http_version
    return VERSIONS.get(version, version.removeprefix("HTTP/"))


def _nanoseconds(seconds: float | None) -> int:
    return int((seconds or time.time()) * 1_000_000_000)
