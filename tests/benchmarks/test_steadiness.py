"""The benchmark of steadiness counts what fails, and what did not run."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.steadiness import count, failing, surroundings

ONE, TWO = "\ndef test_one():\n    pass\n", "\ndef test_two():\n    assert 1 + 1 == 3\n"
ORDER = {"STEADINESS_ORDER": "1"}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    return tmp_path


def test_what_fails_is_named(suite: Path) -> None:
    (suite / "test_it.py").write_text(ONE + TWO)
    assert count(suite) == 2
    (failed,) = failing(suite, suite, ORDER, ())
    assert failed.startswith("test_two: ")
    assert "1 + 1" in failed


def test_what_does_not_run_is_no_success(suite: Path) -> None:
    (suite / "test_it.py").write_text("import no_such_module\n" + ONE)
    assert failing(suite, suite, ORDER, ()) != []
    (suite / "test_it.py").write_text(
        "import sys\nif 'xdist' not in sys.modules:\n    sys.exit(7)\n" + ONE + "    import os; os._exit(3)\n"
    )
    assert failing(suite, suite, ORDER, ()) != []


def test_turns_differ_and_a_turn_can_be_had_again() -> None:
    turns = [surroundings(turn, ["C", "C.utf8"]) for turn in range(50)]
    assert len({turn["PYTHONHASHSEED"] for turn in turns}) == 50
    assert len({turn["TZ"] for turn in turns}) > 5
    assert surroundings(7, ["C", "C.utf8"]) == turns[7]
