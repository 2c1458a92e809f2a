"""Which dependency a client span means, by the address that the service knows it by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flowtape.capture.configuration import DEFAULT_PORTS, Configuration, address
from flowtape.capture.routes import resolve
from flowtape.capture.span import Span


@dataclass(frozen=True, slots=True)
class Peer:
    """`hosts` are names and addresses. `late` is how much later than it was its tap may have taken an answer's time, in ns."""

    dependency: str | None
    protocol: str
    port: int
    hosts: frozenset[str]
    late: int = 0


LATE_INLINE_NS = 25_000_000
"""In the path the agent takes the time once it has passed the bytes on, and when it is its turn."""


class Peers:
    """`entry_ports` says whether the service sees the ports of its clients as the tap does: not where the proxy stands between."""

    def __init__(self, peers: Iterable[Peer], *, entry_ports: bool = True) -> None:
        self._peers = tuple(peers)
        self.entry_ports = entry_ports

    def of(self, span: Span, protocol: str) -> str | None:
        """The dependency that speaks `protocol` where the span says its peer is; by the port alone where no host is known so."""
        host, port = _peer(span)
        if not port and "://" in (url := span.text("url.full", "http.url")):
            host, port = _from_url(url)
        able = [peer for peer in self._peers if peer.protocol == protocol and peer.dependency is not None]
        able = [peer for peer in able if not port or peer.port == port]
        named = {peer.dependency for peer in able if host.lower() in peer.hosts} or {peer.dependency for peer in able}
        return named.pop() if len(named) == 1 else None

    def late(self, dependency: str | None) -> int:
        return max((peer.late for peer in self._peers if peer.dependency == dependency), default=0)


def peers(configuration: Configuration, inline: Iterable[str] = ()) -> Peers:
    """From flowtape.yaml. `inline` names what is heard in the path: there the service knows the listener's address too."""
    heard_inline = set(inline)
    found = []
    for name, dependency in configuration.dependencies.items():
        at = address(dependency.address, dependency.protocol)
        late = LATE_INLINE_NS if name in heard_inline else 0
        hosts = frozenset({at.host.lower(), *resolve(at.host, at.port)})
        found.append(Peer(name, dependency.protocol, at.port, hosts, late))
        if listen := configuration.capture.inline.get(name):
            at = address(listen)
            found.append(Peer(name, dependency.protocol, at.port, frozenset({at.host, "127.0.0.1", "localhost"}), late))
    return Peers(found, entry_ports="service" not in heard_inline)


def _peer(span: Span) -> tuple[str, int]:
    host = span.text("server.address", "net.peer.name", "network.peer.address", "net.sock.peer.addr", "net.peer.ip")
    port = span.number("server.port", "net.peer.port", "network.peer.port", "net.sock.peer.port")
    return host, port


def _from_url(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", 0
