from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import msgspec
import pytest

from flowtape.capture.agent import Agent, Progress, recording_url
from flowtape.capture.configuration import Capture, Configuration, ConfigurationError, Spans
from flowtape.capture.exchange import HttpRequest
from flowtape.capture.flow import Flow
from flowtape.capture.recording import Counts, Reader
from flowtape.capture.span import Span
from flowtape.capture.worker import Worker

Played: TypeAlias = Any
LIMIT = 30


def run(agent: Agent, **settings: Any) -> Progress:
    return asyncio.run(asyncio.wait_for(agent.run(**settings), LIMIT))


def read(configuration: Configuration) -> list[Flow]:
    return [record for record in Reader(recording_url(configuration)) if isinstance(record, Flow)]


def test_a_tap_that_ends_is_recorded_to_its_end(configuration: Configuration, played: Played, marking: Any) -> None:
    taps = [played.tap([played.entry(0, 50), played.sql(10, 20)])]
    progress = run(Agent(configuration, marking(), taps, live=False))
    (flow,) = read(configuration)
    assert (flow.problem, flow.version, len(flow.calls)) == ("", "1 sanitised", 1)
    assert progress.count("flows.kept") == progress.count("recording.flows") == 1
    assert progress.count("played.played") == 2
    assert not progress.stopped


def test_the_last_counts_of_a_recording_are_the_run_s_totals(
    configuration: Configuration, played: Played, marking: Any
) -> None:
    progress = run(Agent(configuration, marking(), [played.tap([played.entry(0, 50)])], live=False))
    counts = [record for record in Reader(recording_url(configuration)) if isinstance(record, Counts)]
    for name in ("flows.kept", "recording.flows", "agent.exchanges.heard", "played.played"):
        assert counts[-1].counters[name] == progress.count(name) == 1


def test_two_taps_are_one_traffic(configuration: Configuration, played: Played, marking: Any) -> None:
    """A call is decided when both have heard so far, whichever is ahead."""
    calls = [played.sql(10, 20), played.sql(30, 40)]
    taps = [played.tap(calls, name="calls"), played.tap([played.entry(0, 50)], name="entries")]
    run(Agent(configuration, marking(), taps, live=False))
    (flow,) = read(configuration)
    assert len(flow.calls) == 2


def test_stop_ends_it_with_a_recording_that_can_be_read(
    configuration: Configuration, played: Played, marking: Any
) -> None:
    tap = played.tap([played.entry(0, 50), played.sql(10, 20)], stays=True)
    agent = Agent(configuration, marking(), [tap])

    async def stopped() -> Progress:
        running = asyncio.create_task(agent.run())
        await tap.heard_all.wait()
        agent.stop()
        return await running

    progress = asyncio.run(asyncio.wait_for(stopped(), LIMIT))
    assert tap.cancelled
    (flow,) = read(configuration)
    assert not flow.problem
    assert progress.count("flows.kept") == 1


@pytest.mark.parametrize("settings", [{"seconds": 0.0}, {"flows": 1}])
def test_it_ends_by_itself_in_time_or_with_flows_enough(
    configuration: Configuration, played: Played, marking: Any, settings: Any
) -> None:
    tap = played.tap([played.entry(0, 50), played.sql(10, 20)], stays=True)
    progress = run(Agent(configuration, marking(), [tap]), **settings)
    assert progress.count("flows.kept") == 1
    assert tap.cancelled


def test_a_tap_that_fails_ends_it_and_what_was_heard_is_kept(
    configuration: Configuration, played: Played, marking: Any
) -> None:
    other = played.tap([played.entry(0, 50)], name="other", stays=True)
    failing = played.tap([], error=OSError("the address is taken"))
    with pytest.raises(OSError, match="the address is taken"):
        run(Agent(configuration, marking(), [other, failing]))
    assert other.cancelled
    assert len(read(configuration)) == 1


def test_a_sanitiser_that_fails_never_stops_a_tap(configuration: Configuration, played: Played, marking: Any) -> None:
    entries = [
        played.entry(number * 1000, number * 1000 + 50, "/poison" if number % 2 else "/a") for number in range(10)
    ]
    progress = run(Agent(configuration, marking("poison"), [played.tap(entries)], live=False))
    assert (progress.count("recording.flows"), progress.count("failed.sanitising")) == (5, 5)


def test_a_recording_that_cannot_be_written_is_told_before_anything_is_heard(
    configuration: Configuration, marking: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    broken = msgspec.structs.replace(configuration, capture=Capture(recording="file"))
    with pytest.raises(ConfigurationError, match=r"capture\.recording: .*file"):
        Agent(broken, marking(), [])


def test_a_relative_recording_lies_beside_the_configuration(configuration: Configuration, tmp_path: Path) -> None:
    assert recording_url(configuration) == str(tmp_path / "recording")
    stored = msgspec.structs.replace(configuration, capture=Capture(recording="memory://r"))
    assert recording_url(stored) == "memory://r"


def test_a_pcap_cut_short_by_the_user_is_not_trusted_at_its_end(
    configuration: Configuration, played: Played, marking: Any
) -> None:
    tap = played.tap([played.entry(0, 50)], stays=True)
    tap.watermark = lambda: played.at(60)
    agent = Agent(configuration, marking(), [tap], live=False)
    agent.stop()
    run(agent)
    (flow,) = read(configuration)
    assert "the capture ended" in flow.problem


class Receiving:
    """In the place of the receiver: hands on `spans`, once they are `wanted`, or fails."""

    spans: ClassVar[list[Span]] = []
    error: ClassVar[Exception | None] = None
    wanted: ClassVar[asyncio.Event | None] = None

    def __init__(self, wanted: Spans) -> None:
        self.listening = asyncio.Event()
        self.counters: Counter[str] = Counter({"spans.taken": len(self.spans)})

    async def run(self, hear: Callable[[list[Span]], None]) -> None:
        self.listening.set()
        if self.error is not None:
            raise self.error
        if self.wanted is not None:
            await self.wanted.wait()
        hear(self.spans)
        await asyncio.Event().wait()


@pytest.fixture
def receiving(monkeypatch: pytest.MonkeyPatch) -> type[Receiving]:
    monkeypatch.setattr("flowtape.capture.agent.Receiver", Receiving)
    monkeypatch.setattr(Receiving, "error", None)
    return Receiving


def with_spans(configuration: Configuration) -> Configuration:
    return msgspec.structs.replace(configuration, capture=Capture(recording="recording", spans=Spans(wait_ms=60_000)))


def test_spans_decide_between_two_requests_and_the_end_waits_for_them_no_longer_than_it_must(
    configuration: Configuration,
    played: Played,
    marking: Any,
    receiving: type[Receiving],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries = [played.entry(0, 50, "/a"), played.entry(1, 51, "/b")]
    query: dict[str, str | int] = {"db.system": "postgresql", "db.statement": "SELECT 1"}

    def span(number: int, start: int, end: int, attributes: Any, parent: str = "", kind: Any = "server") -> Span:
        identity = f"{number:016x}"
        return Span("1" * 32, identity, parent, kind, "", played.at(start), played.at(end), attributes=attributes)

    spans = [
        span(1, 2, 49, {"http.method": "GET", "http.target": "/a"}),
        span(2, 2, 50, {"http.method": "GET", "http.target": "/b"}),
        span(3, 9, 21, query, parent=f"{2:016x}", kind="client"),
    ]
    monkeypatch.setattr(receiving, "spans", spans)
    # They come once the end waits for them, and not before.
    wanted = asyncio.Event()
    waits = vars(Worker)["awaits_spans"].fget

    def awaits(worker: Worker) -> bool:
        wanted.set()
        return bool(waits(worker))

    monkeypatch.setattr(receiving, "wanted", wanted)
    monkeypatch.setattr(Worker, "awaits_spans", property(awaits))
    tap = played.tap([*entries, played.sql(10, 20)], stays=True)
    progress = run(Agent(with_spans(configuration), marking(), [tap]), seconds=0)
    flows = {
        flow.entry.question.target: flow for flow in read(configuration) if isinstance(flow.entry.question, HttpRequest)
    }
    assert (len(flows["/a"].calls), len(flows["/b"].calls)) == (0, 1)
    assert flows["/b"].calls[0].evidence[0].kind == "span"
    assert progress.count("otlp.spans.taken") == progress.count("spans.tied") == 3


def test_a_receiver_that_cannot_listen_ends_it_and_what_was_heard_is_kept(
    configuration: Configuration,
    played: Played,
    marking: Any,
    receiving: type[Receiving],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiving, "error", OSError("the address is taken"))
    tap = played.tap([played.entry(0, 50)], stays=True)
    with pytest.raises(OSError, match="the address is taken"):
        run(Agent(with_spans(configuration), marking(), [tap]))
    assert len(read(configuration)) == 1


def test_a_file_has_no_spans(
    configuration: Configuration,
    played: Played,
    marking: Any,
    receiving: type[Receiving],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiving, "error", OSError("it was asked to listen"))
    progress = run(Agent(with_spans(configuration), marking(), [played.tap([played.entry(0, 50)])], live=False))
    assert progress.count("flows.kept") == 1
