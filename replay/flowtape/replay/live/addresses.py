"""Which live dependencies a suite is rerecorded against, and how they are told to the process that plays it."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flowtape.capture.configuration import Configuration, ConfigurationError, Dependency, address
from flowtape.capture.exchange import Address
from flowtape.capture.taps.upstream import connect, tls

VARIABLE = "FLOWTAPE_LIVE"
"""The environment variable that holds a `Live`: it may hold passwords, which a command line would show."""
CONNECT_SECONDS = 5.0
PORTS = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379}
INSISTING = re.compile(r"\Arediss:|[?&\s](?:sslmode|ssl)=(?:require|verify|true)")
"""A client's address by which it goes on with TLS or not at all."""


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
        _check_variables(name, {**configuration.service.env, **live.environment})
        text = live.of(name, dependency)
        where = server(text, dependency.protocol)
        try:
            asyncio.run(_reach(where, text))
        except (OSError, UnicodeError) as error:  # an impossible name is no OSError
            raise ConfigurationError(
                f"{name} cannot be reached at {where}: {_why(error)}. "
                f"Start it, or say where it is: --dependency {name}=HOST:PORT"
            ) from None


def _why(error: OSError | UnicodeError) -> str:
    """In the system's words, where asyncio has others."""
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return str(error) or "it gave no answer"


async def _reach(where: Address, text: str) -> None:
    """Raises OSError."""
    async with asyncio.timeout(CONNECT_SECONDS):
        transport = await connect(asyncio.Protocol(), where, tls(text))
    transport.close()


def _check_variables(name: str, environment: Mapping[str, str]) -> None:
    for variable, value in environment.items():
        if f"{{{name}}}" in value and INSISTING.search(value):
            raise ConfigurationError(
                f"{variable} asks for TLS at {{{name}}}, which is an address of this machine that takes none, as in replay. "
                f"Take that out of it, and ask for TLS where the live server is: "
                f"--dependency '{name}=postgresql://HOST:PORT?sslmode=require', or {name}=rediss://HOST:PORT"
            )
