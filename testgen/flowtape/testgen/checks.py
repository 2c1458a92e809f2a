"""What `flowtape doctor` looks at: may this machine and user record and replay what flowtape.yaml says?"""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from flowtape.capture import tapping
from flowtape.capture.configuration import Configuration, ConfigurationError, address
from flowtape.capture.routes import ANY_HOSTS, resolve

GRANT: Final = (
    f"run the agent as root, or grant its Python the capability: `sudo setcap cap_net_raw+ep {Path(sys.executable).resolve()}` "
    "(every program of that Python then has it); or hear the service and its dependencies in the path: capture.inline"
)
MIN_BUFFER: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Check:
    """`advice` says what to do; "" where all is well."""

    state: Literal["ok", "warn", "fail"]
    what: str
    advice: str = ""


def checks(configuration: Configuration, interface: str | None = None) -> Iterator[Check]:
    """Each looks and changes nothing that stays."""
    yield from key(configuration)
    yield from rules(configuration)
    yield recording(configuration)
    try:
        inline = tapping.inline_names(configuration)
        packets = tapping.packet_names(configuration)
    except ConfigurationError as error:
        yield Check("fail", "capture.inline", str(error))
        return
    if packets:
        yield from sniffing(interface or configuration.capture.interface)
    if inline or configuration.capture.inline:
        yield from proxying(configuration)
    yield from spans(configuration)
    yield from addresses(configuration)
    yield application(configuration)


def key(configuration: Configuration) -> Iterator[Check]:
    from flowtape.capture.sanitise.policy import key_from_environment

    name = configuration.sanitise.key
    try:
        key_from_environment(name)
    except ConfigurationError as error:
        yield Check("fail", f"the key in {name}", str(error))
    else:
        yield Check("ok", f"the key in {name} is set and long enough")


def rules(configuration: Configuration) -> Iterator[Check]:
    from flowtape.capture.sanitise.policy import Policy

    try:
        Policy(configuration.sanitise)
    except ConfigurationError as error:
        yield Check("fail", "the rules of sanitise", str(error))
    else:
        yield Check("ok", f"{len(configuration.sanitise.rules)} rules of sanitise, beside the built-in ones")


def recording(configuration: Configuration) -> Check:
    """Nothing is made: the agent makes the folder, with its own rights."""
    from flowtape.capture.agent import recording_url

    url = recording_url(configuration)
    if "://" in url or "::" in url:
        return _stored(url)
    folder = Path(url)
    there = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    if not there.is_dir():
        return Check("fail", f"the recording {url}", f"{there} is not a folder: name another under capture.recording")
    if not os.access(there, os.W_OK | os.X_OK):
        return Check(
            "fail", f"the recording {url}", f"{there} cannot be written to: name another under capture.recording"
        )
    if there == folder and folder.stat().st_mode & 0o077:
        return Check("warn", f"the recording {url} can be written", f"others may read it: `chmod 700 {folder}`")
    return Check("ok", f"the recording {url} can be written")


def _stored(url: str) -> Check:
    import fsspec

    try:
        fsspec.core.url_to_fs(url)
    except Exception as error:  # a store's driver raises what it likes
        return Check("fail", f"the recording {url}", f"{error}")
    return Check("ok", f"the recording {url} has a driver (nothing was written to try it)")


def sniffing(interface: str) -> Iterator[Check]:
    if importlib.util.find_spec("scapy") is None:
        yield Check("fail", "packets: scapy is not installed", tapping.EXTRA)
    names = {name for _, name in socket.if_nameindex()}
    if interface not in names | {"any"}:
        yield Check(
            "fail", f"the interface {interface}", f"there is none of that name: {', '.join(sorted(names))}, or any"
        )
    try:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as opened:
            yield Check("ok", f"packets may be heard here, on {interface}")
            yield _buffer(opened)
    except (OSError, AttributeError) as error:
        yield Check("fail", f"packets may not be heard here: {getattr(error, 'strerror', None) or error}", GRANT)


def _buffer(opened: socket.socket) -> Check:
    """What an ordinary socket is granted; root, or CAP_NET_ADMIN, takes more by force."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MIN_BUFFER)
    granted = opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
    if granted < MIN_BUFFER and os.geteuid() != 0:
        return Check(
            "warn",
            f"the receive buffer is {granted // 1024} KiB: bursts may be lost (and are counted)",
            f"`sudo sysctl net.core.rmem_max={64 * 1024 * 1024}`",
        )
    return Check("ok", "the receive buffer can be large")


def proxying(configuration: Configuration) -> Iterator[Check]:
    needs_proxy = any(
        name in ("service", "forward") or configuration.dependencies[name].protocol == "http"
        for name in configuration.capture.inline
    )
    if needs_proxy and importlib.util.find_spec("mitmproxy") is None:
        yield Check("fail", "HTTP in the path: mitmproxy is not installed", tapping.EXTRA)
    for name, listen in configuration.capture.inline.items():
        yield _port(f"capture.inline.{name}: {listen}", listen)


def spans(configuration: Configuration) -> Iterator[Check]:
    wanted = configuration.capture.spans
    if wanted is None:
        return
    for library in ("tornado", "grpc", "google.protobuf"):
        if not tapping.installed(library):
            yield Check("fail", f"spans: {library} is not installed", tapping.EXTRA)
    for name, listen in (("http", wanted.http), ("grpc", wanted.grpc)):
        if listen:
            yield _port(f"capture.spans.{name}: {listen}", listen)


def _port(what: str, listen: str) -> Check:
    try:
        at = address(listen)
        family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
        with socket.socket(family) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(("" if at.host == "*" else at.host, at.port))
    except ConfigurationError as error:
        return Check("fail", what, str(error))
    except OSError as error:
        return Check(
            "fail", what, f"cannot be listened at: {error.strerror or error}. Stop what holds it, or name another port"
        )
    return Check("ok", f"{what} is free")


def addresses(configuration: Configuration) -> Iterator[Check]:
    if not configuration.dependencies:
        yield Check("warn", "no dependencies are named", "whatever the service asks of others goes unheard: name them")
    named = {name: (each.address, each.protocol) for name, each in configuration.dependencies.items()}
    for name, (text, protocol) in {**named, "the service": (configuration.service.listen, "http")}.items():
        try:
            at = address(text, protocol)
        except ConfigurationError as error:
            yield Check("fail", f"the address of {name}", str(error))
            continue
        if at.host not in ANY_HOSTS and not list(resolve(at.host, at.port)):
            yield Check(
                "fail", f"{name} at {text}", f"`{at.host}` cannot be looked up: name the address that production uses"
            )
        else:
            yield Check("ok", f"{name} at {text} can be looked up")


def application(configuration: Configuration) -> Check:
    service = configuration.service
    ways = [way for way in (service.asgi, service.wsgi, service.command) if way]
    if len(ways) == 1:
        return Check("ok", "flowtape.yaml says how replay starts the application")
    if ways:
        return Check(
            "fail", "how replay starts the application", "asgi, wsgi and command exclude each other: keep one of them"
        )
    return Check(
        "warn", "how replay starts the application", "name asgi, wsgi or command under service before you generate"
    )
