"""The `proxy` tap: mitmproxy in the path of HTTP. Only this file, proxy_addons.py and proxy_wall.py import it.

Two kinds of listener: *reverse*, which stands for one server (the service's entry, or an HTTP dependency), and *forward*, the
service's HTTP_PROXY and HTTPS_PROXY, which signs for every host with a CA of its own.

How its hooks become exchanges is told in proxied.py, and where it is made to behave in proxy_addons.py. A server that cannot be reached closes the client's connection and counts as servers.unreachable.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from mitmproxy import options
from mitmproxy.addons.next_layer import NextLayer
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.master import Master

from flowtape.capture.configuration import DEFAULT_PORTS, Configuration, address
from flowtape.capture.exchange import Address
from flowtape.capture.taps import Hear
from flowtape.capture.taps.proxied import MAX_BODY, Ear, Listener
from flowtape.capture.taps.proxy_addons import PriorKnowledge, Quiet, trailers_dropped
from flowtape.capture.taps.proxy_wall import Wall

HOOK_DELAY = 250_000_000
"""mitmproxy notes a time and calls the hook in a later turn of the loop, at most so many nanoseconds on."""
STOP_SECONDS = 5.0
IDLE_SECONDS = 7 * 24 * 3600
"""How long a connection may be silent: to end it is for its two ends to decide."""


def listeners(configuration: Configuration) -> tuple[Listener, ...]:
    """What `capture.inline` says of the service, of `forward` and of HTTP dependencies. Raises ConfigurationError."""
    found = []
    for name, listen in configuration.capture.inline.items():
        at = address(listen)
        if name == "service":
            found.append(Listener(name, at, f"http://{address(configuration.service.listen)}"))
        elif name == "forward":
            found.append(Listener(name, at))
        elif (dependency := configuration.dependencies.get(name)) and dependency.protocol == "http":
            found.append(Listener(name, at, _url(dependency.address), name))
    return tuple(found)


def _url(text: str) -> str:
    """Scheme and authority, the port where it is not the scheme's own: what a client would send as Host."""
    scheme = urlsplit(text).scheme if "://" in text else "http"
    at = address(text, "http")
    if at.port == DEFAULT_PORTS.get(scheme):
        return f"{scheme}://{f'[{at.host}]' if ':' in at.host else at.host}"
    return f"{scheme}://{at}"


def hosts(configuration: Configuration) -> dict[tuple[str, int], str]:
    """The dependency that a host name and port mean to the forward listener. Raises ConfigurationError."""
    found = {}
    for name, dependency in configuration.dependencies.items():
        if dependency.protocol == "http":
            at = address(dependency.address, "http")
            found[at.host.lower(), at.port] = name
    return found


class ProxyTap:
    """`folder` is where mitmproxy keeps its CA, and the only place that it writes to.

    `listening` is set once every listener has its socket; `addresses` then says where, by name. `trusted` is a PEM file of
    the CAs that sign for the dependencies; without it, the one that SSL_CERT_FILE names, or else those that the web trusts.

    With `told`, hosts that are no dependency are refused, and `told` hears of that and of whatever fails. `signed` is a PEM file of
    a certificate and its key, shown to all clients in the place of certificates by the proxy's own CA.
    """

    def __init__(
        self,
        listeners: Sequence[Listener],
        hosts: Mapping[tuple[str, int], str],
        folder: Path,
        *,
        trusted: Path | None = None,
        max_body: int = MAX_BODY,
        told: Callable[[str], None] | None = None,
        signed: Path | None = None,
    ) -> None:
        self.name = "proxy"
        self.counters: Counter[str] = Counter()
        self.listening = asyncio.Event()
        self.addresses: dict[str, Address] = {}
        self.certificate = folder / "mitmproxy-ca-cert.pem"
        """The CA's certificate, for the service's SSL_CERT_FILE and REQUESTS_CA_BUNDLE; there once `listening`."""
        self._listeners = {listener.mode: listener for listener in listeners}
        self._hosts = hosts
        self._folder = folder
        self._trusted = trusted
        self._max_body = max_body
        self._walls = [] if told is None else [Wall(hosts, told)]
        self._signed = signed
        self._ear: Ear | None = None

    async def run(self, hear: Hear) -> None:
        """Proxy until cancelled. Raises OSError if an address cannot be listened at."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = Proxyserver()
        quiet = Quiet(self.counters, server)
        self._ear = Ear(self._listeners, self._hosts, self._max_body, self.counters, hear)
        try:
            master = self._master(server, self._ear)
            await master.running()
            with trailers_dropped():
                await self._open(server)
                self.listening.set()
                await asyncio.Event().wait()
        finally:
            self.listening.clear()
            await _close(server)
            self._ear.stop()
            quiet.restore()

    @property
    def under_way(self) -> bool:
        return any(wall.under_way for wall in self._walls) or (self._ear is not None and self._ear.oldest is not None)

    def watermark(self) -> int:
        now = time.time_ns() - HOOK_DELAY
        return min(now, self._ear.oldest) if self._ear and self._ear.oldest else now

    def _master(self, server: Proxyserver, ear: Ear) -> Master:
        master = Master(
            options.Options(
                confdir=str(self._folder),
                mode=list(self._listeners),
                # Frames of a WebSocket are opaque bytes to the record: nothing is to be read in them.
                websocket=False,
                ssl_verify_upstream_trusted_ca=self._trusted_file(),
            )
        )
        # Its log, which may quote traffic, goes to the root logger by a handler of its own: away with that.
        master._legacy_log_events.uninstall()  # noqa: SLF001
        master.addons.add(server, TlsConfig(), PriorKnowledge(), NextLayer(), *self._walls, ear)
        master.options.update(keep_host_header=True)
        if self._signed is not None:
            master.options.update(certs=[f"*={self._signed}"])
        if "tcp_timeout" in master.options:  # not in mitmproxy 11, which ends what is idle for ten minutes
            master.options.update(tcp_timeout=IDLE_SECONDS)
        return master

    def _trusted_file(self) -> str | None:
        if self._trusted is not None:
            return str(self._trusted)
        named = os.environ.get("SSL_CERT_FILE")
        # An operator may start agent and service from one shell: the service's CA signs for nobody but us.
        return named if named and Path(named).absolute() != self.certificate.absolute() else None

    async def _open(self, server: Proxyserver) -> None:
        await server.setup_servers()
        for instance in server.servers:
            if instance.last_exception is not None:
                raise instance.last_exception
            listener = self._listeners[instance.mode.full_spec]
            self.addresses[listener.name] = Address(*instance.listen_addrs[0][:2])


async def _close(server: Proxyserver) -> None:
    """Stop listening and break off what is connected."""
    await server.servers.update([])
    tasks = {io.handler for handler in server.connections.values() for io in handler.transports.values() if io.handler}
    for task in tasks:
        task.cancel("the proxy was stopped")
    if tasks:
        await asyncio.wait(tasks, timeout=STOP_SECONDS)
