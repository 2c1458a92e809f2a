from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowtape.replay.reporting.entry import Entry, Kind, file_of

HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e\r</summary><img src=x onerror=y> ```` @all [a](http://b) | `x`"
"""A terminal's title, a cleared screen, text turned round, HTML, the end of a fence, a mention, a link, a table's cell, code."""


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def entry() -> Callable[..., Entry]:
    def made(verdict: Kind = "passed", test: str = "tests/flows/test_orders.py::test_paid", **more: Any) -> Entry:
        found: Entry = {
            "test": test,
            "flow": "orders/paid.yaml",
            "file": file_of(test, "orders/paid.yaml"),
            "outcome": "passed" if verdict == "passed" else "failed",
            "verdict": verdict,
            "lines": [] if verdict == "passed" else ["response.status: recorded 201, got 500"],
            "notes": [],
            "response": [],
            "effects": [],
            "error": "",
            "next": "" if verdict == "passed" else f"do something about {test}",
            "accepted": "",
        }
        found.update(more)  # type: ignore[typeddict-item]
        return found

    return made
