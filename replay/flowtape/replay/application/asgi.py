"""An ASGI application, called in this process and on this thread, so that breakpoints and debuggers work (ASGI 3.0, HTTP and
lifespan). Its event loop lives as long as the test session and runs only while a request or the lifespan needs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.application.outcome import BrokenError, Outcome, last_lines, loaded, sendable, traceback_in
from flowtape.replay.sockets import Sockets

START_LIMIT = 60.0
STOP_LIMIT = 10.0
DRAIN_LIMIT = 1.0
"""How long tasks that a request left behind are waited for, in seconds. What outlives it once is not waited for again."""


class AsgiApplication:
    """Implements Application."""

    def __init__(self, target: str, folder: Path, answering: Sockets | None = None) -> None:
        """`answering` are the sockets of what answers the application: once it has started, its own loop handles them too."""
        self.name = f"asgi {target}"
        self._target = target
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._answering = answering
        self._app: Any = None
        self._lifespan: _Lifespan | None = None
        self._state: dict[str, Any] = {}
        self._lasting: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()

    def start(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._app = loaded(self._target, self._folder)
        self._lifespan = _Lifespan(self._app, self._state)
        self._loop.run_until_complete(self._lifespan.start(self._loop))
        if self._answering is not None:
            self._answering.lend(self._loop)

    def ask(self, request: HttpRequest) -> Outcome:
        return self._loop.run_until_complete(self._ask(request))

    async def _ask(self, request: HttpRequest) -> Outcome:
        before = asyncio.all_tasks()
        call = _Call(request)
        error = ""
        try:
            await self._app(scope(request, dict(self._state)), call.receive, call.send)
        except Exception as raised:
            error = traceback_in(self._folder, raised)
        await self._drain(before)
        return Outcome(call.response(), error)

    async def _drain(self, before: set[asyncio.Task[Any]]) -> None:
        """Wait for the tasks that the request left behind."""
        if not self._left(before):
            return
        async with _limit(DRAIN_LIMIT):
            while left := self._left(before):
                await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        self._lasting.update(asyncio.all_tasks() - before)

    def _left(self, before: set[asyncio.Task[Any]]) -> list[asyncio.Task[Any]]:
        return [task for task in asyncio.all_tasks() - before if task not in self._lasting]

    def stop(self) -> None:
        try:
            if self._lifespan is not None:
                self._loop.run_until_complete(self._lifespan.stop())
            self._loop.run_until_complete(_cancel_all())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            if self._answering is not None:
                self._answering.take_back()
            asyncio.set_event_loop(None)
            self._loop.close()


@contextlib.asynccontextmanager
async def _limit(seconds: float) -> Any:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            yield


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        if task is not None:
            task.cancel()
    if tasks:
        await asyncio.wait([task for task in tasks if task is not None], timeout=STOP_LIMIT)


def scope(request: HttpRequest, state: dict[str, Any]) -> dict[str, Any]:
    """The connection scope of an HTTP request (ASGI HTTP, version 2.3)."""
    parts = urlsplit(request.target)
    host = next((value for name, value in request.headers if name.lower() == "host"), "testserver")
    name, _, port = host.rpartition(":") if ":" in host else (host, "", "80")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": request.version,
        "method": request.method,
        "scheme": parts.scheme or "http",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode("latin-1", "replace"),
        "query_string": parts.query.encode("latin-1", "replace"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in sendable(request)],
        "client": ("127.0.0.1", 50000),
        "server": (name, int(port) if port.isdigit() else 80),
        "state": state,
        "extensions": {},
    }


class _Call:
    """One request and what the application sends for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._sent = False
        self._start: dict[str, Any] | None = None
        self._body: list[bytes] = []
        self._done = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        # The client stays until it has its answer: only then is it gone.
        await self._done.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False):
                self._done.set()

    def response(self) -> HttpResponse:
        """What was sent; a bare 500 where the application raised before it answered, as a server would give."""
        if self._start is None:
            return HttpResponse(500, "Internal Server Error")
        # White space around a value is not part of it, and not every framework leaves it away (RFC 9110, section 5.5).
        headers = tuple(
            (n.decode("latin-1"), v.decode("latin-1").strip(" \t")) for n, v in self._start.get("headers", ())
        )
        return HttpResponse(int(self._start["status"]), "", headers, b"".join(self._body))


class _Lifespan:
    """The application's own start and end (ASGI Lifespan, version 2.0). One that knows none of it goes without."""

    def __init__(self, app: Any, state: dict[str, Any]) -> None:
        self._app = app
        self._scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[Any] | None = None

    async def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._task = loop.create_task(self._app(self._scope, self._to_app.get, self._from_app.put))
        answer = await self._tell("lifespan.startup", START_LIMIT)
        if answer is None:
            if not self._task.done():
                raise BrokenError(f"the application did not start within {START_LIMIT:g} s")
            return  # it ended or raised without a word: it has no lifespan
        if answer["type"] == "lifespan.startup.failed":
            text = last_lines(str(answer.get("message", "")))
            raise BrokenError(f"the application failed to start:\n{text}")

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            await self._tell("lifespan.shutdown", STOP_LIMIT)

    async def _tell(self, kind: str, limit: float) -> dict[str, Any] | None:
        """The application's answer; None if it ended or took too long."""
        assert self._task is not None
        await self._to_app.put({"type": kind})
        answer = asyncio.ensure_future(self._from_app.get())
        await asyncio.wait([answer, self._task], timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        if self._task.done() and not self._task.cancelled():
            self._task.exception()  # looked at, so that asyncio does not complain of it
        return None
