"""What answers on sockets that are lent: on their host's thread while that waits, on their own where the host is blocked or does not run."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from flowtape.capture.exchange import Address
from flowtape.replay import sockets
from flowtape.replay.protocols.listening import listen
from flowtape.replay.sockets import Sockets

LIMIT = 10.0


class Teller:
    """Says on which thread it hears, a line for each it is told."""

    closing = False

    def receive(self, data: bytes) -> bytes:
        return b"%s\n" % threading.current_thread().name.encode() * data.count(b"\n")

    def lost(self) -> None:
        pass


class Blocking:
    """A client that does not wait by asyncio."""

    def __init__(self, address: Address) -> None:
        self._socket = socket.create_connection((address.host, address.port), LIMIT)
        self._lines = self._socket.makefile("rb")

    def ask(self) -> str:
        self._socket.sendall(b"who?\n")
        return self._lines.readline().decode().strip()

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


HERE = threading.current_thread().name
THERE = "a thread of their own"


class Stand:
    """Sockets that are lent to `host`, and a server on them."""

    def __init__(self) -> None:
        self.sockets = Sockets(THERE)
        self.sockets.start()
        self.server = listen(Teller, "127.0.0.1", 0, self.sockets)
        self.host = asyncio.new_event_loop()

    @property
    def address(self) -> Address:
        return self.server.address

    async def asked(self) -> str:
        reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
        writer.write(b"who?\n")
        said = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return said.decode().strip()

    def run_asked(self) -> str:
        return self.host.run_until_complete(asyncio.wait_for(self.asked(), LIMIT))

    def close(self) -> None:
        self.sockets.take_back()
        self.host.close()
        self.server.close()
        self.sockets.close()


@pytest.fixture
def stand() -> Iterator[Stand]:
    made = Stand()
    yield made
    made.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may keep a host waiting longer than a blocked one is let be."""
    monkeypatch.setattr(sockets, "WATCH", LIMIT)


@pytest.mark.usefixtures("patient")
def test_what_is_lent_answers_where_its_host_waits_and_on_its_own_thread_before_and_after(stand: Stand) -> None:
    assert stand.run_asked() == THERE
    stand.sockets.lend(stand.host)
    assert [stand.run_asked() for _ in range(3)] == [HERE] * 3
    stand.sockets.take_back()
    assert not stand.sockets.lent
    assert stand.run_asked() == THERE
    stand.sockets.lend(stand.host)
    assert stand.run_asked() == HERE


def test_a_host_that_is_blocked_by_what_it_asks_is_answered_and_no_longer_lent_to(stand: Stand) -> None:
    stand.sockets.lend(stand.host)

    async def blocked() -> str:
        client = Blocking(stand.address)
        said = client.ask()
        client.close()
        return said

    assert stand.host.run_until_complete(blocked()) == THERE
    assert not stand.sockets.lent
    assert stand.run_asked() == THERE
    assert stand.host.run_until_complete(blocked()) == THERE


@pytest.mark.usefixtures("patient")
def test_a_thread_of_the_host_that_asks_is_answered_where_the_host_waits(stand: Stand) -> None:
    stand.sockets.lend(stand.host)

    async def elsewhere() -> str:
        client = Blocking(stand.address)
        said = await asyncio.to_thread(client.ask)
        client.close()
        return said

    assert stand.host.run_until_complete(asyncio.wait_for(elsewhere(), LIMIT)) == HERE
    assert stand.sockets.lent


def test_what_is_asked_while_the_host_does_not_run_is_answered_and_it_stays_lent(stand: Stand) -> None:
    stand.sockets.lend(stand.host)
    client = Blocking(stand.address)
    assert [client.ask(), client.ask()] == [THERE] * 2
    client.close()
    assert stand.sockets.lent


@pytest.mark.usefixtures("patient")
def test_what_the_host_was_doing_is_its_own_again_after_each_turn(stand: Stand) -> None:
    stand.sockets.lend(stand.host)

    async def running() -> bool:
        before = asyncio.get_running_loop()
        await stand.asked()
        return asyncio.get_running_loop() is before is stand.host

    assert stand.host.run_until_complete(running())


def test_sockets_that_are_lent_can_be_closed() -> None:
    stand = Stand()
    stand.sockets.lend(stand.host)
    stand.server.close()
    stand.sockets.close()
    stand.host.close()
    assert THERE not in {each.name for each in threading.enumerate()}
