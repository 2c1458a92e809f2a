"""The agent: taps, the correlator, the sanitiser and the recording, wired together.

    taps ──exchanges──▶ worker's thread: correlator ──flows──▶ sanitiser ──▶ recording

The taps run on the event loop, all else on a thread of its own. The agent decides nothing itself: it tells the correlator how far
every tap has heard, and ends when it is told to, when the taps end, or when a tap fails.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flowtape.capture.configuration import Configuration, ConfigurationError
from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.correlate.marks import MarkSource
from flowtape.capture.correlate.spans.peers import peers
from flowtape.capture.correlate.spans.source import Spans
from flowtape.capture.correlate.trace_context import TraceContext
from flowtape.capture.otlp.receiver import Receiver
from flowtape.capture.pipeline import Pipeline, Sanitising
from flowtape.capture.recording import RecordingWriter
from flowtape.capture.tapping import inline_names
from flowtape.capture.taps import Tap
from flowtape.capture.worker import Worker

TICK_SECONDS: Final = 0.05
DRAIN_SECONDS: Final = 2.0
STORE_SECONDS: Final = 60.0
"""How long a store may take for the last segment before the agent ends without it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the agent is. `stopped` says why nothing is recorded any more, `problems` what of the source was not readable."""

    counters: dict[str, int]
    reasons: dict[str, int]
    stopped: str = ""
    problems: tuple[str, ...] = ()

    def count(self, name: str) -> int:
        return self.counters.get(name, 0)


class Agent:
    """One run of a capture. `live` is False where the taps read files: then nothing is left out for being too much at once.

    Raises ConfigurationError if the recording cannot be written to.
    """

    def __init__(
        self, configuration: Configuration, sanitiser: Sanitising, taps: Sequence[Tap], *, live: bool = True
    ) -> None:
        capture, service = configuration.capture, configuration.service
        self._taps = taps
        self._live = live
        self._quiet_ns = capture.quiet_ms * 1_000_000
        writer = RecordingWriter(
            recording_url(configuration),
            service.name,
            rotate_bytes=capture.rotate_bytes,
            rotate_seconds=capture.rotate_seconds,
        )
        if writer.stopped:
            raise ConfigurationError(f"capture.recording: {writer.stopped}")
        self._receiver, spans = _spans(configuration) if live else (None, None)
        self._spans_ns = 0 if spans is None else spans.patience_ns
        sources: list[MarkSource] = [TraceContext(capture.request_ids), *([] if spans is None else [spans])]
        correlator = Correlator(
            service.name, service.version, self._quiet_ns, sources=sources, threshold=capture.threshold
        )
        pipeline = Pipeline(correlator, sanitiser, writer, run=secrets.token_hex(8), spans=spans)
        self._worker = Worker(pipeline, live=live)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End soon, with a recording that can be read."""
        self._stopping.set()

    def progress(self) -> Progress:
        worker = self._worker
        problems = [text for tap in self._taps for text in getattr(tap, "problems", ())]
        counters = {**worker.totals, **{f"agent.{name}": number for name, number in dict(worker.counters).items()}}
        return Progress(counters, worker.reasons, worker.stopped, tuple(problems))

    async def listening(self) -> None:
        """Returns once every tap that has to open something has opened it, and the receiver of spans its sockets."""
        for source in (*self._taps, self._receiver):
            opened = getattr(source, "listening", None)
            if isinstance(opened, asyncio.Event):
                await opened.wait()

    async def run(self, *, seconds: float | None = None, flows: int | None = None) -> Progress:
        """Hear until stopped, for `seconds`, or until so many `flows` are kept. Raises what a tap raised, after the recording
        was finished.
        """
        self._worker.start()
        running = {asyncio.create_task(tap.run(self._worker.hear), name=tap.name): tap for tap in self._taps}
        receiving = [asyncio.create_task(self._receiver.run(self._worker.hear_spans))] if self._receiver else []
        whole = False
        try:
            whole = await self._attend(
                running, receiving, None if seconds is None else time.monotonic() + seconds, flows
            )
        finally:
            for task in (*running, *receiving):
                task.cancel()
            ended = await asyncio.gather(*running, *receiving, return_exceptions=True)
            await self._finish(whole=whole and not any(isinstance(error, Exception) for error in ended))
        failures = [error for error in ended if isinstance(error, Exception)]
        if failures:
            raise failures[0]
        return self.progress()

    async def _attend(
        self,
        running: dict[asyncio.Task[None], Tap],
        receiving: list[asyncio.Task[None]],
        until: float | None,
        flows: int | None,
    ) -> bool:
        """Move the watermark on until it is time to end. True if there is nothing more to hear."""
        draining: float | None = None
        spans_due = 0.0
        while True:
            await asyncio.wait((*running, *receiving), timeout=TICK_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
            self._tell(running)
            if all(task.done() for task in running):
                return True
            if any(_failed(task) for task in (*running, *receiving)):
                return False
            enough = flows is not None and self._worker.keeps >= flows
            if draining is None and (self._stopping.is_set() or enough or (until and time.monotonic() >= until)):
                # What was answered just now may still be worked for: hear its quiet time out.
                draining = min(DRAIN_SECONDS, self._quiet_ns / 1e9 + 4 * TICK_SECONDS) + time.monotonic()
                spans_due = time.monotonic() + self._spans_ns / 1e9
                if not self._live or enough:
                    return False
            if draining is not None and time.monotonic() >= draining:
                if self._worker.awaits_spans and time.monotonic() < spans_due:
                    continue
                return False

    def _tell(self, running: dict[asyncio.Task[None], Tap]) -> None:
        watermark = min((tap.watermark() for task, tap in running.items() if not task.done()), default=None)
        counters = self._counters()
        if watermark is not None:
            self._worker.advance(watermark, counters)

    def _counters(self) -> dict[str, dict[str, int]]:
        found = {tap.name: dict(tap.counters) for tap in self._taps}
        return found if self._receiver is None else {**found, "otlp": dict(self._receiver.counters)}

    async def _finish(self, *, whole: bool) -> None:
        self._worker.advance(0, self._counters())
        if not await asyncio.to_thread(self._worker.close, whole=whole, seconds=STORE_SECONDS):
            self._worker.stopped = f"the last segment could not be stored within {STORE_SECONDS:g} s"


def _spans(configuration: Configuration) -> tuple[Receiver | None, Spans | None]:
    """The receiver of spans and what ties them, where flowtape.yaml asks for them. Raises ConfigurationError."""
    wanted = configuration.capture.spans
    if wanted is None:
        return None, None
    receiver = Receiver(wanted)
    return receiver, Spans(peers(configuration, inline_names(configuration)), wanted.wait_ms * 1_000_000)


def recording_url(configuration: Configuration) -> str:
    """`capture.recording`, from the folder of flowtape.yaml where it is a relative path."""
    url = configuration.capture.recording
    return url if "://" in url or "::" in url else str(configuration.folder / url)


def _failed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None
