"""A socket and its talker: what is said goes out, a close is obeyed, a slow client is waited for, nobody is left behind."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from flowtape.replay.protocols import listening
from flowtape.replay.protocols.listening import AnsweringServer, listen

LIMIT = 10.0
LONG = 16 * 1024 * 1024
"""More bytes than any machine keeps for one connection by itself."""
MISTAKES = {b"fall": LookupError("a mistake of ours"), b"drown": ConnectionError("a mistake of ours")}


class Parrot:
    """Says again what it hears, until it hears "bye"."""

    def __init__(self) -> None:
        self.closing = False
        self.heard = b""
        self.gone = threading.Event()

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        self.closing = b"bye" in self.heard
        if data in MISTAKES:
            raise MISTAKES[data]
        return b"." * LONG if data == b"sing" else data

    def lost(self) -> None:
        self.gone.set()


class Cage:
    """A server of parrots."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.parrots: list[Parrot] = []
        self.server: AnsweringServer = listen(self._parrot, host, 0)
        self._clients: list[socket.socket] = []

    def _parrot(self) -> Parrot:
        self.parrots.append(Parrot())
        return self.parrots[-1]

    def client(self) -> socket.socket:
        self._clients.append(socket.create_connection((self.server.address.host, self.server.address.port), LIMIT))
        return self._clients[-1]

    def met(self) -> tuple[socket.socket, Parrot]:
        """A client that was accepted, and its parrot."""
        client = self.client()
        assert asked(client, b"hello") == b"hello"
        return client, self.parrots[-1]

    def close(self) -> None:
        self.server.close()
        for each in self._clients:
            each.close()


@pytest.fixture
def cage() -> Iterator[Cage]:
    made = Cage()
    yield made
    made.close()


def exactly(client: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length and (data := client.recv(length - len(found))):
        found += data
    return bytes(found)


def asked(client: socket.socket, data: bytes) -> bytes:
    client.sendall(data)
    return exactly(client, len(data))


def test_nothing_is_heard_after_the_farewell(cage: Cage) -> None:
    client, parrot = cage.met()
    assert asked(client, b"bye") == b"bye"
    assert client.recv(1) == b""
    assert parrot.gone.wait(LIMIT)
    assert parrot.heard == b"hellobye"


def test_a_client_that_sends_no_more_is_answered_first(cage: Cage) -> None:
    client = cage.client()
    client.sendall(b"last words")
    client.shutdown(socket.SHUT_WR)
    assert exactly(client, 100) == b"last words"


def test_a_client_that_does_not_read_is_not_read_from(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "WAITING", 1)
    slow, parrot = cage.met()
    other, _ = cage.met()
    slow.sendall(b"sing")
    assert exactly(slow, 1) == b"."
    slow.sendall(b"well")
    for _ in range(3):
        assert asked(other, b"others are heard") == b"others are heard"
    assert parrot.heard == b"hellosing"
    assert exactly(slow, LONG - 1) == b"." * (LONG - 1)
    assert exactly(slow, 4) == b"well"


def test_each_client_has_a_talker_of_its_own_which_is_told_of_the_end(cage: Cage) -> None:
    (first, one), (second, other) = cage.met(), cage.met()
    first.close()
    assert one.gone.wait(LIMIT)
    assert asked(second, b"still here") == b"still here"
    cage.server.close()
    assert other.gone.is_set()
    assert second.recv(1) == b""
    with pytest.raises(ConnectionError):
        cage.client()


@pytest.mark.parametrize("word", MISTAKES)
def test_a_talker_that_fails_loses_its_own_client_alone(
    cage: Cage, caplog: pytest.LogCaptureFixture, word: bytes
) -> None:
    (client, parrot), (other, _) = cage.met(), cage.met()
    client.sendall(word)
    assert client.recv(1) == b""
    assert parrot.gone.wait(LIMIT)
    assert asked(other, b"still here") == b"still here"
    assert f"{type(MISTAKES[word]).__name__}: a mistake of ours" in caplog.text


class Full:
    """A listener to which no more files are given, once."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.tried = threading.Event()

    def accept(self) -> Any:
        if not self.tried.is_set():
            self.tried.set()
            raise OSError(errno.EMFILE, "too many open files")
        return self._listener.accept()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)


def test_without_files_for_another_client_it_waits_for_one_to_go(cage: Cage) -> None:
    first, _ = cage.met()
    full: Any = Full(cage.server._listener)
    cage.server._listener = full
    second = cage.client()
    second.sendall(b"let me in")
    assert full.tried.wait(LIMIT)
    assert asked(first, b"bye") == b"bye"
    assert exactly(second, 9) == b"let me in"


def test_an_address_of_version_6_is_listened_at() -> None:
    try:
        made = Cage("::1")
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    made.met()
    made.close()
