"""`flowtape generate` says what became of each flow, and ends with a code that a script can read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result
from tests.testgen.production import flow, project, record, things

Run = Callable[..., Result]


def test_a_suite_and_its_figures(run: Run, tmp_path: Path) -> None:
    configuration = project(tmp_path)
    recording = record(tmp_path / "recording", [things(1), flow(2, "/dice", '{"n": "x"}')])
    done = run("generate", "--config", configuration, recording)
    assert done.exit_code == 0, done.output
    assert "2 flows in the recording" in done.output
    assert "1 admitted: 3 files written" in done.output
    assert "get_dice/ok.yaml is quarantined:" in done.output
    again = run("generate", "--config", configuration, recording, "--json", "--endpoint", "/th")
    told = json.loads(again.stdout)
    assert (told["flows"], told["alike"], told["admitted"], again.exit_code) == (2, 1, [], 0)
    assert told["quarantined"] == {}


def test_no_test_at_all_is_a_finding(run: Run, tmp_path: Path) -> None:
    configuration = project(tmp_path)
    recording = record(tmp_path / "recording", [flow(1, "/x", "{}", problem="incomplete: a gap")])
    done = run("generate", "--config", configuration, recording)
    assert done.exit_code == 1
    assert "1 left out: incomplete" in done.output


def test_a_recording_that_is_not_there(run: Run, tmp_path: Path) -> None:
    done = run("generate", "--config", project(tmp_path), tmp_path / "none")
    assert done.exit_code == 2
    assert "flowtape: error:" in done.output
    assert "none" in done.output


def test_help_has_examples(run: Run) -> None:
    assert "flowtape generate recording" in run("generate", "--help").output
