from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_each_line_says_how_it_is_and_what_to_do(run: Run, configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOWTAPE_KEY", raising=False)
    shown = run("doctor", "--config", configured)
    assert shown.exit_code == 1
    lines = shown.stdout.splitlines()
    assert lines[0] == "fail  the key in FLOWTAPE_KEY"
    assert lines[1].startswith("      → the environment variable FLOWTAPE_KEY is not set")
    assert all(line.startswith(("ok    ", "warn  ", "fail  ", "      → ")) for line in lines)


def test_all_is_well_is_code_0(run: Run, configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the database relayed and packets not asked for: what any user may do."""
    monkeypatch.setenv("FLOWTAPE_KEY", "0123456789abcdef" * 4)
    monkeypatch.setattr("flowtape.testgen.checks.sniffing", lambda interface: iter(()))
    shown = run("doctor", "--config", configured, "--json")
    assert {check["state"] for check in json.loads(shown.stdout)} == {"ok"}
    assert shown.exit_code == 0


def test_a_configuration_that_cannot_be_used_is_code_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "flowtape.yaml").write_text("service: {nam: shop}\n")
    shown = run("doctor", "--config", tmp_path / "flowtape.yaml")
    assert shown.exit_code == 2
    assert "nam" in shown.stderr
