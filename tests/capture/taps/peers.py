"""Servers, clients and codecs for the taps in the path."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from samples.servers import free_port

from flowtape.capture.codec import Codec, Heard, Message, Side
from flowtape.capture.exchange import Address, Exchange, OpaqueBytes
from flowtape.capture.stream import Stream
from flowtape.capture.taps.proxied import Listener

if TYPE_CHECKING:
    from flowtape.capture.taps.proxy import ProxyTap

LIMIT = 30.0
Answer = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class LineCodec(Codec):
    """One line asked, one line answered. Says nothing of its own but what the tests need."""

    name: ClassVar[str] = "line"

    @staticmethod
    def claims(data: bytes) -> bool | None:
        return True

    def decoder(self, side: Side, stream: Stream) -> Generator[None, None, Message]:
        return (yield from stream.until(b"\n", 1 << 20))

    def encode(self, side: Side, message: Message) -> bytes:
        return bytes(message)

    def said(self, side: Side, message: Message, heard: Heard) -> None:
        if side is Side.CLIENT:
            self._asked = heard
            return
        asked, self._asked = self._asked, None
        assert asked is not None
        question, answer = OpaqueBytes(len(message)), OpaqueBytes(len(message))
        self.finished.append(
            Exchange(self.connection, self.name, question, answer, asked.first, asked.last, heard.first, heard.last)
        )

    def abandon(self, reason: str, at: int) -> None:
        if self._asked is not None:
            first = self._asked.first
            self.finished.append(
                Exchange(self.connection, self.name, OpaqueBytes(0), None, first, first, 0, 0, incomplete=reason)
            )
            self._asked = None

    @property
    def under_way(self) -> int | None:
        return self._asked.first if self._asked else None

    _asked: Heard | None = None


class FaultyCodec(LineCodec):
    """Raises what no codec may raise, at its second message."""

    def said(self, side: Side, message: Message, heard: Heard) -> None:
        super().said(side, message, heard)
        if side is Side.SERVER:
            raise RecursionError("a fault in a codec")


class Heards(list[Exchange]):
    """What the tap passed on, and a way to wait for more."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Event()

    def hear(self, exchange: Exchange) -> None:
        self.append(exchange)
        self._more.set()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(LIMIT):
            while len(self) < count:
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Address]:
    """A server that reads a head and lets `answer` do the rest, until the client ends."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await answer(await reader.readuntil(b"\r\n\r\n"), reader, writer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield Address(*server.sockets[0].getsockname()[:2])
    finally:
        server.close()


async def ok(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers with the head that it was sent."""
    if b"content-length: " in head.lower():
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    writer.write(b"HTTP/1.1 200 Fine\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: %d\r\n\r\n%s" % (len(head), head))


@asynccontextmanager
async def proxying(
    folder: Path, *listeners: Listener, hosts: dict[tuple[str, int], str] | None = None, **options: Any
) -> AsyncIterator[tuple[ProxyTap, Heards]]:
    from flowtape.capture.taps.proxy import ProxyTap  # which only the agent's environment can import

    tap = ProxyTap(listeners, hosts or {}, folder, **options)
    heard = Heards()
    running = asyncio.create_task(tap.run(heard.hear))
    listening = asyncio.create_task(tap.listening.wait())
    try:
        await asyncio.wait([running, listening], timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        yield tap, heard
    finally:
        listening.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def before(server: Address, scheme: str = "http", dependency: str | None = None) -> Listener:
    return Listener(dependency or "service", Address("127.0.0.1", free_port()), f"{scheme}://{server}", dependency)


def forward() -> Listener:
    return Listener("forward", Address("127.0.0.1", free_port()))


async def talk(at: Address, said: bytes, *, end: bool = False) -> bytes:
    """Say bytes, and read until the other side ends."""
    reader, writer = await asyncio.open_connection(at.host, at.port)
    writer.write(said)
    if end:
        writer.write_eof()
    received = await asyncio.wait_for(reader.read(), LIMIT)
    writer.close()
    return received
