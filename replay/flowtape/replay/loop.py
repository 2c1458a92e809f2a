"""An event loop with a thread of its own, which the loop of another thread runs in its stead where it would wait.

An application that asks and a server that answers in another thread of the same process wake each other up for each question: some
seven hundredths of a suite's time. A loop that is lent costs nothing of it. But a loop may be blocked: an application may
call a driver that does not wait by asyncio, and then who lent the loop must answer. So the thread goes on watching, and takes the
loop back for good once what there is to do was left undone for a while.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from asyncio.events import _get_running_loop, _set_running_loop
from collections.abc import Callable
from typing import Any

WATCH = 0.02
"""How long what there is to do may lie, in seconds, until the thread looks after it."""
CLOSE_LIMIT = 10.0


class Loop:
    """`asyncio` is the loop. It is run by the thread from `start` to `close`, but for the time for which it is lent."""

    def __init__(self, name: str) -> None:
        self._selector = _Selector()
        self.asyncio = asyncio.SelectorEventLoop(self._selector)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._host: asyncio.AbstractEventLoop | None = None
        """Whom it is lent to."""
        self._turn = threading.Lock()
        """Held by who runs a lent loop."""
        self._turns = 0
        self._left = threading.Event()
        """The thread has left the loop."""
        self._returned = threading.Event()

    def start(self) -> None:
        self._thread.start()

    @property
    def lent(self) -> bool:
        return self._host is not None

    def lend(self, host: asyncio.AbstractEventLoop) -> None:
        """Let `host`, which this thread runs now and then, run the loop where it would wait. What is to be done meanwhile at a
        certain time (`call_later`) is done late.
        """
        if not hasattr(self._selector, "fileno"):
            return  # on Windows no selector can be waited for by another
        self._returned.clear()
        self._host = host
        self.asyncio.call_soon_threadsafe(self.asyncio.stop)
        self._left.wait()
        self._selector.idle = self.asyncio.stop
        host.add_reader(self._selector.fileno(), self._hosted)
        self._hosted()  # what the thread left half done waits for no socket

    def take_back(self) -> None:
        """On the thread that lent it, while its host does not run."""
        with self._turn:
            if self._host is None:
                return
            self._host.remove_reader(self._selector.fileno())
            self._own()
        self._returned.set()

    def close(self) -> None:
        self.take_back()
        self.asyncio.call_soon_threadsafe(self.asyncio.stop)
        self._thread.join(CLOSE_LIMIT)
        if not self._thread.is_alive():
            self.asyncio.close()

    def _run(self) -> None:
        while True:
            self.asyncio.run_forever()
            if self._host is None:
                return
            self._left.set()
            self._watch(self._host)
            self._left.clear()

    def _hosted(self) -> None:
        """Do what there is to do, on the host's thread, among what the host does."""
        with self._turn:
            if self._host is None:
                return
            self._turns += 1
            running = _get_running_loop()
            _set_running_loop(None)
            try:
                self.asyncio.run_forever()
            finally:
                _set_running_loop(running)

    def _watch(self, host: asyncio.AbstractEventLoop) -> None:
        """Until the loop is given back, or has to be taken back."""
        turns, waiting = -1, False
        while not self._returned.wait(WATCH):
            with self._turn:
                if self._host is None:
                    continue
                waited = waiting and turns == self._turns
                turns, waiting = self._turns, bool(self._selector.now())
                if not (waiting and waited):
                    continue
                if host.is_running():
                    host.call_soon_threadsafe(host.remove_reader, self._selector.fileno())
                    self._own()
                    return
                self.asyncio.run_forever()

    def _own(self) -> None:
        self._host = self._selector.idle = None


class _Selector(selectors.DefaultSelector):
    """Once it knows what to do when there is nothing to do, it waits for nothing."""

    idle: Callable[[], None] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, Any]]:
        if self.idle is None or timeout == 0:
            return super().select(timeout)
        found = self.now()
        if not found:
            self.idle()
        return found

    def now(self) -> list[tuple[selectors.SelectorKey, Any]]:
        return super().select(0)
