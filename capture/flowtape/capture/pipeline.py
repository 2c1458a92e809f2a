"""From exchanges to the recording, on one thread: correlate, sanitise, write. No failure of it reaches a tap."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

from flowtape.capture.correlate.correlator import Correlator, Decided
from flowtape.capture.correlate.spans.source import Spans
from flowtape.capture.exchange import Exchange, HttpRequest, OpaqueBytes, RedisCommand, SqlStatement
from flowtape.capture.flow import Flow, Outside
from flowtape.capture.recording import Counts, RecordingWriter
from flowtape.capture.span import Span

T = TypeVar("T", Flow, Outside)
MAX_OUTSIDE: Final = 1000
"""So many distinct exchanges of no flow are recorded: what a service reads at its start, and replay must answer."""
COUNTS_EVERY_NS: Final = 10_000_000_000


class Sanitising(Protocol):
    """What hides what is personal, in memory: flowtape.capture.sanitise.sanitiser.Sanitiser."""

    def flow(self, flow: Flow) -> Flow: ...
    def outside(self, outside: Outside) -> Outside: ...


class Pipeline:
    """Takes exchanges and writes what was made of them. Not thread-safe.

    A flow ends, beside the correlator's counters, in one of recording.flows, failed.sanitising and failed.writing; what is
    outside of every flow in recording.outside, outside.repeated (the like of it is recorded) or outside.over_limit, or one of the
    failures.
    """

    def __init__(
        self,
        correlator: Correlator,
        sanitiser: Sanitising,
        writer: RecordingWriter,
        *,
        run: str = "",
        spans: Spans | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.correlator = correlator
        self.writer = writer
        self.counters: Counter[str] = Counter()
        self.taps: dict[str, dict[str, int]] = {}
        """The taps' own counters, by name, as they were told last."""
        self._sanitiser = sanitiser
        self._run = run
        self._spans = spans
        self._clock = clock
        self._outside: set[tuple[object, ...]] = set()
        self._counted = clock()
        self._rotated = 0

    def take(self, exchange: Exchange) -> None:
        try:
            if self._spans is not None:
                self._spans.hear(exchange)
            self.correlator.take(exchange)
        except Exception:  # whatever was heard, the next is
            self.counters["failed.correlating"] += 1
            self.missed(exchange.started, exchange.ended, "an exchange could not be correlated")

    @property
    def awaits_spans(self) -> bool:
        return self._spans is not None and self._spans.behind > 0

    def take_spans(self, spans: Iterable[Span]) -> None:
        """What the service says of its own work; nothing where nobody asks for it."""
        if self._spans is not None:
            self._spans.take(spans)

    def missed(self, started: int, ended: int, reason: str) -> None:
        self.correlator.missed(started, ended, reason)

    def advance(self, watermark: int) -> None:
        self._keep(self.correlator.advance(watermark))
        if self._spans is not None:
            self._spans.advance(watermark)
        self.writer.rotate(only_if_due=True)
        now = self._clock()
        if self._counted + COUNTS_EVERY_NS <= now or self._rotated != self.writer.rotated:
            self._rotated = self.writer.rotated
            self._count(now)

    def close(self, *, whole: bool) -> None:
        """Decide the rest, and finish the recording."""
        self._keep(self.correlator.close(whole=whole))
        self._count(self._clock())
        self.writer.close()

    def totals(self) -> dict[str, int]:
        """Every counter there is, by a name that says whose it is."""
        found = Counter(self.correlator.counters) + self.counters
        found.update({f"would_keep.{change}": number for change, number in self.correlator.would_keep.items()})
        if self._spans is not None:
            found.update(self._spans.counters)
        found.update({f"records.{name}": number for name, number in self.writer.counters.items() if number})
        for tap, counters in self.taps.items():
            found.update({name if name.startswith(f"{tap}.") else f"{tap}.{name}": n for name, n in counters.items()})
        return dict(sorted(found.items()))

    def _count(self, now: int) -> None:
        self._counted = now
        self.writer.write(Counts(now, self._run, self.totals(), dict(self.correlator.reasons)))

    def _keep(self, decided: Iterable[Decided]) -> None:
        for found in decided:
            if isinstance(found, Flow):
                self._write(found, self._sanitiser.flow, "recording.flows")
            elif self._is_new(found):
                self._write(found, self._sanitiser.outside, "recording.outside")

    def _is_new(self, outside: Outside) -> bool:
        """Of what belongs to no flow, one of each kind is enough."""
        kind = (outside.reason, likeness(outside.exchange))
        if kind in self._outside:
            self.counters["outside.repeated"] += 1
            return False
        if len(self._outside) >= MAX_OUTSIDE:
            self.counters["outside.over_limit"] += 1
            return False
        self._outside.add(kind)
        return True

    def _write(self, record: T, sanitise: Callable[[T], T], counter: str) -> None:
        try:
            clean = sanitise(record)
        except Exception:  # what cannot be sanitised is not written, whatever the reason
            self.counters["failed.sanitising"] += 1
            return
        if isinstance(clean, Flow) and isinstance(record, Flow) and clean.problem and not record.problem:
            self.correlator.spoilt(len(clean.calls), clean.problem)  # recorded, with its problem
        self.counters[counter if self.writer.write(clean) else "failed.writing"] += 1


def likeness(exchange: Exchange) -> tuple[object, ...]:
    """Equal for exchanges that ask the same kind of thing of the same dependency; a hash where a text could be long."""
    return (exchange.connection.dependency, exchange.protocol, exchange.answer is None, _asked(exchange))


def _asked(exchange: Exchange) -> object:
    match exchange.question:
        case SqlStatement(text=text):
            from flowtape.capture.sql import read

            try:
                return read(text).fingerprint
            except ValueError:
                return hash(text)
        case HttpRequest(method=method, target=target):
            return hash((method, urlsplit(target).path))
        case RedisCommand(arguments=arguments):
            return hash(arguments)
        case OpaqueBytes():
            return ""
