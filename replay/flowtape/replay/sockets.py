"""The sockets of what answers: waited for in a thread of their own, or by the event loop of the application that asks.

An application that asks and a server that answers in another thread of the same process wake each other up for each question: a
tenth of a suite's time, which sockets that are lent to the application's loop do not take. But a loop may be blocked: an application
may call a driver that does not wait by asyncio, and then who lent the sockets must answer. So the thread goes on watching, and
takes them back for good once what there is to do was left undone for a while.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
WATCH = 0.02
"""How long what there is to do may lie, in seconds, until the thread looks after it."""
CLOSE_LIMIT = 10.0

Ready: TypeAlias = Callable[[int], None]
"""Told that a socket can be read or written (`READ | WRITE`), and does what can be done without waiting."""


class Sockets:
    """Whoever handles what is ready holds `turn`, and so must who adds, changes or removes."""

    def __init__(self, name: str) -> None:
        self.turn = threading.RLock()
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._host: AbstractEventLoop | None = None
        """Whom they are lent to."""
        self._turns = 0
        self._returned = threading.Event()
        self._closing = False
        self._bell, self._bell_rope = socket.socketpair()
        for each in (self._bell, self._bell_rope):
            each.settimeout(0)
        self.add(self._bell, self._rung)

    def start(self) -> None:
        self._thread.start()

    def add(self, sock: socket.socket, ready: Ready) -> None:
        """Tell `ready` when `sock` can be read."""
        self._selector.register(sock, READ, ready)

    def change(self, sock: socket.socket, events: int, ready: Ready) -> None:
        self._selector.modify(sock, events, ready)

    def remove(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)

    @property
    def lent(self) -> bool:
        return self._host is not None

    def lend(self, host: AbstractEventLoop) -> None:
        """Let `host`, which this thread runs now and then, handle what is ready among what it waits for itself."""
        if not hasattr(self._selector, "fileno"):
            return  # on Windows no selector can be waited for by another
        self._returned.clear()
        self._host = host
        self._ring()
        host.add_reader(self._selector.fileno(), self._hosted)

    def take_back(self) -> None:
        """On the thread that lent them, while their host does not run."""
        with self.turn:
            if self._host is not None:
                self._host.remove_reader(self._selector.fileno())
                self._host = None
        self._returned.set()

    def close(self) -> None:
        """What was added is closed by who added it."""
        self.take_back()
        self._closing = True
        self._ring()
        self._thread.join(CLOSE_LIMIT)
        if not self._thread.is_alive():
            self._selector.close()
            self._bell.close()
            self._bell_rope.close()

    def _run(self) -> None:
        while not self._closing:
            if self._host is not None:
                self._watch()
                continue
            found = self._selector.select()
            with self.turn:
                if self._host is None:
                    _handle(found)

    def _hosted(self) -> None:
        with self.turn:
            if self._host is not None:
                self._turns += 1
                _handle(self._selector.select(0))

    def _watch(self) -> None:
        """Until they are given back, or have to be taken back."""
        turns, waiting = -1, False
        while not self._returned.wait(WATCH):
            with self.turn:
                if self._host is None:
                    continue
                waited = waiting and turns == self._turns
                found = self._selector.select(0)
                turns, waiting = self._turns, bool(found)
                if not (waiting and waited):
                    continue
                if self._host.is_running():
                    self._host.call_soon_threadsafe(self._host.remove_reader, self._selector.fileno())
                    self._host = None
                    return
                _handle(found)

    def _ring(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._bell_rope.send(b"!")

    def _rung(self, _: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(4096)


def _handle(found: Iterable[tuple[selectors.SelectorKey, Any]]) -> None:
    for key, events in found:
        try:
            key.data(events)
        except Exception:
            logging.getLogger(__name__).exception("flowtape: what answers here failed, and goes on with the others")
