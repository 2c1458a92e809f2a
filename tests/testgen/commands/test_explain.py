from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]


def test_the_evidence_of_each_call_and_the_runner_up(
    run: Run, recording: Path, harmless: Callable[[str], bool]
) -> None:
    shown = run("explain", "aa11", recording)
    assert shown.exit_code == 0
    for part in (
        "flow aa11: POST /orders → 201 Created",
        "kept: 0.9 sure of 4 calls",
        "    alone: no other request was in flight (0.9)",
        "    runner-up: none",
    ):
        assert part in shown.stdout
    assert harmless(shown.stdout)


def test_why_a_flow_was_left_out(run: Run, recording: Path) -> None:
    shown = run("explain", "aa22", recording)
    assert shown.exit_code == 1
    assert "left out: ambiguous: " in shown.stdout


def test_an_id_must_be_one_flows(run: Run, recording: Path) -> None:
    for wanted in ("aa", "zz"):
        shown = run("explain", wanted, recording)
        assert shown.exit_code == 2
        assert "flows in" in shown.stderr
