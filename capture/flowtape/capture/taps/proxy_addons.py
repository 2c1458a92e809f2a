"""What mitmproxy needs to be safe in the path of a service: silence, an end to crashes, trailers, HTTP/2 without TLS."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import h11
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.proxy import layers
from mitmproxy.proxy.layers.http import HTTPMode, _http1

H2_PREFACE = b"PRI * HTTP/2"


class Quiet(logging.Handler):
    """Takes mitmproxy's log, whose lines may quote traffic: they are counted and never written.

    An error there is a crash, after which the connection would stay open and be dead.
    """

    def __init__(self, counters: Counter[str], server: Proxyserver) -> None:
        super().__init__(logging.WARNING)
        self._counters = counters
        self._server = server
        self._logger = logging.getLogger("mitmproxy")
        self._before = (self._logger.propagate, self._logger.level)
        self._logger.propagate = False
        self._logger.setLevel(logging.WARNING)
        self._logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._counters["log.warnings" if record.levelno < logging.ERROR else "log.errors"] += 1
        if record.levelno < logging.ERROR or not record.exc_info:
            return
        for handler in self._server.connections.values():
            transport = handler.transports.get(handler.client)
            if handler.client.peername == getattr(record, "client", None) and transport and transport.handler:
                transport.handler.cancel("the proxy crashed")

    def restore(self) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate, level = self._before
        self._logger.setLevel(level)


@contextlib.contextmanager
def trailers_dropped() -> Iterator[None]:
    """While this holds, the end of a chunked body is read without its trailers.

    mitmproxy crashes at a trailer, which leaves the client waiting for ever, and offers no place to say otherwise. A proxy may discard
    trailers (RFC 9110, 6.5.1).
    """
    original = _http1.make_body_reader

    def make(expected_size: int | None) -> Any:
        reader = original(expected_size)
        return _Untrailed(reader) if expected_size is None else reader

    _http1.make_body_reader = make
    try:
        yield
    finally:
        _http1.make_body_reader = original


class _Untrailed:
    """A reader of chunked bodies, in h11's terms, that forgets trailers."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __call__(self, buffer: Any) -> Any:
        event = self._reader(buffer)
        return h11.EndOfMessage() if isinstance(event, h11.EndOfMessage) else event

    def read_eof(self) -> Any:
        return self._reader.read_eof()


class PriorKnowledge:
    """mitmproxy takes HTTP/2 without TLS for HTTP/1 and refuses it: plaintext gRPC begins so."""

    def next_layer(self, deciding: Any) -> None:
        if deciding.layer is None and deciding.data_client().startswith(H2_PREFACE):
            deciding.context.client.alpn = deciding.context.server.alpn = b"h2"
            deciding.layer = layers.HttpLayer(deciding.context, HTTPMode.transparent)
