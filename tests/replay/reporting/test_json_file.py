from __future__ import annotations

import json
from collections.abc import Callable

from flowtape.replay.reporting import json_file
from flowtape.replay.reporting.entry import Entry


def test_every_flow_is_there_as_it_was_told(entry: Callable[..., Entry], hostile: str) -> None:
    entries = [entry(), entry("drift", lines=[hostile, "\ud800"], effects=["missing"])]
    text = json_file.written(entries)
    assert text.isascii()
    assert json.loads(text) == {
        "flowtape": 1,
        "verdicts": {"regression": 0, "drift": 1, "broken": 0, "accepted": 0, "passed": 1},
        "flows": entries,
    }
