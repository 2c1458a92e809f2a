"""Rerecording: flow files get the calls that live dependencies answer now.

pytest plays the tests against the live dependencies and leaves a sanitised recording (flowtape.replay.live). Of each flow in it a
case is made as from any recording; what replays like it every time, with the status it had, takes the place of what the file held.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from flowtape.capture.configuration import Configuration, ConfigurationError
from flowtape.capture.flow import Flow, Outside
from flowtape.capture.recording import Reader
from flowtape.capture.sanitise.policy import key_from_environment
from flowtape.replay.flowfile import Case, Session, load, load_session
from flowtape.replay.flowfile.rewriting import rewrite
from flowtape.replay.live.addresses import VARIABLE, Live, check
from flowtape.replay.live.proxy import check_agent
from flowtape.replay.match import asked
from flowtape.replay.shapes import secrets_in
from flowtape.replay.suite import SESSION_FILE
from flowtape.testgen.case import case_of
from flowtape.testgen.given import LEVEL, Carried, carried
from flowtape.testgen.plan import PlannedTest, with_case
from flowtape.testgen.present import session
from flowtape.testgen.verify import Bench, session_changes, verify
from flowtape.testgen.write import write

NO_TESTS = 5
"""pytest's exit code where nothing was selected."""
END_SECONDS = 30.0
"""How long pytest may take to end after a Ctrl-C."""


class RerecordError(ValueError):
    """Nothing could be played at all. The message says why."""


@dataclass(frozen=True, slots=True)
class Rerecorded:
    """What came of one flow file. `reason` says why it was left as it is, "" where it was not; `diff` what changed in it; `lost` what
    had been given to it by hand and could not be kept.
    """

    path: Path
    diff: str = ""
    reason: str = ""
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which tests: pytest's own paths and -k expression."""

    paths: Sequence[str] = ()
    expression: str = ""


@dataclass(slots=True)
class _Heard:
    """One suite's flow files and what was heard for each."""

    files: dict[Path, Flow] = field(default_factory=dict)
    outside: list[Outside] = field(default_factory=list)


def rerecord(
    chosen: Chosen,
    configuration: Configuration,
    path: Path,
    live: Live,
    progress: Callable[[str, int], None],
    *,
    keep: bool = True,
) -> list[Rerecorded]:
    """Rerecord the `chosen` tests of the suite of `configuration`, which was read from `path`. Writes nothing unless `keep`.

    Raises ConfigurationError, RerecordError, RecordingError, VerifyError, SuiteError, OSError.
    """
    key_from_environment(configuration.sanitise.key)
    check(live, configuration)
    http = any(each.protocol == "http" for each in configuration.dependencies.values())
    if http and configuration.service.command is not None:
        check_agent(live.agent)
    with tempfile.TemporaryDirectory(prefix="flowtape-rerecorded-") as folder:
        progress("playing against live dependencies", 0)
        _play(chosen, configuration, path, live, Path(folder))
        told = [json.loads(each.read_text(encoding="utf-8")) for each in sorted(Path(folder).glob("*.json"))]
        if not told:
            raise RerecordError("none of the chosen tests replays a flow")
        suites, found = _sorted(
            told, Reader(str(Path(folder) / "recording")) if any(each["flow"] for each in told) else ()
        )
    for suite, heard in suites.items():
        found += _taken(suite, heard, configuration, path, progress, keep=keep)
    return sorted(found, key=lambda each: each.path)


def _play(chosen: Chosen, configuration: Configuration, path: Path, live: Live, folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--tb=no"]
    command += [f"--flowtape-config={path.resolve()}", f"--flowtape-rerecord={folder}"]
    command += ["-k", chosen.expression] if chosen.expression else []
    command += chosen.paths or [str(configuration.folder / configuration.suite.path)]
    code, said = _run(command, {**os.environ, VARIABLE: live.dump()})
    if code == NO_TESTS:
        raise RerecordError("no test was chosen: look at PATHS and -k")
    if code not in (0, 1):
        raise RerecordError(f"pytest ended with {code}: {said[-1500:]}")


def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit code and what was printed. A Ctrl-C is handed on and waited for: what runs has processes of its own to end."""
    with subprocess.Popen(  # noqa: S603 - our own command line
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # else it would hear of the Ctrl-C twice, and stop ending them
    ) as process:
        try:
            said, _ = process.communicate()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=END_SECONDS)
            process.kill()
            raise
    return process.returncode, said


def _sorted(
    told: Iterable[Mapping[str, str]], records: Iterable[object]
) -> tuple[dict[Path, _Heard], list[Rerecorded]]:
    """What was heard by suite, and the flow files of which nothing was."""
    flows: dict[str, Flow] = {}
    outside: list[Outside] = []
    for record in records:
        if isinstance(record, Flow):
            flows[record.id] = record
        elif isinstance(record, Outside):
            outside.append(record)
    suites: dict[Path, _Heard] = {}
    left: list[Rerecorded] = []
    for each in told:
        flow = flows.get(each["flow"])
        if flow is None:
            left.append(Rerecorded(Path(each["path"]), reason=each["problem"] or "what was heard was not kept"))
        else:
            suites.setdefault(Path(each["suite"]), _Heard(outside=outside)).files[Path(each["path"])] = flow
    return suites, left


def _taken(
    suite: Path,
    heard: _Heard,
    configuration: Configuration,
    path: Path,
    progress: Callable[[str, int], None],
    *,
    keep: bool,
) -> list[Rerecorded]:
    """Take over what replays alike."""
    found: list[Rerecorded] = []
    candidates: dict[str, tuple[Path, Case, PlannedTest]] = {}
    for file, flow in heard.files.items():
        before, case = load(file), case_of(flow, configuration.dependencies)
        if case.response.status != before.response.status:
            found.append(Rerecorded(file, reason=_another_status(before, case)))
            continue
        test = PlannedTest("rerecorded", before.request.method, "", f"flow_{len(candidates) + 1}", _like(before, case))
        candidates[test.function] = file, before, test
    known = load_session(suite / SESSION_FILE) if (suite / SESSION_FILE).exists() else Session()
    outside = session(known, heard.outside, configuration.dependencies)
    bench = Bench(suite, path.resolve(), outside, progress, secrets_in(configuration.sanitise))
    admitted, left = _verified(candidates, bench, configuration.suite.replays)
    for function, done in admitted.items():
        file, before, _ = candidates[function]
        found.append(Rerecorded(file, rewrite(file, before, done.case, "rerecorded", keep=keep), lost=done.lost))
    for function, reason in left.items():
        found.append(
            Rerecorded(candidates[function][0], reason=f"what was heard does not replay alike each time: {reason}")
        )
    if keep and admitted:
        write(session_changes(bench.session), suite)
    return found


def _verified(
    candidates: Mapping[str, tuple[Path, Case, PlannedTest]], bench: Bench, replays: int
) -> tuple[dict[str, Carried], dict[str, str]]:
    """By function what replays alike, with what the flow file has by hand as far as that holds, and why the others do not."""
    levels = dict.fromkeys(candidates, LEVEL)
    admitted: dict[str, Carried] = {}
    left: dict[str, str] = {}
    done: dict[str, Carried] = {}

    def finish(test: PlannedTest) -> PlannedTest:
        done[test.function] = carried(candidates[test.function][1], test.case, levels[test.function])
        return with_case(test, done[test.function].case)

    waiting = list(candidates)
    while waiting:
        done.clear()
        verified = verify([candidates[function][2] for function in waiting], bench, replays, finish)
        admitted |= {test.function: done[test.function] for test in verified.admitted}
        waiting = []
        for one in verified.quarantined:
            function = one.test.function
            tried = done[function].tried if function in done else 0
            if tried:
                levels[function] = tried - 1
                waiting.append(function)
            else:
                left[function] = one.reason
    return admitted, left


def _another_status(before: Case, now: Case) -> str:
    return (
        f"the service answered {now.response.status}, and the flow is of a {before.response.status}: "
        "the live dependencies do not hold what it is about"
    )


def _like(before: Case, now: Case) -> Case:
    """`now` as a new version of `before`: of the same origin and time, with its budgets."""
    budgets: dict[tuple[str, str], int] = {}
    for call in before.calls:
        place = call.dependency, asked(call.question).fingerprint
        budgets[place] = max(call.budget, budgets.get(place, 1))
    calls = tuple(
        replace(call, budget=budgets.get((call.dependency, asked(call.question).fingerprint), 1)) for call in now.calls
    )
    response = replace(now.response, reason=before.response.reason)
    return replace(now, captured=before.captured, response=response, calls=calls)


def parse_pairs(pairs: Iterable[str], option: str) -> dict[str, str]:
    """`name=value` each. Raises ConfigurationError."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals or not value:
            raise ConfigurationError(f"{option} {pair}: NAME=VALUE is wanted")
        found[name] = value
    return found
