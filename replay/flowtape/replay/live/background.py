"""The event loop of relays and proxy, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from flowtape.capture.exchange import Address
from flowtape.replay.application.outcome import BrokenError

CLOSE_LIMIT = 10.0
T = TypeVar("T")


class Server(Protocol):
    @property
    def address(self) -> Address: ...
    async def close(self) -> None: ...


class Background:
    """Runs servers in a daemon thread from `start` to `stop`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="flowtape relays", daemon=True)
        self._servers: list[Server] = []

    def start(self) -> None:
        self._thread.start()

    def run(self, name: str, serve: Callable[[], Coroutine[Any, Any, Server]]) -> Address:
        """Start a server by `serve`, on the loop; where it listens. Raises BrokenError."""
        try:
            server = self.wait(serve())
        except OSError as error:
            raise BrokenError(f"{name}: no relay could listen on 127.0.0.1: {error}") from None
        self._servers.append(server)
        return server.address

    def wait(self, work: Coroutine[Any, Any, T], seconds: float = CLOSE_LIMIT) -> T:
        """What `work` gives, done on the loop. Raises TimeoutError."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def stop(self) -> None:
        for server in self._servers:
            with contextlib.suppress(TimeoutError, OSError):
                self.wait(server.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_LIMIT)
        if not self._thread.is_alive():
            self._loop.close()
