from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.flow import Flow
from flowtape.capture.pipeline import Pipeline
from flowtape.capture.recording import Reader, RecordingWriter
from flowtape.capture.span import Span
from flowtape.capture.worker import TOO_SLOW, Worker

Played: TypeAlias = Any
QUIET = 100_000_000


class Held:
    """A sanitiser that waits for the test: a slow disk, a long text."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.entered = threading.Event()

    def flow(self, flow: Flow) -> Flow:
        self.entered.set()
        assert self.go.wait(20)
        return flow

    outside: Callable[..., Any]


@pytest.fixture
def held() -> Held:
    return Held()


def made(tmp_path: Path, sanitiser: Any) -> Pipeline:
    return Pipeline(Correlator("shop", "1", QUIET), sanitiser, RecordingWriter(str(tmp_path), "shop"))


def flows(tmp_path: Path) -> list[str]:
    return [record.problem for record in Reader(str(tmp_path)) if isinstance(record, Flow)]


def test_what_is_heard_is_recorded_by_the_time_it_is_closed(tmp_path: Path, played: Played, marking: Any) -> None:
    worker = Worker(made(tmp_path, marking()))
    worker.start()
    worker.hear(played.entry(0, 50))
    worker.hear(played.sql(10, 20))
    worker.advance(played.at(9000), {"tap": {"packets": 3}})
    assert worker.close(whole=True, seconds=20)
    assert flows(tmp_path) == [""]
    assert worker.totals["flows.kept"] == 1
    assert worker.totals["tap.packets"] == 3
    assert worker.totals["agent.exchanges.heard"] == 2


def test_live_traffic_never_waits_and_what_is_left_out_spoils_its_flows(
    tmp_path: Path, played: Played, held: Held
) -> None:
    worker = Worker(made(tmp_path, held), capacity=5000)
    worker.start()
    worker.hear(played.entry(0, 50))
    worker.advance(played.at(1000), {})
    assert held.entered.wait(20)
    worker.hear(played.entry(2000, 2050))
    for number in range(50):
        worker.hear(played.sql(2010 + number / 10, 2020))
    assert worker.counters["exchanges.too_many"] > 40
    held.go.set()
    while worker._weight:
        threading.Event().wait(0.001)
    worker.hear(played.entry(5000, 5050))
    worker.advance(played.at(9000), {})
    assert worker.close(whole=True, seconds=20)
    assert flows(tmp_path) == ["", f"incomplete: {TOO_SLOW}", ""]


def test_a_file_is_read_no_faster_than_it_is_recorded(tmp_path: Path, played: Played, held: Held) -> None:
    worker = Worker(made(tmp_path, held), live=False, capacity=5000)
    worker.start()
    worker.hear(played.entry(0, 50))
    worker.advance(played.at(1000), {})
    assert held.entered.wait(20)
    done = threading.Event()

    def read() -> None:
        for number in range(2, 50):
            worker.hear(played.entry(number * 1000, number * 1000 + 50))
        done.set()

    reader = threading.Thread(target=read)
    reader.start()
    held.go.set()
    assert done.wait(20)
    reader.join()
    assert worker.close(whole=True, seconds=20)
    assert worker.counters["exchanges.too_many"] == 0
    assert flows(tmp_path) == [""] * 49


def test_a_failure_within_spoils_what_was_in_hand_and_the_rest_goes_on(
    tmp_path: Path, played: Played, marking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = made(tmp_path, marking())
    advance = pipeline.advance
    failures = iter([RuntimeError("a defect")])

    def failing(watermark: int) -> None:
        for failure in failures:
            raise failure
        advance(watermark)

    monkeypatch.setattr(pipeline, "advance", failing)
    worker = Worker(pipeline)
    worker.start()
    worker.hear(played.entry(0, 50))
    worker.advance(played.at(20), {})
    while not worker.counters["failed.pipeline"]:
        threading.Event().wait(0.001)
    worker.hear(played.entry(2000, 2050))
    worker.advance(played.at(9000), {})
    assert worker.close(whole=True, seconds=20)
    assert flows(tmp_path) == ["incomplete: the agent failed", ""]


def test_a_store_that_hangs_does_not_hold_up_the_end(tmp_path: Path, played: Played, held: Held) -> None:
    worker = Worker(made(tmp_path, held))
    worker.start()
    worker.hear(played.entry(0, 50))
    worker.advance(played.at(1000), {})
    assert held.entered.wait(20)
    assert not worker.close(whole=True, seconds=0)
    held.go.set()
    assert worker.close(whole=True, seconds=20)


def test_spans_are_handed_on_and_too_many_are_left_out_and_counted(
    tmp_path: Path, marking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    span = Span("1" * 32, "1" * 16, "", "client", "GET", 1, 2)
    pipeline = made(tmp_path, marking())
    taken: list[Span] = []
    monkeypatch.setattr(pipeline, "take_spans", taken.extend)
    worker = Worker(pipeline)
    monkeypatch.setattr("flowtape.capture.worker.MAX_SPANS", 3)
    worker.hear_spans([span, span])
    worker.hear_spans([span, span])
    worker.start()
    assert worker.close(whole=True, seconds=20)
    assert len(taken) == 3
    assert worker.counters["spans.too_many"] == 1
    assert not worker.awaits_spans
