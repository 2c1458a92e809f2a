"""HTTP dependencies in process: vcrpy catches what httpx, requests, urllib3 and aiohttp send, and the tape answers it.

vcrpy's own cassette looks its interactions up one by one and knows no variables; this one asks the record as every other
answering side does, so that a miss is explained in the same way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import wrapt

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay import aiohttp_requests, http_clients
from flowtape.replay.http_clients import Cassette, Patch, Request
from flowtape.replay.source import Miss, Source

PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int | None]


class NotRecordedError(ConnectionError):
    """The application's HTTP client gets this where the record has no answer."""


def origin(url: str) -> Origin:
    """Scheme, host and port of an absolute URL."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or PORTS.get(scheme)


class TapeCassette(Cassette):  # type: ignore[misc] # vcrpy has no types
    """`dependencies` are names by origin; `refuse` makes the error for any other host."""

    def __init__(self, source: Source, dependencies: Mapping[Origin, str], refuse: Callable[[str], Exception]) -> None:
        super().__init__("flowtape")
        self._source = source
        self._dependencies = dependencies
        self._refuse = refuse

    @property
    def write_protected(self) -> bool:
        return True

    def can_play_response_for(self, request: Request) -> bool:
        return True

    def find_requests_with_most_matches(self, request: Request) -> list[tuple[Request, list[str], list[str]]]:
        """What vcrpy follows an aiohttp redirect with."""
        return [(request, [], [])]

    def append(self, request: Request, response: Any) -> None:
        """Nothing is ever recorded here."""

    def play_response(self, request: Request) -> dict[str, Any]:
        name = self._dependencies.get(origin(request.uri))
        if name is None:
            parts = urlsplit(request.uri)
            raise self._refuse(f"{parts.scheme}://{parts.netloc}")
        answer = self._source.ask(name, question(request))
        if isinstance(answer, Miss):
            raise NotRecordedError(answer.text)
        assert isinstance(answer, HttpResponse)
        return _played(answer)


def question(request: Request) -> HttpRequest:
    """What an HTTP client asks, as vcrpy has it."""
    parts = urlsplit(request.uri)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return HttpRequest(request.method, target, tuple(_headers(request.headers)), _body(request.body))


def _headers(headers: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for name, values in headers.items():
        for value in values if isinstance(values, (list, tuple)) else [values]:
            yield _text(name), _text(value)


def _text(text: Any) -> str:
    return text.decode("latin-1") if isinstance(text, bytes) else str(text)


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    if isinstance(body, str):
        return body.encode()
    return b"".join(part if isinstance(part, bytes) else str(part).encode() for part in body)


def _played(answer: HttpResponse) -> dict[str, Any]:
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        if name.lower() != "transfer-encoding":
            headers.setdefault(name, []).append(value)
    reason = answer.reason.encode("ascii", "replace").decode()
    return {"status": {"code": answer.status, "message": reason}, "headers": headers, "body": {"string": answer.body}}


class Catching:
    """Puts vcrpy's patches in place for a time. Always the same ones, so that pooled connections stay good."""

    def __init__(self, cassette: TapeCassette) -> None:
        http_clients.catch_up()
        self._builder = http_clients.patch.CassettePatcherBuilder(cassette)
        self._patches: list[Patch] | None = None
        self._on: list[Patch] | None = None
        for name in http_clients.missing():
            wrapt.register_post_import_hook(self._imported, name)

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        if self._patches is None:
            self._patches = http_clients.patches(self._builder)
        self._on = []
        try:
            self._put_on(self._patches)
            self._put_bodies_on()
            yield
        finally:
            for each in reversed(self._on):
                each.__exit__(None, None, None)
            self._on = None

    def _put_on(self, patches: Iterable[Patch]) -> None:
        assert self._on is not None
        for each in patches:
            each.__enter__()
            self._on.append(each)

    def _put_bodies_on(self) -> None:
        if (bodies := aiohttp_requests.patch()) is not None:
            self._put_on([bodies])

    def _imported(self, client: Any) -> None:
        """The application has imported another HTTP client: it is caught from now on."""
        if not http_clients.learn() or self._patches is None:
            return
        # On top of what there is, which may be taken off for a moment by vcrpy itself.
        added = http_clients.patches(self._builder, client.__name__)
        self._patches += added
        if self._on is not None:
            self._put_on(added)
            self._put_bodies_on()
