"""Which live dependencies a suite is rerecorded against, and how they are told to the process that plays it."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flowtape.capture.configuration import Configuration, ConfigurationError, Dependency, address
from flowtape.capture.exchange import Address

VARIABLE = "FLOWTAPE_LIVE"
"""The environment variable that holds a `Live`: it may hold passwords, which a command line would show."""
CONNECT_SECONDS = 5.0
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Live:
    """`addresses` by dependency, instead of those in flowtape.yaml; `environment` over its `service.env`; `agent`, the Python of
    the environment that has the proxy, "" for this one.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    agent: str = ""

    def dump(self) -> str:
        told = {"addresses": dict(self.addresses), "environment": dict(self.environment), "agent": self.agent}
        return json.dumps(told)

    def of(self, name: str, dependency: Dependency) -> str:
        return self.addresses.get(name, dependency.address)


def load(text: str) -> Live:
    """What `Live.dump` wrote."""
    return Live(**json.loads(text))


def server(text: str, protocol: str) -> Address:
    """Where a dependency's address leads: host:port, or a URL. Raises ConfigurationError."""
    if "://" not in text:
        return address(text, protocol)
    parts = urlsplit(text)
    try:
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        port = None
    if not parts.hostname or port is None:
        raise ConfigurationError(f"`{text}` names no server: host:port or a URL is wanted")
    return Address(parts.hostname, port)


def check(live: Live, configuration: Configuration) -> None:
    """Raises ConfigurationError for a name that is no dependency's, and for a dependency that cannot be reached."""
    if strangers := sorted(live.addresses.keys() - configuration.dependencies.keys()):
        known = ", ".join(configuration.dependencies) or "none"
        raise ConfigurationError(f"`{strangers[0]}` is no dependency of this service; flowtape.yaml has {known}")
    for name, dependency in configuration.dependencies.items():
        text = live.of(name, dependency)
        where = server(text, dependency.protocol)
        try:
            socket.create_connection((where.host, where.port), CONNECT_SECONDS).close()
        except OSError as error:
            raise ConfigurationError(
                f"{name} cannot be reached at {where}: {error.strerror or error}. "
                f"Start it, or say where it is: --dependency {name}=HOST:PORT"
            ) from None
