from __future__ import annotations

from typing import Any

from flowtape.capture.correlate.alone import candidates
from flowtape.capture.correlate.open_flow import OpenFlow, Windows


def test_each_request_that_was_there_when_the_call_started_may_have_made_it(traffic: Any) -> None:
    windows = Windows()
    flows = [OpenFlow(f"{at}", traffic.entry(at, at + 10), traffic.at(at + 20), 1) for at in (0, 15, 90)]
    for flow in flows:
        windows.add(flow)
    found = {ms: [flow.id for flow in candidates(traffic.sql(ms, 100), windows)] for ms in (5, 17, 50, 95)}
    assert found == {5: ["0"], 17: ["0", "15"], 50: [], 95: ["90"]}
