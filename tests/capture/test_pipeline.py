from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import pytest

from flowtape.capture import pipeline as pipelines
from flowtape.capture.correlate.correlator import Correlator
from flowtape.capture.correlate.spans.peers import Peers
from flowtape.capture.correlate.spans.source import Spans
from flowtape.capture.correlate.trace_context import TraceContext
from flowtape.capture.exchange import Address, Connection, Exchange, HttpRequest, OpaqueBytes, RedisCommand
from flowtape.capture.flow import Flow, Outside
from flowtape.capture.pipeline import Pipeline, likeness
from flowtape.capture.recording import Counts, Reader, RecordingWriter
from flowtape.capture.span import Span

Played: TypeAlias = Any
QUIET = 100_000_000


class Clock:
    now = 10**18

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def made(tmp_path: Path, sanitiser: Any, clock: Clock) -> Pipeline:
    writer = RecordingWriter(str(tmp_path), "shop", clock=clock)
    return Pipeline(Correlator("shop", "1", QUIET), sanitiser, writer, run="r", clock=clock)


def test_a_flow_is_sanitised_before_it_is_written(tmp_path: Path, played: Played, marking: Any, clock: Clock) -> None:
    pipeline = made(tmp_path, marking(), clock)
    pipeline.take(played.entry(0, 50))
    pipeline.take(played.sql(10, 20))
    pipeline.take(played.sql(400, 401, "SELECT id FROM jobs"))
    pipeline.advance(played.at(1000))
    pipeline.close(whole=True)
    flow, outside, counts = sorted(Reader(str(tmp_path)), key=lambda record: "FOC".index(type(record).__name__[0]))
    assert isinstance(flow, Flow)
    assert (flow.version, len(flow.calls)) == ("1 sanitised", 1)
    assert isinstance(outside, Outside)
    assert outside.reason == "background sanitised"
    assert isinstance(counts, Counts)
    assert counts.run == "r"
    assert counts.counters["flows.kept"] == counts.counters["recording.flows"] == 1


def test_what_cannot_be_sanitised_is_never_written(tmp_path: Path, played: Played, marking: Any, clock: Clock) -> None:
    pipeline = made(tmp_path, marking(poison="secret"), clock)
    for number, path in enumerate(["/a", "/secret", "/b"]):
        pipeline.take(played.entry(1000 * number, 1000 * number + 50, path))
    pipeline.advance(played.at(9000))
    pipeline.close(whole=True)
    flows = [record for record in Reader(str(tmp_path)) if isinstance(record, Flow)]
    assert len(flows) == 2
    assert pipeline.counters["failed.sanitising"] == 1
    assert all(b"secret" not in segment.read_bytes() for segment in tmp_path.iterdir())


def test_what_cannot_be_correlated_spoils_what_it_overlaps_and_nothing_else(
    tmp_path: Path, played: Played, marking: Any, clock: Clock
) -> None:
    pipeline = made(tmp_path, marking(), clock)
    pipeline.take(played.entry(0, 50))
    pipeline.take(_broken(played))
    pipeline.take(played.entry(1000, 1050))
    pipeline.advance(played.at(9000))
    pipeline.close(whole=True)
    problems = [record.problem for record in Reader(str(tmp_path)) if isinstance(record, Flow)]
    assert problems == ["incomplete: an exchange could not be correlated", ""]
    assert pipeline.counters["failed.correlating"] == 1


def _broken(played: Played) -> Any:
    exchange = played.sql(10, 20)

    class Broken:
        started, ended = exchange.started, exchange.ended

    return Broken()


def test_of_what_is_outside_one_of_each_kind_is_recorded(
    tmp_path: Path, played: Played, marking: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelines, "MAX_OUTSIDE", 3)
    pipeline = made(tmp_path, marking(), clock)
    for number in range(10):
        pipeline.take(played.sql(number * 10, number * 10 + 1, f"SELECT a FROM t WHERE id = {number}"))
        pipeline.take(played.sql(number * 10, number * 10 + 1, "SET x = 1", session=True))
    for number in range(5):
        pipeline.take(played.sql(500 + number, 501 + number, f"SELECT c{number} FROM t"))
    pipeline.advance(played.at(9000))
    pipeline.close(whole=True)
    outside = [record for record in Reader(str(tmp_path)) if isinstance(record, Outside)]
    assert len(outside) == 3
    assert pipeline.counters == {"recording.outside": 3, "outside.repeated": 18, "outside.over_limit": 4}


def test_counts_are_written_every_ten_seconds_and_after_each_rotation(
    tmp_path: Path, played: Played, marking: Any, clock: Clock
) -> None:
    pipeline = made(tmp_path, marking(), clock)
    pipeline.taps = {"played": {"packets.heard": 7}}
    for second in range(21):
        clock.now = 10**18 + second * 10**9
        pipeline.advance(0)
    pipeline.writer.rotate()
    pipeline.advance(0)
    pipeline.close(whole=False)
    counts = [record for record in Reader(str(tmp_path)) if isinstance(record, Counts)]
    assert [(record.at - 10**18) // 10**9 for record in counts] == [10, 20, 20, 20]
    assert counts[-1].counters["played.packets.heard"] == 7


def test_a_dead_recording_is_counted_and_the_rest_goes_on(
    tmp_path: Path, played: Played, marking: Any, clock: Clock
) -> None:
    pipeline = made(tmp_path, marking(), clock)
    pipeline.writer.stopped = "the disk is full"
    pipeline.take(played.entry(0, 50))
    pipeline.advance(played.at(9000))
    pipeline.close(whole=True)
    assert pipeline.totals()["failed.writing"] == 1
    assert pipeline.totals()["flows.kept"] == 1
    assert list(tmp_path.iterdir()) == []


def test_likeness_is_by_what_is_asked_and_not_by_its_values(played: Played) -> None:
    def ask(question: Any) -> tuple[object, ...]:
        connection = Connection("c", Address("h", 1), Address("h", 2), "d")
        return likeness(Exchange(connection, "p", question, None, 0, 0, 0, 0))

    assert (
        ask(HttpRequest("GET", "/a?token=1")) == ask(HttpRequest("GET", "/a?token=2")) != ask(HttpRequest("GET", "/b"))
    )
    assert ask(RedisCommand((b"GET", b"a"))) != ask(RedisCommand((b"GET", b"b")))
    assert ask(OpaqueBytes(1)) == ask(OpaqueBytes(2))
    statements = ["SELECT a FROM t WHERE b = 1", "select a from t  where b = $1", "SELECT b FROM t"]
    likes = [likeness(played.sql(0, 1, text)) for text in statements]
    assert likes[0] == likes[1] != likes[2]
    assert likeness(played.sql(0, 1, "not ' sql (("))


def test_spans_tie_what_the_correlator_is_given(tmp_path: Path, played: Played, marking: Any, clock: Clock) -> None:
    spans = Spans(Peers([]), 1_000_000_000)
    correlator = Correlator("shop", "1", sources=(TraceContext(), spans))
    found = Pipeline(correlator, marking(), RecordingWriter(str(tmp_path), "shop"), spans=spans, clock=clock)
    found.take(played.entry(0, 50))
    assert found.awaits_spans
    attributes: dict[str, str | int] = {"http.method": "GET", "http.target": "/orders"}
    found.take_spans([Span("1" * 32, "1" * 16, "", "server", "a", played.at(1), played.at(49), attributes=attributes)])
    assert not found.awaits_spans
    found.advance(played.at(9000))
    assert (found.totals()["requests.tied"], found.totals()["spans.tied"]) == (1, 1)


def test_spans_that_nobody_asked_for_are_nothing(tmp_path: Path, marking: Any, clock: Clock) -> None:
    found = Pipeline(Correlator("shop", "1"), marking(), RecordingWriter(str(tmp_path), "shop"), clock=clock)
    found.take_spans([Span("1" * 32, "1" * 16, "", "server", "a", 1, 2)])
    assert not found.awaits_spans
