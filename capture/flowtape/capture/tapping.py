"""Which taps a configuration asks for: in the path what `capture.inline` names, among the packets the rest."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flowtape.capture.configuration import Configuration, ConfigurationError
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.routes import Routes
from flowtape.capture.taps import Tap
from flowtape.capture.taps.packets.pcap import CaptureFile, CaptureFileError
from flowtape.capture.taps.packets.tap import PacketsTap, Receiver

EXTRA: Final = "`uv tool install 'flowtape[capture]'` installs what it needs, in an environment of its own"


def installed(library: str) -> bool:
    try:
        return importlib.util.find_spec(library) is not None
    except ModuleNotFoundError:  # the package above it
        return False


def inline_names(configuration: Configuration) -> set[str]:
    """What is heard in the path: "service" and names of dependencies. Raises ConfigurationError."""
    inline = set(configuration.capture.inline)
    strangers = inline - {"service", "forward", *configuration.dependencies}
    if strangers:
        raise ConfigurationError(f"capture.inline: `{min(strangers)}` is no dependency, nor `service`, nor `forward`")
    if "forward" in inline:
        inline |= {name for name, dependency in configuration.dependencies.items() if dependency.protocol == "http"}
    return inline - {"forward"}


def packet_names(configuration: Configuration) -> set[str]:
    """What is heard among the packets."""
    return {"service", *configuration.dependencies} - inline_names(configuration)


def live_taps(configuration: Configuration, interface: str | None = None) -> list[Tap]:
    """Raises ConfigurationError, and OSError where an interface cannot be listened on."""
    found: list[Tap] = []
    inline = inline_names(configuration)
    if inline or "forward" in configuration.capture.inline:
        found += _inline_taps(configuration)
    if packet_names(configuration):
        found.append(_packets(configuration, inline, interface or configuration.capture.interface))
    return found


def file_taps(configuration: Configuration, files: Sequence[Path]) -> list[Tap]:
    """One tap that reads `files` one after another, as one capture: a connection may go on in the next one."""
    return [PacketsTap(Routes(configuration), _Files(files), CODECS)]


def ca_folder() -> Path:
    """Where the proxy keeps its certificate authority: with the user's data, never with the project."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path("~/.local/share").expanduser())
    return Path(data) / "flowtape" / "ca"


def _packets(configuration: Configuration, inline: set[str], interface: str) -> Tap:
    try:
        from flowtape.capture.taps.packets.interface import Interface
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"packets cannot be heard: {error.name} is not installed. {EXTRA}") from error
    routes = Routes(configuration, without=inline)
    if routes.unresolved:
        raise ConfigurationError(
            f"`{routes.unresolved[0]}` cannot be looked up: packets to it could not be told from others. "
            "Name its address in flowtape.yaml"
        )
    return PacketsTap(routes, Interface(interface, routes.ports), CODECS)


def _inline_taps(configuration: Configuration) -> list[Tap]:
    from flowtape.capture.taps import relay

    found: list[Tap] = []
    routes = relay.routes(configuration)
    if routes:
        found.append(relay.RelayTap(routes, CODECS))
    if len(routes) == len(configuration.capture.inline):
        return found
    try:
        from flowtape.capture.taps import proxy
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"HTTP cannot be proxied: {error.name} is not installed. {EXTRA}") from error
    found.append(proxy.ProxyTap(proxy.listeners(configuration), proxy.hosts(configuration), ca_folder()))
    return found


class _Files:
    """Capture files as one source of packets. A file that is no capture is left out, and told at the end."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self.problems: list[str] = []

    async def run(self, receiver: Receiver) -> None:
        errors: list[CaptureFileError] = []
        for path in self._files:
            file = CaptureFile(path)
            try:
                await file.run(receiver)
            except CaptureFileError as error:
                errors.append(error)
            self.problems += file.problems
        if errors:
            raise errors[0]
