"""The stage on which flows are replayed: the application, what answers it, its clock and its walls, for one test session."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from flowtape.capture.configuration import Configuration, Dependency
from flowtape.capture.exchange import Address, HttpRequest, HttpResponse
from flowtape.replay import clock, garbage
from flowtape.replay.application.outcome import Application, BrokenError, Outcome
from flowtape.replay.flowfile import Captured, Case, Session
from flowtape.replay.network import Refusal
from flowtape.replay.servers import Servers, Switch
from flowtape.replay.shapes import secrets_in
from flowtape.replay.tape import Tape

if TYPE_CHECKING:
    from flowtape.replay.cassettes import TapeCassette

SETTLE_LIMIT = 2.0
"""How long effects that are still missing after the response are waited for, in seconds."""
PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w-]*)\}")


class Wall(Protocol):
    """Something that is in place only while the application runs."""

    def active(self) -> contextlib.AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Run:
    """One replay. `refused` are the connections that were not let through, explained."""

    case: Case
    tape: Tape
    outcome: Outcome
    refused: tuple[str, ...] = ()


class Stage:
    """Everything is started once by `start`, used by `play` for each flow, and ended by `stop`."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._between = Tape(_EMPTY, Session())
        self._switch = Switch(self._between)
        self._servers = Servers(self._switch)
        self._refusal = Refusal()
        self._cleanup = contextlib.ExitStack()
        self._active: list[Wall] = []
        self._clock: clock.FileClock | None = None
        self._application: Application | None = None
        self._failure: BrokenError | None = None

    @functools.cached_property
    def _zone(self) -> tzinfo:
        """The application's time zone: what flowtape.yaml gives it as TZ, else what this process has as TZ, else UTC."""
        return clock.zone_of(self.configuration.service.env.get("TZ") or os.environ.get("TZ"))

    @property
    def in_process(self) -> bool:
        return self.configuration.service.command is None

    def start(self, session: Session) -> None:
        """Raises BrokenError, the same one again where it was raised before: nothing is tried twice."""
        if self._failure is not None:
            raise self._failure
        if self._application is not None:
            return
        try:
            with garbage.kept():
                self._start(session)
        except BrokenError as error:
            self._failure = error
            self.stop()
            raise

    def _start(self, session: Session) -> None:
        self._between = Tape(_EMPTY, session)
        self._switch = Switch(self._between)
        self._servers = Servers(self._switch)
        self._servers.start()
        self._cleanup.callback(self._servers.stop)
        places = {name: self._place(name, each) for name, each in self.configuration.dependencies.items()}
        application = self._in_process(places) if self.in_process else self._command(places)
        self._cleanup.callback(application.stop)
        with self._walls():
            application.start()
        self._application = application

    def _place(self, name: str, dependency: Dependency) -> str:
        """What stands for `{name}`: where the dependency is answered, or its own URL where vcrpy catches it."""
        if dependency.protocol == "http" and self.in_process:
            return dependency.address
        if dependency.protocol == "opaque":
            return dependency.address
        if dependency.protocol == "postgresql":
            importlib.import_module("sqlglot")  # now, not in the first test: it is large, and stays
        address = self._servers.play(name, dependency.protocol)
        self._refusal.allow(address)
        return f"http://{address}" if dependency.protocol == "http" else str(address)

    # -- in process

    def _in_process(self, places: Mapping[str, str]) -> Application:
        from flowtape.replay.cassettes import Catching
        from flowtape.replay.late_roots import LateRoots

        service = self.configuration.service
        folder = (self.configuration.folder / service.path).resolve()
        self._set_environment(self._environment(places, {}))
        self._active = [LateRoots(), Catching(self._cassette()), self._refusal]
        if service.asgi is not None:
            from flowtape.replay.application.asgi import AsgiApplication

            return AsgiApplication(service.asgi, folder, self._servers.sockets)
        if service.wsgi is not None:
            from flowtape.replay.application.wsgi import WsgiApplication

            return WsgiApplication(service.wsgi, folder)
        raise BrokenError("flowtape.yaml does not say how to start the service: give `asgi`, `wsgi` or `command`")

    def _cassette(self) -> TapeCassette:
        """What vcrpy hands the application's HTTP calls to."""
        from flowtape.replay.cassettes import TapeCassette

        http = {name: each for name, each in self.configuration.dependencies.items() if each.protocol == "http"}
        return TapeCassette(self._switch, origins(http), self._refusal.refuse)

    def _set_environment(self, environment: Mapping[str, str]) -> None:
        before = {name: os.environ.get(name) for name in environment}

        def restore() -> None:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

        self._cleanup.callback(restore)
        os.environ.update(environment)

    def _environment(self, places: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
        return self._filled(self.configuration.service.env, {**places, **own})

    @staticmethod
    def _filled(environment: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
        return {
            name: PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), value)
            for name, value in environment.items()
        }

    # -- as a command

    def _command(self, places: Mapping[str, str]) -> Application:
        from flowtape.replay.application.command import CommandApplication

        service = self.configuration.service
        assert service.command is not None
        folder = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="flowtape-")))
        self._clock = clock.FileClock(folder / "clock", self._zone)
        around = {**self._proxy(folder), **self._clock.environment}

        def environment(port: int) -> dict[str, str]:
            return {**around, **self._environment(places, {"port": str(port)})}

        return CommandApplication(
            service.command, (self.configuration.folder / service.path).resolve(), environment, service.ready
        )

    def _proxy(self, folder: Path) -> dict[str, str]:
        """What makes a command's HTTP clients ask for every host here, where what is no dependency is refused by name."""
        from flowtape.replay.certificates import Authority
        from flowtape.replay.protocols.http_forward import serve_forward

        authority = Authority(folder)
        http = {name: each for name, each in self.configuration.dependencies.items() if each.protocol == "http"}
        by_origin = {(host, port): name for (_, host, port), name in origins(http).items()}
        address = self._servers.run(
            "the proxy",
            lambda: serve_forward(
                self._switch,
                lambda host, port: by_origin.get((host, port)),
                authority,
                self._refused_by_proxy,
                sockets=self._servers.sockets,
            ),
        )
        return self._through(address, authority.certificate)

    @staticmethod
    def _through(address: Address, authority: Path) -> dict[str, str]:
        """Variables that make HTTP clients go through the proxy at `address` and trust `authority`."""
        names = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), f"http://{address}")
        trusted = dict.fromkeys(
            ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"), str(authority)
        )
        own = "127.0.0.1,localhost"
        return {**names, **trusted, "NO_PROXY": own, "no_proxy": own}

    def _refused_by_proxy(self, words: str) -> None:
        self._refusal.refused[words] = f"{words}. Declare it under `dependencies:` in flowtape.yaml and capture again"

    # -- playing

    @contextlib.contextmanager
    def _walls(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for each in self._active:
                stack.enter_context(each.active())
            yield

    def play(self, case: Case, session: Session, *, learning: bool = False, clock_offset: int = 0) -> Run:
        """Replay one flow. `clock_offset` moves its clock by so many nanoseconds. Raises BrokenError."""
        self.start(session)
        at = case.captured.at + clock_offset
        tape = Tape(case, session, at=at, learning=learning, secrets=secrets_in(self.configuration.sanitise))
        self._refusal.refused.clear()
        self._switch.to(tape)
        try:
            outcome = self._ask(case.request, at)
            self._settle(tape)
        finally:
            self._switch.to(None)
            if self._clock is not None:
                self._clock.release()
        return Run(case, tape, outcome, tuple(self._refusal.refused.values()))

    def _ask(self, request: HttpRequest, at: int) -> Outcome:
        assert self._application is not None
        with self._walls(), self._at(at):
            return self._application.ask(request)

    def _at(self, at: int) -> contextlib.AbstractContextManager[None]:
        if self._clock is None:
            return clock.frozen(at, self._zone)
        self._clock.set(at)
        return contextlib.nullcontext()

    def _settle(self, tape: Tape) -> None:
        """A command goes on after its response: wait for the effects that are still to come."""
        if self.in_process:
            return
        pause = threading.Event()
        deadline = time.monotonic() + SETTLE_LIMIT
        while not tape.settled() and time.monotonic() < deadline:
            pause.wait(0.005)

    def stop(self) -> None:
        self._cleanup.close()


def origins(dependencies: Mapping[str, Dependency]) -> dict[tuple[str, str, int | None], str]:
    """The names of HTTP dependencies by scheme, host and port."""
    found = {}
    for name, each in dependencies.items():
        parts = urlsplit(each.address if "://" in each.address else f"http://{each.address}")
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        found[parts.scheme, (parts.hostname or "").lower(), port] = name
    return found


_EMPTY = Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200))
