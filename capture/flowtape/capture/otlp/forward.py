"""What was taken goes on to the collector that the service spoke to before, as it came, by OTLP/HTTP.

Requests wait in a queue of a bounded size and are sent one after another. What a collector does not take for the moment is sent
again a few times; nothing of it holds up the receiver. Each request is in one of forward.sent, forward.refused (the collector will
not have it), forward.failed (it could not be reached, or was too busy, for too long), forward.dropped (the queue was full) and
forward.unsent (the agent ended first).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

from flowtape.capture.exchange import Headers

MAX_QUEUE: Final = 32 * 1024 * 1024
SEND_SECONDS: Final = 10.0
PAUSES: Final = (0.5, 2.0, 5.0)
"""Seconds before each attempt after the first."""
BUSY: Final = frozenset({0, 429, 502, 503, 504, 599})
"""The statuses after which OTLP/HTTP has a request sent again; 0 and 599 stand for no answer."""
OURS: Final = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)
"""Fields that are said anew on each connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """One exporter's request: `path` is "/v1/traces" or its like, `body` is still in its content coding."""

    path: str
    headers: Headers
    body: bytes


class Forward:
    """Sends to the collector at the URL `base`."""

    def __init__(self, base: str, counters: Counter[str], *, max_queue: int = MAX_QUEUE) -> None:
        self._base = base.rstrip("/")
        self._counters = counters
        self._max_queue = max_queue
        self._queue: deque[Request] = deque()
        self._size = 0
        self._changed = asyncio.Event()

    def put(self, request: Request) -> None:
        if self._size + len(request.body) > self._max_queue:
            self._counters["forward.dropped"] += 1
            return
        self._queue.append(request)
        self._size += len(request.body)
        self._changed.set()

    async def run(self) -> None:
        """Send until cancelled."""
        from tornado.simple_httpclient import SimpleAsyncHTTPClient

        client = SimpleAsyncHTTPClient(force_instance=True)
        try:
            while True:
                await self._changed.wait()
                while self._queue:
                    self._counters[await self._send(client, self._queue[0])] += 1
                    self._size -= len(self._queue.popleft().body)
                self._changed.clear()
        finally:
            self._counters["forward.unsent"] += len(self._queue)
            client.close()

    async def _send(self, client: object, request: Request) -> str:
        """The counter in which it ends."""
        for pause in (0.0, *PAUSES):
            await asyncio.sleep(pause)
            status = await self._attempt(client, request)
            if 200 <= status < 300:
                return "forward.sent"
            if status not in BUSY:
                return "forward.refused"
        return "forward.failed"

    async def _attempt(self, client: object, request: Request) -> int:
        """The status, 0 if there was no answer."""
        from tornado.httpclient import AsyncHTTPClient, HTTPRequest
        from tornado.httputil import HTTPHeaders

        assert isinstance(client, AsyncHTTPClient)
        headers = HTTPHeaders()
        for name, value in request.headers:
            if name.lower() not in OURS and not name.startswith((":", "grpc-")):
                headers.add(name, value)
        wanted = HTTPRequest(
            self._base + request.path,
            method="POST",
            headers=headers,
            body=request.body,
            connect_timeout=SEND_SECONDS,
            request_timeout=SEND_SECONDS,
            follow_redirects=False,
        )
        try:
            return int((await client.fetch(wanted, raise_error=False)).code)
        except Exception:  # refused, timed out, not TLS, no HTTP: whatever it was, there was no answer
            return 0
