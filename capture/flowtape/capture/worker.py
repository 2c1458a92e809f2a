"""The thread on which a pipeline runs, so that neither a slow disk nor a long text holds up a service's traffic."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, deque
from typing import Final

from flowtape.capture.correlate.weight import weight
from flowtape.capture.exchange import Exchange
from flowtape.capture.pipeline import Pipeline
from flowtape.capture.span import Span

CAPACITY: Final = 128 * 1024 * 1024
MAX_SPANS: Final = 100_000
TOO_SLOW: Final = "the agent was too slow"


class Worker:
    """Hands exchanges to `pipeline` in the order in which they are heard.

    `capacity` is how many bytes of exchanges wait at most. When more come, `live` traffic is left out, and every flow that it
    overlaps is incomplete; a file waits for the pipeline instead. `counters`: "exchanges.heard", "exchanges.too_many" (of them
    left out), "spans.too_many", "failed.pipeline".
    """

    def __init__(self, pipeline: Pipeline, *, live: bool = True, capacity: int = CAPACITY) -> None:
        self.counters: Counter[str] = Counter()
        self.totals: dict[str, int] = {}
        """The pipeline's totals as of its last advance, and this worker's."""
        self.keeps = 0
        """The correlator's, as of then."""
        self.reasons: dict[str, int] = {}
        self.stopped = ""
        """Why nothing is recorded any more, "" while it is."""
        self._pipeline = pipeline
        self._live = live
        self._capacity = capacity
        self._waiting: deque[tuple[Exchange, int]] = deque()
        self._weight = 0
        self._spans: list[Span] = []
        self._gap: tuple[int, int] | None = None
        self._latest = 0
        self._watermark: int | None = None
        self._taps: dict[str, dict[str, int]] = {}
        self._ending: bool | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="flowtape pipeline", daemon=True)

    @property
    def awaits_spans(self) -> bool:
        """Whether spans of requests that were heard are still to come."""
        return self._pipeline.awaits_spans

    def start(self) -> None:
        self._thread.start()

    def hear(self, exchange: Exchange) -> None:
        """Take `exchange` over. Never blocks for live traffic."""
        size = weight(exchange)
        with self._changed:
            self.counters["exchanges.heard"] += 1
            self._latest = max(self._latest, exchange.started, exchange.ended)
            while not self._live and self._weight and self._weight + size > self._capacity and self._thread.is_alive():
                self._changed.wait(0.1)
            if self._live and self._weight and self._weight + size > self._capacity:
                self.counters["exchanges.too_many"] += 1
                started, ended = self._gap or (exchange.started, exchange.ended)
                self._gap = min(started, exchange.started), max(ended, exchange.ended, exchange.started)
            else:
                self._waiting.append((exchange, size))
                self._weight += size
            self._changed.notify_all()

    def hear_spans(self, spans: list[Span]) -> None:
        """Take `spans` over. More than MAX_SPANS that nobody has looked at are left out."""
        with self._changed:
            room = MAX_SPANS - len(self._spans)
            self._spans += spans[:room]
            self.counters["spans.too_many"] += max(0, len(spans) - room)
            self._changed.notify_all()

    def advance(self, watermark: int, taps: dict[str, dict[str, int]]) -> None:
        """All that started before `watermark` was heard; `taps` are the taps' counters now."""
        with self._changed:
            self._watermark, self._taps = watermark, taps
            self._changed.notify_all()

    def close(self, *, whole: bool, seconds: float | None = None) -> bool:
        """Finish the recording; waits for it, up to `seconds`. False if a dead store still holds it up."""
        with self._changed:
            self._ending = whole
            self._changed.notify_all()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        ended = False
        while not ended:
            with self._changed:
                self._changed.wait_for(self._has_work)
                waiting, self._waiting = self._waiting, deque()
                spans, self._spans = self._spans, []
                gap, self._gap = self._gap, None
                watermark, self._watermark = self._watermark, None
                taps, ending = self._taps, self._ending
            try:
                self._pipeline.take_spans(spans)
                self._run(waiting, gap, watermark, taps)
                if ending is not None:
                    self._pipeline.close(whole=ending)
            except Exception:  # the taps go on; what was in hand is not trusted
                self.counters["failed.pipeline"] += 1
                self._pipeline.missed(0, self._latest, "the agent failed")
            ended = ending is not None
            if ended or watermark is not None:
                self._publish()

    def _has_work(self) -> bool:
        return bool(
            self._waiting or self._spans or self._gap or self._watermark is not None or self._ending is not None
        )

    def _run(
        self,
        waiting: deque[tuple[Exchange, int]],
        gap: tuple[int, int] | None,
        watermark: int | None,
        taps: dict[str, dict[str, int]],
    ) -> None:
        if gap is not None:
            self._pipeline.missed(*gap, TOO_SLOW)
        while waiting:
            exchange, size = waiting.popleft()
            self._pipeline.take(exchange)
            with self._changed:
                self._weight -= size
                self._changed.notify_all()
        self._pipeline.taps = {**taps, "agent": dict(self.counters)}
        if watermark is not None:
            self._pipeline.advance(watermark)

    def _publish(self) -> None:
        with contextlib.suppress(Exception):
            self.totals = self._pipeline.totals()
            self.keeps = self._pipeline.correlator.keeps
            self.reasons = dict(self._pipeline.correlator.reasons)
            self.stopped = self._pipeline.writer.stopped
