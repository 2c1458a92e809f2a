"""What flowtape says of a changed service: its committed suite, run by pytest. Each of these functions wants a process of its own (warm.py).

A patch is caught by a verdict alone: by a *regression* or a *drift*. A suite that is *broken*, or whose tests do not even run, says
nothing of the service, so that the patch is at fault and the benchmark ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.regressions import warm
from benchmarks.regressions.patch import Patch, PatchError, copy

ALARMS = frozenset({"regression", "drift"})


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts of the tests that failed, and the first failure's words. `passed` counts the others."""

    alarms: tuple[str, ...]
    passed: int
    said: str = ""


def judge(patch: Patch, root: Path) -> Judged:
    """Apply the patch to a copy of its service below `root`, run its suite until a test fails. Raises PatchError."""
    suite = copy(patch.service, root)
    patch.apply(root)
    try:
        return run(suite, root, "-x")
    except PatchError as error:
        raise PatchError(f"{patch.title}: {error}") from None


def run(suite: Path, root: Path, *options: str, tests: Sequence[str] = (), plugins: Sequence[object] = ()) -> Judged:
    """Run a suite, or the tests given. Raises PatchError for anything but tests that pass, or that fail with an alarm."""
    report = root / "report.xml"
    pytest(root, *(tests or [str(suite)]), f"--junitxml={report}", *options, expected=(0, 1), plugins=plugins)
    return read(report)


def pytest(root: Path, *arguments: str, expected: Sequence[int] = (0,), plugins: Sequence[object] = ()) -> None:
    """With no plugin but flowtape's and those given. Raises PatchError for an exit code that is not expected."""
    code = warm.run(root, ["-q", "-p", "no:cacheprovider", "-p", "flowtape.replay.plugin", *arguments], plugins)
    if code not in expected:
        said = (root / "output.txt").read_text(encoding="utf-8")
        raise PatchError(f"pytest ended with {code}:\n{said[-3000:]}")


def read(report: Path) -> Judged:
    """JUnit's report, in which each test has its verdict as the property `flowtape`. Raises PatchError."""
    alarms: list[str] = []
    passed, said = 0, ""
    for case in ET.parse(report).iter("testcase"):
        failure = next((found for kind in ("failure", "error") if (found := case.find(kind)) is not None), None)
        if failure is None:
            passed += 1
            continue
        verdicts = [one.get("value", "") for one in case.iter("property") if one.get("name") == "flowtape"]
        text = f"{case.get('name')}: {failure.text or failure.get('message', '')}"
        if not verdicts or not ALARMS.issuperset(verdicts):
            raise PatchError(f"a test failed without a verdict on the service ({verdicts}): {text[:3000]}")
        alarms.append(verdicts[-1])
        said = said or text
    if not alarms and not passed:
        raise PatchError("no test ran")
    return Judged(tuple(alarms), passed, said)


def baseline(service: str, root: Path) -> Judged:
    """The unchanged service. Raises PatchError where it does not pass: then no patch can be judged."""
    found = run(copy(service, root), root)
    if found.alarms:
        raise PatchError(f"{service}, unchanged, fails its suite: {found.said}")
    return found
