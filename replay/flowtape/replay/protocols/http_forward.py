"""The proxy that plays every HTTP dependency to a service in another process: what HTTP_PROXY and HTTPS_PROXY name.

It tells dependencies apart by the host that is asked for, opens TLS with certificates of its own (certificates.py), and refuses
every host that is no dependency, by name.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from flowtape.capture.exchange import Headers, HttpRequest, HttpResponse
from flowtape.replay.certificates import Authority
from flowtape.replay.protocols.http import Answering, ask
from flowtape.replay.protocols.listening import AnsweringServer, Talker, listen
from flowtape.replay.sockets import Sockets
from flowtape.replay.source import Source

FOR_THE_PROXY = frozenset(("proxy-authorization", "proxy-connection"))
TLS_HANDSHAKE = 0x16
"""RFC 8446, 5.1: the first byte of a ClientHello's record, which no HTTP method begins with."""

DependencyOf: TypeAlias = Callable[[str, int], str | None]
"""Which dependency a host name (in small letters) and port are, None if none."""

Refused: TypeAlias = Callable[[str], None]
"""Told what was refused (half a sentence, without its full stop), on the thread that answers."""


def serve_forward(
    source: Source,
    dependency_of: DependencyOf,
    authority: Authority,
    refused: Refused,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    sockets: Sockets | None = None,
) -> AnsweringServer:
    """Play every dependency, as a proxy. Raises OSError if the address cannot be listened at. See `listen` for `sockets`."""
    return listen(lambda: Forwarding(source, dependency_of, authority, refused), host, port, sockets)


class Forwarding(Answering):
    """A proxy's side: absolute targets, and CONNECT, after which all bytes are another talker's."""

    def __init__(self, source: Source, dependency_of: DependencyOf, authority: Authority, refused: Refused) -> None:
        super().__init__(self._forward)
        self._source = source
        self._dependency_of = dependency_of
        self._authority = authority
        self._refused = refused
        self._inner: Talker | None = None

    def receive(self, data: bytes) -> bytes:
        if self._inner is None:
            return super().receive(data)
        said = self._inner.receive(data)
        self.closing = self._inner.closing
        return said

    def _forward(self, request: HttpRequest) -> HttpResponse:
        try:
            host, port = _destination(request)
        except ValueError as error:
            return HttpResponse(400, "Bad Request", body=f"flowtape: {error}\n".encode())
        dependency = self._dependency_of(host, port)
        if dependency is None:
            return self._refuse(host, port, "https" if request.method == "CONNECT" else "http")
        if request.method == "CONNECT":
            return self._connect(host, dependency)
        return ask(self._source, dependency, _in_origin_form(request))

    def _connect(self, host: str, dependency: str) -> HttpResponse:
        try:
            context = self._authority.context(host)
        except ValueError as error:
            return HttpResponse(400, "Bad Request", body=f"flowtape: no certificate for {host!r}: {error}\n".encode())
        self._inner = _MaybeTls(context, Answering(functools.partial(ask, self._source, dependency)))
        return HttpResponse(200, "Connection established")

    def _refuse(self, host: str, port: int, scheme: str) -> HttpResponse:
        what = f"{host[:255]!r} port {port} is none of flowtape.yaml's dependencies"
        self._refused(what)
        text = (
            f"flowtape: {what}, and no connection leaves a replay. If the service needs it, add it there and record again:\n"
            f"  dependencies:\n    <name>: {{protocol: http, address: '{scheme}://<host>:{port}'}}\n"
        )
        return HttpResponse(403, "Forbidden", (("Content-Type", "text/plain; charset=utf-8"),), text.encode())


class _MaybeTls:
    """What comes after CONNECT: TLS, most often; plain HTTP where the client's first byte says so."""

    def __init__(self, context: ssl.SSLContext, inner: Talker) -> None:
        self.closing = False
        self._inner = inner
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._begun = False
        self._shaken = False

    def receive(self, data: bytes) -> bytes:
        if not self._begun and data:
            self._begun = True
            if data[0] != TLS_HANDSHAKE:
                self._tls = None
        if self._tls is None:
            said = self._inner.receive(data)
            self.closing = self._inner.closing
            return said
        self._incoming.write(data)
        try:
            self._read(self._tls)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            # The client does not trust the certificate, or speaks no version of ours: the alert tells it.
            self.closing = True
        return self._outgoing.read()

    def lost(self) -> None:
        self._inner.lost()

    def _read(self, tls: ssl.SSLObject) -> None:
        if not self._shaken:
            tls.do_handshake()
            self._shaken = True
        while not self.closing:
            data = tls.read(1 << 16)
            if not data:
                self.closing = True
                return
            if said := self._inner.receive(data):
                tls.write(said)  # whole: a memory BIO is never full
            self.closing = self._inner.closing
        # Our farewell is sent when this raises SSLWantReadError: the client's own is not waited for.
        tls.unwrap()


def _destination(request: HttpRequest) -> tuple[str, int]:
    """The host, in small letters, and the port that a proxy is asked for. Raises ValueError."""
    if request.method == "CONNECT":
        parts = urlsplit(f"//{request.target}")
    elif "://" in request.target.partition("?")[0]:
        parts = urlsplit(request.target)
    else:
        parts = urlsplit("//" + next((value for name, value in request.headers if name.lower() == "host"), ""))
    if not parts.hostname or parts.scheme not in {"", "http", "https"}:
        raise ValueError(f"{request.target[:255]!r} names no host")
    tls = request.method == "CONNECT" or parts.scheme == "https"
    return parts.hostname, parts.port or (443 if tls else 80)


def _in_origin_form(request: HttpRequest) -> HttpRequest:
    """The request as the server itself is sent it, which is how it was recorded (RFC 9112, 3.2.1)."""
    target = request.target
    if "://" in target.partition("?")[0]:
        _, _, rest = target.partition("://")
        starts = [place for place in (rest.find("/"), rest.find("?")) if place >= 0]
        target = rest[min(starts) :] if starts else "/"
        target = target if target.startswith("/") else f"/{target}"
    headers: Headers = tuple(field for field in request.headers if field[0].lower() not in FOR_THE_PROXY)
    return HttpRequest(request.method, target, headers, request.body, request.version, request.trailers)
