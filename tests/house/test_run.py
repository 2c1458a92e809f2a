"""A run of the tests leaves out what its environment cannot run, and skips nothing unseen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

HERE = Path(__file__).parents[1]
SKIPPED = "import pytest\n\ndef test_a():\n    pytest.skip('the moon is full')\n\ndef test_b():\n    pass\n"
GONE = "import pytest\n\npytest.importorskip('nothing_of_that_name')\n"
EXPECTED = "import pytest\n\n@pytest.mark.xfail\ndef test_c():\n    assert False\n"


@pytest.fixture
def inside(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest((HERE / "conftest.py").read_text())
    pytester.makeini("[pytest]\naddopts = --import-mode=importlib -p no:flowtape\nmarkers = agent: of the agent")
    return pytester


def run(inside: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, *options: str) -> pytest.RunResult:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PYTHONPATH", os.fspath(HERE.parent))
    return inside.runpytest_subprocess("-p", "no:randomly", *options)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_on_ci_a_skipped_test_fails_and_says_why(
    inside: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    inside.makepyfile(test_skipped=SKIPPED, test_expected=EXPECTED)
    result = run(inside, monkeypatch, "true", "-n", workers)
    result.assert_outcomes(passed=1, failed=1, xfailed=1)
    result.stdout.fnmatch_lines(["*nothing may be skipped when CI is set, but *test_a was.*the moon is full*"])


def test_on_ci_a_skipped_file_fails(inside: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.makepyfile(test_gone=GONE)
    result = run(inside, monkeypatch, "true")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*nothing may be skipped*nothing_of_that_name*"])


def test_elsewhere_it_is_skipped(inside: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.makepyfile(test_skipped=SKIPPED, test_gone=GONE)
    run(inside, monkeypatch, "").assert_outcomes(passed=1, skipped=2)


def test_the_agents_tests_are_left_out_where_the_agent_is_not(
    inside: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside.makepyfile(
        test_of_agent="import pytest\n\npytestmark = pytest.mark.agent\nimport mitmproxy\n\ndef test_a():\n    pass\n",
        test_other="def test_b():\n    pass\n",
    )
    run(inside, monkeypatch, "true").assert_outcomes(passed=1)


def test_what_is_marked_is_marked_as_the_run_looks_for_it() -> None:
    """One mark for a whole file, in a line of its own, so that the file need not be imported to be left out."""
    for path in HERE.rglob("test_*.py"):
        text = path.read_text()
        if "mark.agent" in text and path != Path(__file__):
            assert text.count("mark.agent") == text.count("\npytestmark = pytest.mark.agent\n") == 1, path
