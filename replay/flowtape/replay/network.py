"""Every connection that no answering server takes is refused, with an error that names it.

An audit hook sees what Python's own sockets do. A C library that connects by itself (libpq) is not seen: it reaches only the
addresses it was given, which are those of the answering servers.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

from flowtape.capture.exchange import Address


class Refusal:
    """Refuses while `active`. `refused` explains each address that was asked for, once."""

    def __init__(self) -> None:
        self.allowed: set[tuple[str, int]] = set()
        self.names: set[str] = set()
        self.refused: dict[str, str] = {}
        self._on = False
        self._hooked = False

    def allow(self, address: Address) -> None:
        self.allowed.add((address.host, address.port))

    def allow_host(self, address: Address) -> None:
        """A server elsewhere, by its name and at each of its addresses. Raises OSError where it cannot be looked up."""
        self.names.add(address.host)
        self.allow(address)
        for *_, found in socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM):
            self.allow(Address(str(found[0]), address.port))

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        if not self._hooked:
            sys.addaudithook(self._hook())  # for good: Python has no way to take one off
            self._hooked = True
        self._on = True
        try:
            yield
        finally:
            self._on = False

    def refuse(self, name: str) -> ConnectionRefusedError:
        """The error for a connection to `name`, which is noted."""
        text = (
            f"{name} is no dependency of this service: the connection was refused. "
            f"Declare it under `dependencies:` in flowtape.yaml and capture again, or keep the code from calling it in tests"
        )
        self.refused[name] = text
        return ConnectionRefusedError(text)

    def _hook(self) -> Callable[[str, tuple[Any, ...]], None]:
        """A function, not a method: for each import and each file that is opened, Python calls it at a third of the cost."""

        def audit(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "socket.connect":
                if self._on:
                    self._connect(*arguments[:2])
            elif event == "socket.getaddrinfo" and self._on:
                self._look_up(arguments[0], arguments[1])

        return audit

    def _connect(self, connecting: Any, address: Any) -> None:
        if connecting.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
            return
        if connecting.type & socket.SOCK_STREAM and tuple(address[:2]) not in self.allowed:
            raise self.refuse(str(Address(str(address[0]), int(address[1]))))

    def _look_up(self, host: Any, port: Any) -> None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name is None or name == "localhost" or name in self.names or _is_address(name):
            return
        raise self.refuse(f"{name}:{port}" if port else name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return not name
    return True
