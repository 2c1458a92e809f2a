"""A folder's packets as the agent hears them: exchanges, in the order in which they were whole, and how far the tap had heard.

Read by flowtape's own `packets` tap; the watermark is asked for as often as the agent asks. The same folder gives the same again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from benchmarks.correlation.capture import EXPORT_SECONDS, Captured, Export, exports

from flowtape.capture.configuration import Configuration
from flowtape.capture.exchange import Exchange
from flowtape.capture.protocols.codecs import CODECS
from flowtape.capture.routes import Routes
from flowtape.capture.taps.packets.pcap import CaptureFile
from flowtape.capture.taps.packets.tap import PacketsTap

TICK_NS: Final = 50_000_000
EXPORT_NS: Final = int(EXPORT_SECONDS * 1e9)


@dataclass(frozen=True, slots=True)
class Watermark:
    at: int


Event: TypeAlias = Exchange | Watermark | Export


@dataclass(frozen=True, slots=True)
class Heard:
    """All that came of a folder, in its order."""

    captured: Captured
    configuration: Configuration
    events: list[Event]

    @property
    def exchanges(self) -> list[Exchange]:
        return [event for event in self.events if isinstance(event, Exchange)]

    def between(self, started: int, ended: int) -> Iterator[Event]:
        """What was said in this time, and the spans that came of it."""
        for event in self.events:
            at = event.started if isinstance(event, Exchange) else event.at
            if started <= at < ended + (EXPORT_NS if isinstance(event, Export) else 0):
                yield event


def hear(folder: Path) -> Heard:
    """Raises ValueError where the capture itself is not whole: then nothing can be measured with it."""
    captured = msgspec.json.decode((folder / "loads.json").read_bytes(), type=Captured)
    configuration = _configuration(captured)
    return Heard(captured, configuration, list(_events(folder, configuration)))


def _configuration(captured: Captured) -> Configuration:
    protocols = {"db": "postgresql", "cache": "redis"}
    dependencies = {
        name: {"protocol": protocols.get(name, "http"), "address": address}
        for name, address in captured.dependencies.items()
    }
    service = {"name": captured.service, "listen": captured.listen}
    return msgspec.convert({"service": service, "dependencies": dependencies}, Configuration)


def _events(folder: Path, configuration: Configuration) -> Iterator[Event]:
    file = CaptureFile(folder / "packets.pcap")
    tap = PacketsTap(Routes(configuration), file, CODECS)
    heard: list[Exchange] = []
    tap._hear = heard.append  # noqa: SLF001 - `run` would bring all the packets before the watermark could be asked for
    posted = iter(exports(folder / "spans"))
    export = next(posted, None)
    tick = 0
    for link, at, data, length in file:
        while export is not None and export.at <= at:
            yield export
            export = next(posted, None)
        tap.packet(link, at, data, length)
        yield from heard
        heard.clear()
        if at >= tick:
            tick = at + TICK_NS
            yield Watermark(tap.watermark())
    tap.close()
    yield from heard
    while export is not None:
        yield export
        export = next(posted, None)
    _check(tap.counters, file.problems)


def _check(counters: Counter[str], problems: list[str]) -> None:
    lost = counters["packets.kernel_dropped"] + counters["bytes.missing"] + counters["streams.errors"]
    if lost or problems:
        raise ValueError(f"the capture is not whole: {problems or dict(counters)}")
