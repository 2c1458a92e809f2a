"""The `relay` tap: a TCP relay in the path to a database, which overhears what it forwards.

Every chunk is forwarded first and heard second, so that traffic never depends on a codec: whatever a codec raises
is counted, its connection goes unheard, and its bytes go on. The relay is the only writer to each of its sockets. It answers
nothing itself, but for one thing, an option: PostgreSQL's SSLRequest and GSSENCRequest, which it declines with the server's own
"N" (protocol chapter "SSL Session Encryption"), so that what follows stays readable. A client with sslmode=prefer or
gssencmode=prefer goes on in plain; with sslmode=require its driver says that the server does not support SSL, and
streams.encryption_required counts it. The server itself may be reached by TLS (upstream.py).

- `connections.opened` is the sum of connections.failed (the server could not be reached), connections.closed (by both sides),
  connections.reset (a side broke it off) and connections.stopped (the tap ended first), once all have ended;
- each byte forwarded is in bytes.heard or, after a codec's fault (streams.faults), in bytes.unheard; bytes.skipped, of those
  heard, were read while their conversation was silent;
- `exchanges.whole` and exchanges.incomplete are what was passed on.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from flowtape.capture.codec import Codec, Side
from flowtape.capture.configuration import Configuration, address
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Connection
from flowtape.capture.taps import Hear
from flowtape.capture.taps.upstream import SSL_REQUEST, Tls, Unbound, connect, tls

CONNECT_SECONDS = 10.0
DECLINABLE = (SSL_REQUEST, bytes.fromhex("0000000804d21630"))
"""PostgreSQL's SSLRequest and GSSENCRequest."""
_UNSENT = 0x5411  # TIOCOUTQ: how many bytes the peer has not acknowledged yet
_SEND_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class RelayRoute:
    """Listen at `listen` and forward to `server`. `hint` is the codec expected, `decline_encryption` PostgreSQL's option.

    With `tls`, the server is reached by it.
    """

    dependency: str
    listen: Address
    server: Address
    hint: str | None = None
    decline_encryption: bool = False
    tls: Tls | None = None


def routes(configuration: Configuration) -> tuple[RelayRoute, ...]:
    """One route for each dependency in `capture.inline` that does not speak HTTP. Raises ConfigurationError."""
    found = []
    for name, listen in configuration.capture.inline.items():
        dependency = configuration.dependencies.get(name)
        if dependency is None or dependency.protocol == "http":
            continue
        server = address(dependency.address, dependency.protocol)
        declines = dependency.protocol == "postgresql"
        wanted = tls(dependency.address)
        found.append(RelayRoute(name, address(listen), server, dependency.protocol, declines, wanted))
    return tuple(found)


class RelayTap:
    """`listening` is set once every route has its socket; `addresses` then says where, by dependency. `clock` gives the times
    of what is heard.
    """

    def __init__(
        self,
        routes: Sequence[RelayRoute],
        codecs: Sequence[type[Codec]],
        *,
        connect_seconds: float = CONNECT_SECONDS,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.name = "relay"
        self.counters: Counter[str] = Counter()
        self.listening = asyncio.Event()
        self.addresses: dict[str, Address] = {}
        self.codecs = codecs
        self.connect_seconds = connect_seconds
        self.links: set[_Link] = set()
        self.busy: set[_Link] = set()
        """The links that have heard something since the last watermark, or had an exchange under way at it."""
        self.clock = clock
        self._routes = routes
        self._hear: Hear | None = None
        self._prefix = f"relay-{time.time_ns():x}"
        self._count = 0

    async def run(self, hear: Hear) -> None:
        """Relay until cancelled. Raises OSError if an address cannot be listened at."""
        self._hear = hear
        servers: list[asyncio.Server] = []
        try:
            for route in self._routes:
                servers.append(await self._listen(route))  # noqa: PERF401 - those begun are closed when one fails
            self.listening.set()
            await asyncio.Event().wait()
        finally:
            self.listening.clear()
            for server in servers:
                server.close()
            for link in list(self.links):
                link.stop()
            # The sockets are closed in the loop's next turn.
            await asyncio.sleep(0)

    def watermark(self) -> int:
        now = self.clock()
        oldest = now
        for link in list(self.busy):
            since = link.under_way
            if since is None:
                self.busy.discard(link)
            else:
                oldest = min(oldest, since)
        return oldest

    def deliver(self, conversation: Conversation) -> None:
        """Pass on what the conversation has finished. An error of the listener is counted: traffic goes on."""
        for exchange in (*conversation.exchanges(), *conversation.unread()):
            kind = "unread" if exchange.protocol == "unread" else "incomplete" if exchange.incomplete else "whole"
            self.counters[f"exchanges.{kind}"] += 1
            if self._hear is None:
                continue
            try:
                self._hear(exchange)
            except Exception:  # whatever the listener does, the bytes are forwarded
                self.counters["exchanges.listener_errors"] += 1

    async def _listen(self, route: RelayRoute) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Link(self, route).client, route.listen.host, route.listen.port, backlog=1024
        )
        self.addresses[route.dependency] = Address(*server.sockets[0].getsockname()[:2])
        return server

    def next_id(self) -> str:
        self._count += 1
        return f"{self._prefix}-{self._count}"


class _Link:
    """A client's connection and the one to the server that was made for it."""

    def __init__(self, tap: RelayTap, route: RelayRoute) -> None:
        self.tap = tap
        self.route = route
        self.client = _Leg(self, Side.CLIENT)
        self.server = _Leg(self, Side.SERVER)
        self.client.other, self.server.other = self.server, self.client
        self.opening = b"" if route.decline_encryption else None
        self._declined = False
        self._unbound = Unbound() if route.decline_encryption and route.tls else None
        self._conversation: Conversation | None = None
        self._connecting: asyncio.Task[None] | None = None

    @property
    def under_way(self) -> int | None:
        return self._conversation.under_way if self._conversation else None

    @property
    def undecided(self) -> bool:
        """Encryption was declined, and the client has neither gone on without nor gone away."""
        return self._declined and self.opening is not None

    def accepted(self, transport: asyncio.Transport) -> None:
        """Nothing is read from the client before the server is there to take it."""
        self.tap.links.add(self)
        self.tap.counters["connections.opened"] += 1
        loop = asyncio.get_running_loop()
        # Not at once: asyncio begins to read after this call, and up to Python 3.11.2 although reading was paused in it.
        loop.call_soon(transport.pause_reading)
        self._connecting = loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(self.tap.connect_seconds):
                await connect(self.server, self.route.server, self.route.tls)
        except (OSError, UnicodeError):  # TimeoutError is an OSError; UnicodeError is a name that cannot be looked up
            self.tap.counters["connections.failed"] += 1
            self.client.reset()
            self._leave()

    def connected(self) -> None:
        """The server is there, and may speak first."""
        assert self.client.transport is not None
        client = Address(*(self.client.transport.get_extra_info("peername") or ("", 0))[:2])
        server = self.route.server
        connection = Connection(self.tap.next_id(), client, server, self.route.dependency, server.host)
        self._conversation = Conversation(connection, self.tap.codecs, hint=self.route.hint)
        self.client.transport.resume_reading()

    def said(self, side: Side, data: bytes) -> None:
        """Forward, then listen. The time is that before: whoever is sent it may be heard elsewhere at once."""
        at = self.tap.clock()
        if self.opening is not None and side is Side.CLIENT:
            self._open(data, at)
            return
        if self._unbound is not None and side is Side.SERVER:
            data = self._unbound.passed(data)
            if not data:
                return
        leg = self.server if side is Side.CLIENT else self.client
        leg.write(data)
        self._heard(side, data, at)

    def _open(self, data: bytes, at: int) -> None:
        """Answer requests for encryption in the server's place, until the client begins with anything else."""
        opening = (self.opening or b"") + data
        while opening[:8] in DECLINABLE:
            self.tap.counters["streams.encryption_declined"] += 1
            self._declined = True
            self.client.write(b"N")
            self._heard(Side.CLIENT, opening[:8], at)
            self._heard(Side.SERVER, b"N", at)
            opening = opening[8:]
        if any(request.startswith(opening) for request in DECLINABLE):
            self.opening = opening
            return
        self.opening = None
        self.said(Side.CLIENT, opening)

    def _heard(self, side: Side, data: bytes, at: int) -> None:
        conversation = self._conversation
        if conversation is None:
            self.tap.counters["bytes.unheard"] += len(data)
            return
        try:
            conversation.hear(side, data, at)
        except Exception:  # a codec's fault must not stop traffic
            self.tap.counters["bytes.unheard"] += len(data)
            self._deafen(conversation)
            return
        self.tap.counters["bytes.heard"] += len(data)
        self.tap.busy.add(self)
        self.tap.deliver(conversation)

    def _deafen(self, conversation: Conversation) -> None:
        self.tap.counters["streams.faults"] += 1
        self._conversation = None
        self._finish(conversation, "the codec failed")

    def ended(self, side: Side) -> None:
        """`side` sent its FIN: pass it on; the other direction lives on until its own."""
        if side is Side.CLIENT and self.opening:
            opening, self.opening = self.opening, None
            self.said(side, opening)
        leg = self.client if side is Side.CLIENT else self.server
        assert leg.other is not None
        leg.other.write_eof()
        if self._conversation is not None:
            try:
                self._conversation.end(side, self.tap.clock())
                self.tap.deliver(self._conversation)
            except Exception:  # a codec's fault must not stop traffic
                self._deafen(self._conversation)
        if leg.other.at_end:
            leg.close()
            leg.other.close()

    def lost(self, leg: _Leg, error: Exception | None) -> None:
        """A socket is gone: the other one goes too, as abruptly as this one went."""
        other = leg.other
        assert other is not None
        if self not in self.tap.links:
            return
        self.tap.counters["connections.closed" if error is None else "connections.reset"] += 1
        if error is None:
            other.close()
        else:
            other.reset()
        self._leave()

    def stop(self) -> None:
        self.tap.counters["connections.stopped"] += 1
        if self._connecting is not None:
            self._connecting.cancel()
        self._leave("the relay was stopped")
        self.client.reset()
        self.server.reset()

    def _leave(self, reason: str = "the connection was closed") -> None:
        if self.undecided:
            self.tap.counters["streams.encryption_required"] += 1
        self.tap.links.discard(self)
        self.tap.busy.discard(self)
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            self._finish(conversation, reason)

    def _finish(self, conversation: Conversation, reason: str) -> None:
        try:
            conversation.close(self.tap.clock(), reason)
        except Exception:  # a codec's fault must not stop traffic
            self.tap.counters["streams.faults"] += 1
        self.tap.deliver(conversation)
        self.tap.counters["bytes.skipped"] += conversation.counters["skipped"]
        self.tap.counters["streams.errors"] += conversation.counters["errors"]


class _Leg(asyncio.Protocol):
    """One of a link's two sockets. asyncio sets TCP_NODELAY on both."""

    def __init__(self, link: _Link, side: Side) -> None:
        self.link = link
        self.side = side
        self.other: _Leg | None = None
        self.transport: asyncio.Transport | None = None
        self.at_end = False
        """The peer has sent its FIN."""
        self.finished = False
        """The peer has been sent ours."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        # A peer that vanished without a word would be waited for for ever.
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self.side is Side.CLIENT:
            self.link.accepted(self.transport)
        else:
            self.link.connected()

    def data_received(self, data: bytes) -> None:
        self.link.said(self.side, data)

    def eof_received(self) -> bool:
        # Resumed after its end, a transport reports the end again.
        if not self.at_end:
            self.at_end = True
            self.link.ended(self.side)
        return self.transport is not None and self.transport.can_write_eof()

    def pause_writing(self) -> None:
        assert self.other is not None
        if self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        assert self.other is not None
        if self.other.transport is not None and not self.other.at_end:
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self.link.lost(self, error)

    def write(self, data: bytes) -> None:
        if self.transport is not None and not self.finished:
            self.transport.write(data)

    def write_eof(self) -> None:
        self.finished = True
        if self.transport is not None and not self.transport.is_closing():
            if self.transport.can_write_eof():
                self.transport.write_eof()
            else:  # TLS ends both ways at once
                self.transport.close()

    def close(self) -> None:
        """Send what is buffered, then FIN."""
        if self.transport is not None:
            self.transport.close()

    def reset(self) -> None:
        """Break off with RST where that costs the peer no byte that was already forwarded, else as `close` does."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        peer = transport.get_extra_info("socket")
        if transport.get_write_buffer_size() or _unsent(peer):
            transport.close()
            return
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _SEND_RESET)
        transport.abort()


def _unsent(peer: socket.socket) -> int:
    """Bytes in the kernel's buffer that the peer has not taken; 0 where the system does not tell."""
    try:
        return int(struct.unpack("i", fcntl.ioctl(peer.fileno(), _UNSENT, b"\0\0\0\0"))[0])
    except OSError:
        return 0
