"""Replay's stage, with live dependencies in the place of answering servers."""

from __future__ import annotations

import functools
import importlib
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flowtape.capture.configuration import Configuration, ConfigurationError, Dependency
from flowtape.capture.exchange import Address, Exchange
from flowtape.capture.taps.upstream import Tls, tls
from flowtape.replay.application.outcome import BrokenError, Outcome
from flowtape.replay.cassettes import TapeCassette
from flowtape.replay.flowfile import Case, Session
from flowtape.replay.live.addresses import Live, server
from flowtape.replay.live.background import Background
from flowtape.replay.live.cassette import LiveCassette
from flowtape.replay.live.proxy import Proxy, proxy
from flowtape.replay.live.relays import Ear, Hearing, Relay, quiet, relay
from flowtape.replay.stage import Stage, origins

QUIET_LIMIT = 10.0
"""How long what goes on after a response is waited for, in seconds."""

PROXY_LIMIT = 60.0
"""How long the proxy may take to start, or to end, in seconds."""

LATER = 5_432_000
"""Nanoseconds after the flow's time: replay's clock is another one, so that what the service reads from it is known to vary."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one flow. `started` and `ended` are times of the exchanges' clock; `refused` are connections not let through."""

    outcome: Outcome
    exchanges: list[Exchange]
    started: int
    ended: int
    refused: tuple[str, ...] = ()


class LiveStage(Stage):
    """The clock stands at the flow's time, as in replay: what is valid for a while only (a token) is valid in both."""

    def __init__(self, configuration: Configuration, live: Live) -> None:
        super().__init__(configuration)
        self._live = live
        self._background = Background()
        self._hearing = Hearing()
        self._ears: list[Ear] = []
        self._relays: dict[str, Relay] = {}

    def _start(self, session: Session) -> None:
        self._background.start()
        self._cleanup.callback(self._background.stop)
        super()._start(session)

    def perform(self, case: Case) -> Played:
        """Play one flow. Raises BrokenError."""
        self.start(Session())
        self._rest()
        self._hearing.take()
        self._refusal.refused.clear()
        insisting = {name: each.encryption_required for name, each in self._relays.items()}
        started = self._hearing.clock()
        try:
            outcome = self._ask(case.request, case.captured.at + LATER)
            self._rest(since=time.monotonic())
            ended = self._hearing.clock()  # what is relayed is heard a moment after the service has it
        finally:
            if self._clock is not None:
                self._clock.release()
        for name, before in insisting.items():
            if self._relays[name].encryption_required > before:
                self._told(
                    f"{name}: the service's client wants TLS, which is declined, as in replay. It must do without"
                )
        return Played(outcome, self._hearing.take(), started, ended, tuple(self._refusal.refused.values()))

    def _rest(self, since: float = 0.0) -> None:
        """Wait for what goes on after a response given at `since`; in process, that was waited for already."""
        seconds = 0.0 if self.in_process else self.configuration.capture.quiet_ms / 1000
        self._background.wait(quiet(self._ears, self._hearing, seconds, QUIET_LIMIT, since), QUIET_LIMIT * 2)

    def _place(self, name: str, dependency: Dependency) -> str:
        text = self._live.of(name, dependency)
        try:
            where = server(text, dependency.protocol)
            self._refusal.allow_host(where)
        except (ConfigurationError, OSError) as error:
            raise BrokenError(f"{name} cannot be reached at {text}: {error}") from None
        if dependency.protocol == "opaque" or (dependency.protocol == "http" and self.in_process):
            return text
        if dependency.protocol == "http":
            return f"http://{self._live_proxy.places[name]}"
        if dependency.protocol == "postgresql":
            importlib.import_module("sqlglot")
        address = self._background.run(name, lambda: self._relay(name, where, dependency.protocol, tls(text)))
        self._refusal.allow(address)
        return str(address)

    async def _relay(self, name: str, where: Address, protocol: str, wanted: Tls | None) -> Relay:
        made = await relay(name, where, protocol, self._hearing, wanted)
        self._ears.append(made)
        self._relays[name] = made
        return made

    @functools.cached_property
    def _http(self) -> dict[str, str]:
        """The URLs of the HTTP dependencies."""
        dependencies = self.configuration.dependencies.items()
        return {name: self._live.of(name, each) for name, each in dependencies if each.protocol == "http"}

    def _cassette(self) -> TapeCassette:
        live = {name: Dependency(protocol="http", address=url) for name, url in self._http.items()}
        return LiveCassette(self._switch, origins(live), self._refusal.refuse, self._hearing)

    @functools.cached_property
    def _live_proxy(self) -> Proxy:
        folder = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="flowtape-proxy-")))
        made = self._background.wait(
            proxy(self._live.agent, self._http, folder, self._hearing, self._told), PROXY_LIMIT
        )
        self._cleanup.callback(lambda: self._background.wait(made.close(), PROXY_LIMIT))
        self._ears.append(made)
        return made

    def _told(self, words: str) -> None:
        self._refusal.refused[words] = words

    def _proxy(self, folder: Path) -> dict[str, str]:
        """Without HTTP dependencies replay's own proxy does, which refuses every host."""
        if not self._http:
            return super()._proxy(folder)
        return self._through(self._live_proxy.address, self._live_proxy.certificate)

    def _environment(self, places: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
        return self._filled({**self.configuration.service.env, **self._live.environment}, {**places, **own})
