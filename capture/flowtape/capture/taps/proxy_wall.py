"""What a proxy does that stands before live dependencies and nothing else: it refuses every other host, and says what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mitmproxy import exceptions, http


class Wall:
    """An addon: mitmproxy calls the methods that have the names of its hooks. `tell` gets a sentence without its full stop."""

    def __init__(self, hosts: Mapping[tuple[str, int], str], tell: Callable[[str], None]) -> None:
        self._hosts = hosts
        self._tell = tell
        self._greeting: set[str] = set()  # ids of clients whose TLS handshake has begun and not ended

    @property
    def under_way(self) -> bool:
        """Whether a client may yet turn away from the certificate that it was shown."""
        return bool(self._greeting)

    def tls_start_client(self, data: Any) -> None:
        self._greeting.add(data.conn.id)

    def tls_established_client(self, data: Any) -> None:
        self._greeting.discard(data.conn.id)

    def client_disconnected(self, client: Any) -> None:
        self._greeting.discard(client.id)

    def http_connect(self, flow: Any) -> None:
        self._refuse_stranger(flow)

    def requestheaders(self, flow: Any) -> None:
        self._refuse_stranger(flow)

    def server_connect_error(self, data: Any) -> None:
        self._tell(f"{self._name(data.server.address)} cannot be reached: {data.server.error}")

    def tls_failed_server(self, data: Any) -> None:
        said = f"{self._name(data.conn.address)}: TLS failed: {data.conn.error}"
        self._tell(f"{said}. SSL_CERT_FILE names the authorities that are trusted, if they are not the web's")

    def tls_failed_client(self, data: Any) -> None:
        self._greeting.discard(data.conn.id)
        said = f"the service did not accept the proxy's certificate for {data.conn.sni or 'a host'}: {data.conn.error}"
        self._tell(f"{said}. Its client must trust the authority in SSL_CERT_FILE")

    def _name(self, address: tuple[Any, ...]) -> str:
        host, port = address[:2]
        name = self._hosts.get((host.lower(), port))
        return f"{name} at {host}:{port}" if name else f"{host}:{port}"

    def _refuse_stranger(self, flow: Any) -> None:
        request = flow.request
        if (request.host.lower(), request.port) in self._hosts:
            return
        known = ", ".join(f"{name} at {host}:{port}" for (host, port), name in self._hosts.items())
        text = (
            f"{request.host[:255]!r} port {request.port} is no dependency of this service ({known}): the connection was refused. "
            "Declare it under `dependencies:` in flowtape.yaml, or keep the code from calling it in tests"
        )
        self._tell(text)
        flow.response = http.Response.make(403, f"flowtape: {text}\n", {"content-type": "text/plain; charset=utf-8"})
        raise exceptions.AddonHalt  # no other addon takes what is not passed on
