from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest

from flowtape.capture.agent import Agent, Progress, recording_url
from flowtape.capture.configuration import Capture, Configuration, ConfigurationError
from flowtape.capture.flow import Flow
from flowtape.capture.recording import Counts, Reader

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
    tap = played.tap([played.entry(0, 50)], stays=True)
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
