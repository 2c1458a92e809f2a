from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from flowtape.testgen.commands.audit import rules

Run = Callable[..., Result]


@pytest.fixture
def leaking(tmp_path: Path) -> Path:
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "a.yaml").write_text("contact: ana.silva@bigcorp.com\n")
    return folder


def test_what_is_left_is_told_a_line_each_and_code_1(run: Run, leaking: Path) -> None:
    shown = run("audit", leaking)
    assert shown.exit_code == 1
    (line,) = shown.stdout.splitlines()
    assert "a.yaml" in line
    assert "email" in line
    assert "ana.silva@bigcorp.com" not in shown.output, "an audit does not spread what it finds"
    assert "1 findings" in shown.stderr


def test_findings_for_a_script(run: Run, leaking: Path) -> None:
    shown = run("audit", leaking, "--json")
    assert shown.exit_code == 1
    assert json.loads(shown.stdout.splitlines()[0])["kind"] == "email"


def test_nothing_left_is_code_0(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing to see")
    shown = run("audit", tmp_path)
    assert (shown.exit_code, shown.stdout) == (0, "")


def test_the_nearest_configurations_rules_count(run: Run, leaking: Path, configured: Path) -> None:
    configured.write_text(f"{configured.read_text()}sanitise: {{exclude: [email]}}\n")
    assert rules(leaking, None).exclude == ["email"]
    assert run("audit", leaking).exit_code == 0
    other = leaking / "other.yaml"
    other.write_text("service: {name: x}\n")
    assert rules(leaking, other).exclude == []


def test_a_path_that_is_not_there(run: Run) -> None:
    shown = run("audit", "/nowhere")
    assert shown.exit_code == 2
    assert "/nowhere" in shown.stderr
