"""Admitting tests: each candidate is replayed by pytest itself, first to learn what varies, then to see that it passes each time.

Candidates are staged in a hidden folder inside the suite, so that the project's own conftest files count for them as they will
for the suite. What is not admitted is quarantined with its reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

from flowtape.capture.exchange import Question
from flowtape.replay.flowfile import Session, dump, dump_session, parse
from flowtape.replay.shapes import NO_SECRETS, Secrets
from flowtape.replay.suite import SESSION_FILE
from flowtape.testgen.causes import BROKEN, STATE, UNWRITABLE, Problem
from flowtape.testgen.conditions import Conditions, observing, passing
from flowtape.testgen.failures import failed, first_lines, missing, never_asked
from flowtape.testgen.learn import Lesson, learn
from flowtape.testgen.places import Run
from flowtape.testgen.plan import PlannedTest, with_case
from flowtape.testgen.tidy import tidy_response
from flowtape.testgen.write import Change, changes, write

OBSERVING_RUNS = 3
STAGING = ".candidates"
T = TypeVar("T")


class VerifyError(ValueError):
    """pytest could not replay the candidates at all. The message holds what it printed last."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    test: PlannedTest
    problem: Problem

    @property
    def reason(self) -> str:
        return str(self.problem)


@dataclass(frozen=True, slots=True)
class Verified:
    admitted: list[PlannedTest]
    quarantined: list[Quarantined]


@dataclass(frozen=True, slots=True)
class Bench:
    """Where candidates are replayed. `progress` is told what is being done, and how many candidates it concerns."""

    suite: Path
    configuration: Path
    session: Session
    progress: Callable[[str, int], None]
    secrets: Secrets = NO_SECRETS
    """What the service signs with at replay."""


def verify(
    tests: Sequence[PlannedTest], bench: Bench, replays: int, finish: Callable[[PlannedTest], PlannedTest] | None = None
) -> Verified:
    """Learn from observing runs of `tests`, then replay them `replays` times, done up by `finish`. Raises VerifyError, OSError.

    Those that were steady while they were observed and not thereafter are observed for twice as long, once: a set of two comes in
    one order three times out of twelve.
    """
    found = _verified(tests, bench, replays, OBSERVING_RUNS, finish)
    again = [one for one in found.quarantined if one.problem.cause is STATE]
    if not again:
        return found
    by_file = {test.flow_file: test for test in tests}
    second = _verified([by_file[one.test.flow_file] for one in again], bench, replays, 2 * OBSERVING_RUNS, finish)
    order = {test.flow_file: index for index, test in enumerate(tests)}
    admitted = sorted([*found.admitted, *second.admitted], key=lambda test: order[test.flow_file])
    return Verified(admitted, [one for one in found.quarantined if one not in again] + second.quarantined)


def _verified(
    tests: Sequence[PlannedTest],
    bench: Bench,
    replays: int,
    observing_runs: int,
    finish: Callable[[PlannedTest], PlannedTest] | None,
) -> Verified:
    if not tests:
        return Verified([], [])
    writable, unwritable = _writable(tests)
    learned, quarantined = _learned(writable, bench, observing_runs) if writable else ([], [])
    learned, unwritable_since = _writable([finish(test) for test in learned] if finish else learned)
    quarantined += unwritable + unwritable_since
    failures: dict[str, Problem] = {}
    if learned:
        bench.progress(f"replaying {replays} times", len(learned))
        with _staged(learned, bench) as folder:
            for found in _at_once(lambda number: _failures(folder, bench, passing(number)), replays):
                failures |= found
    quarantined += [Quarantined(test, failures[test.function]) for test in learned if test.function in failures]
    return Verified([test for test in learned if test.function not in failures], quarantined)


def _writable(tests: Sequence[PlannedTest]) -> tuple[list[PlannedTest], list[Quarantined]]:
    """Those that a flow file can hold, and those that it cannot."""
    writable, quarantined = [], []
    for test in tests:
        try:
            dump(test.case)
        except ValueError as error:
            quarantined.append(Quarantined(test, Problem(UNWRITABLE, detail=str(error))))
        else:
            writable.append(test)
    return writable, quarantined


def _learned(tests: Sequence[PlannedTest], bench: Bench, runs: int) -> tuple[list[PlannedTest], list[Quarantined]]:
    learned, quarantined = [], []
    observations: dict[str, list[Mapping[str, Any]]] = {test.flow_file: [] for test in tests}
    with _staged(tests, bench) as folder:
        bench.progress(f"observing {runs} runs", len(tests))
        for found in _at_once(lambda number: _observe(folder, bench, observing(number)), runs):
            for data in found:
                observations.setdefault(data["flow"], []).append(data)
    for test in tests:
        lesson = _lesson(test, observations[test.flow_file], bench.secrets)
        if lesson.problem is not None:
            quarantined.append(Quarantined(test, lesson.problem))
        else:
            learned.append(with_case(test, lesson.case))
    return learned, quarantined


def _lesson(test: PlannedTest, seen: Sequence[Mapping[str, Any]], secrets: Secrets) -> Lesson:
    if problem := _broken(seen):
        return Lesson(test.case, problem)
    lesson = learn(test.case, [_run(data) for data in seen], secrets)
    if lesson.problem is None:
        return Lesson(lesson.case, never_asked(test.case, seen))
    return Lesson(test.case, next((found for data in seen if (found := missing(data, lesson.problem))), lesson.problem))


def _broken(seen: Sequence[Mapping[str, Any]]) -> Problem | None:
    """Why there is nothing to learn from."""
    if len(seen) < OBSERVING_RUNS:
        return Problem(BROKEN, detail="the test did not run")
    broken = next((data for data in seen if "observed" not in data), None)
    if broken is None:
        return None
    return Problem(BROKEN, detail=first_lines("\n".join([f"{broken['verdict']}:", *broken["lines"]])))


def _run(data: Mapping[str, Any]) -> Run:
    """What one observation tells: questions by the index of the recorded call that answered them, the first of several."""
    observed = parse(data["observed"], data["cassette"])
    questions: dict[int, Question] = {}
    for call, told in zip(observed.calls, data["calls"], strict=True):
        if told["recorded"] is not None:
            questions.setdefault(told["recorded"], call.question)
    return Run(tidy_response(observed.response), questions, data["at"])


@contextmanager
def _staged(tests: Sequence[PlannedTest], bench: Bench) -> Iterator[Path]:
    bench.suite.mkdir(parents=True, exist_ok=True)
    folder = bench.suite / STAGING
    shutil.rmtree(folder, ignore_errors=True)
    try:
        write([*changes(tests, {}), *session_changes(bench.session)], folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def session_changes(session: Session) -> list[Change]:
    """The session file and its cassette, where there is anything to say."""
    if not session.calls:
        return []
    text, cassette = dump_session(session)
    found = [Change(SESSION_FILE, text)]
    if cassette is not None:
        found.append(Change(SESSION_FILE.removesuffix(".yaml") + ".http.yaml", cassette))
    return found


def _at_once(run: Callable[[int], T], times: int) -> list[T]:
    """`run` with 0, 1, … as many at once as there are processors: each is a process of its own."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(run, range(times)))


def _observe(folder: Path, bench: Bench, conditions: Conditions) -> list[Mapping[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="flowtape-observed-") as observed:
        _pytest(folder, bench, conditions, [f"--flowtape-observe={observed}"])
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(observed).glob("*.json"))]


def _failures(folder: Path, bench: Bench, conditions: Conditions) -> dict[str, Problem]:
    """The functions that failed → why."""
    with tempfile.TemporaryDirectory(prefix="flowtape-report-") as reports:
        report = Path(reports) / "report.xml"
        _pytest(folder, bench, conditions, [f"--junitxml={report}"])
        failures = {}
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
            for kind in ("failure", "error"):
                if (found := case.find(kind)) is not None:
                    failures[str(case.get("name"))] = failed(found.text or "")
        return failures


def _pytest(folder: Path, bench: Bench, conditions: Conditions, options: Sequence[str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--tb=short"]
    command += [f"--flowtape-config={bench.configuration}", *conditions.options, *options, str(folder)]
    done = subprocess.run(  # noqa: S603 - our own command line
        command,
        cwd=bench.configuration.parent,
        env=conditions.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise VerifyError(f"pytest ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")
