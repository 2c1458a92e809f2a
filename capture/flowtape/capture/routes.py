"""Which connection is the service's own, which goes to a dependency, and which is nobody's concern."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from flowtape.capture.configuration import Configuration, address
from flowtape.capture.exchange import Address

ANY_HOSTS = frozenset({"0.0.0.0", "::", "*"})


@dataclass(frozen=True, slots=True)
class Route:
    """`dependency` is None for the service's own entry. `hint` is the protocol's codec name, `name` the host as configured."""

    dependency: str | None
    hint: str
    name: str


def resolve(host: str, port: int) -> Iterable[str]:
    """The IP addresses of `host`, itself if it is one; none if the name is unknown."""
    try:
        return {str(ipaddress.ip_address(host))}
    except ValueError:
        pass
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        return ()


class Routes:
    """Server addresses and what they mean, from flowtape.yaml.

    `unresolved` lists the host names that could not be looked up: connections to them cannot be told apart by address.
    `without` names dependencies, or "service", that something else hears.
    """

    def __init__(
        self,
        configuration: Configuration,
        lookup: Callable[[str, int], Iterable[str]] = resolve,
        *,
        without: Collection[str] = (),
    ) -> None:
        self.unresolved: list[str] = []
        self._routes: dict[tuple[str, int], Route] = {}
        for name, dependency in configuration.dependencies.items():
            if name not in without:
                self._add(address(dependency.address, dependency.protocol), name, dependency.protocol, lookup)
        if "service" not in without:
            self._add(address(configuration.service.listen), None, "http", lookup)

    def _add(
        self, at: Address, dependency: str | None, protocol: str, lookup: Callable[[str, int], Iterable[str]]
    ) -> None:
        route = Route(dependency, {"http": "http1"}.get(protocol, protocol), at.host)
        hosts = {at.host} if at.host in ANY_HOSTS else set(lookup(at.host, at.port))
        if not hosts:
            self.unresolved.append(at.host)
        for host in hosts:
            self._routes[("*" if host in ANY_HOSTS else host, at.port)] = route

    def of(self, server: Address) -> Route | None:
        """The route of a connection to `server` (an IP address), None if it is nobody's concern."""
        return self._routes.get((server.host, server.port)) or self._routes.get(("*", server.port))

    @property
    def ports(self) -> frozenset[int]:
        """Every port that matters: what a kernel filter lets through."""
        return frozenset(port for _, port in self._routes)
