"""A socket and its talker: what is said goes out, a close is obeyed, a slow client is waited for, nobody is left behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from flowtape.replay.protocols.listening import Client, listen

LIMIT = 10.0


class Parrot:
    """Says again what it hears, until it hears "bye"."""

    def __init__(self, gone: asyncio.Event | None = None) -> None:
        self.closing = False
        self.heard = b""
        self.gone = gone

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        self.closing = b"bye" in self.heard
        return data

    def lost(self) -> None:
        if self.gone is not None:
            self.gone.set()


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.events.append(bytes(data).decode())

    def close(self) -> None:
        self.events.append("close")

    def pause_reading(self) -> None:
        self.events.append("pause")

    def resume_reading(self) -> None:
        self.events.append("resume")


def limited(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, LIMIT))


def test_nothing_is_heard_after_the_farewell() -> None:
    wire, talker = Wire(), Parrot()
    client = Client(talker, set())
    client.connection_made(wire)
    for data in (b"a", b"bye", b"more"):
        client.data_received(data)
    assert wire.events == ["a", "bye", "close"]
    assert talker.heard == b"abye"


def test_a_client_that_does_not_read_is_not_read_from() -> None:
    wire = Wire()
    client = Client(Parrot(), set())
    client.connection_made(wire)
    client.pause_writing()
    client.resume_writing()
    assert wire.events == ["pause", "resume"]


def test_each_client_has_a_talker_of_its_own_which_is_told_of_the_end() -> None:
    async def work() -> None:
        gone = asyncio.Event()
        server = await listen(lambda: Parrot(gone), "127.0.0.1", 0)
        streams = [await asyncio.open_connection(server.address.host, server.address.port) for _ in range(2)]
        streams[0][1].write(b"bye")
        assert await streams[0][0].read() == b"bye"
        await gone.wait()
        streams[1][1].write(b"still here")
        assert await streams[1][0].readexactly(10) == b"still here"
        await server.close()
        with contextlib.suppress(ConnectionError):
            assert await streams[1][0].read() == b""
        for _, writer in streams:
            writer.close()

    limited(work())
