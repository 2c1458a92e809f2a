from __future__ import annotations

from typing import Any

from flowtape.capture.correlate.open_flow import MAX_NOTES, OpenFlow, Windows, candidates, flow_id


def opened(traffic: Any, start: float, end: float, name: str = "f") -> OpenFlow:
    return OpenFlow(name, traffic.entry(start, end), traffic.at(end + 10), 1)


def test_a_window_holds_both_its_ends(traffic: Any) -> None:
    windows = Windows()
    flow = opened(traffic, 10, 20)
    windows.add(flow)
    found = [bool(windows.overlapping(traffic.at(ms), traffic.at(ms))) for ms in (9.999, 10, 30, 30.001)]
    assert found == [False, True, True, False]
    assert windows.take_past(traffic.at(30)) == []
    assert windows.take_past(traffic.at(30) + 1) == [flow]
    assert list(windows) == []


def test_windows_that_overlap_a_stretch_are_found_in_order(traffic: Any) -> None:
    windows = Windows()
    flows = [opened(traffic, start, start + 5) for start in (0, 30, 10, 20)]
    for flow in flows:
        windows.add(flow)
    assert windows.overlapping(traffic.at(16), traffic.at(20)) == [flows[2], flows[3]]


def test_a_problem_stays_short_however_much_there_is(traffic: Any) -> None:
    flow = opened(traffic, 0, 5)
    whose = candidates(tuple(opened(traffic, 0, 5, f"f{number}") for number in range(900)))
    for _ in range(500):
        flow.doubt(traffic.redis(1, 2, b"GET"), whose)
        flow.miss("a reason")
    assert len(flow.problem) < 1000
    assert flow.problem.endswith(f"and {500 - MAX_NOTES} more")
    assert "cache GET at +1.0 ms may belong to any of 900 flows: f0" in flow.problem


def test_an_id_is_the_same_each_time_and_no_other_s(traffic: Any) -> None:
    entry = traffic.entry(0, 1)
    assert flow_id(entry, 1) == flow_id(entry, 1) != flow_id(entry, 2)
    assert flow_id(entry, 1).isalnum()
