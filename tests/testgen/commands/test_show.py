from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.flowfile import Captured, Case, dump

Run = Callable[..., Result]


def test_the_flows_a_line_each(run: Run, recording: Path, harmless: Callable[[str], bool]) -> None:
    shown = run("show", recording)
    assert shown.exit_code == 0
    first, second = shown.stdout.splitlines()
    assert first == "aa11  2026-09-21 14:13:20.000  POST /orders → 201 Created  4 calls, 25.5 ms"
    assert second.startswith("aa22 ")
    assert "! ambiguous: " in second
    assert harmless(shown.stdout)


def test_only_those_that_were_left_out(run: Run, recording: Path) -> None:
    (line,) = run("show", recording, "--problems").stdout.splitlines()
    assert line.startswith("aa22")


def test_a_flow_as_a_tree(run: Run, recording: Path, harmless: Callable[[str], bool]) -> None:
    shown = run("show", recording, "aa11")
    assert shown.exit_code == 0
    for part in (
        "POST /orders → 201 Created  2026-09-21 14:13:20.000, +0.0 ms, 25.5 ms",
        "flow aa11 of shop 1.4.2",
        "├── db: SELECT id, name FROM customers WHERE id = $1 → SELECT 2  +1.0 ms, 2.0 ms",
        "│   ├── parameters: 42, NULL",
        "because alone: no other request was in flight (0.9)",
        "└── payments: POST /charges → no answer",
    ):
        assert part in shown.stdout
    assert harmless(shown.stdout)


def test_a_hostile_flow_as_a_tree(run: Run, recording: Path, harmless: Callable[[str], bool]) -> None:
    shown = run("show", recording, "aa2")
    assert shown.exit_code == 0
    assert harmless(shown.stdout)
    assert "[bold red]x[/]" in shown.stdout, "markup is shown, not obeyed"


@pytest.mark.parametrize(("flow", "about"), [("zz", "no flow in"), ("aa", "2 flows have ids")])
def test_an_id_that_is_nobodys_or_not_enough(run: Run, recording: Path, flow: str, about: str) -> None:
    shown = run("show", recording, flow)
    assert shown.exit_code == 2
    assert about in shown.stderr


def test_a_damaged_recording_is_shown_and_told(run: Run, recording: Path) -> None:
    (segment,) = recording.iterdir()
    segment.write_bytes(segment.read_bytes()[:-3])
    shown = run("show", recording)
    assert shown.exit_code == 1
    assert len(shown.stdout.splitlines()) == 2
    assert "cut short" in shown.stderr


def test_a_flow_file_as_a_tree(run: Run, tmp_path: Path) -> None:
    case = Case(Captured(10**18, "shop 1.4.2", "trace context"), HttpRequest("GET", "/a"), HttpResponse(200, "OK"))
    (tmp_path / "a.yaml").write_text(dump(case)[0])
    shown = run("show", tmp_path / "a.yaml")
    assert shown.exit_code == 0
    assert "GET /a → 200" in shown.stdout
    assert "captured from shop 1.4.2; owner: trace context (1)" in shown.stdout


def test_a_flow_file_that_is_none_is_refused_by_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("!!python/object/apply:os.system ['touch ran']")
    shown = run("show", tmp_path / "a.yaml")
    assert shown.exit_code == 2
    assert "a.yaml" in shown.stderr
