"""From a recording to a suite: select, plan, verify, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from flowtape.capture.configuration import Configuration
from flowtape.capture.flow import Flow, Outside
from flowtape.capture.recording import Reader
from flowtape.replay.flowfile import Case
from flowtape.replay.shapes import secrets_in
from flowtape.testgen.admission import QUARANTINE_FILE
from flowtape.testgen.plan import PlannedTest, plan
from flowtape.testgen.present import present, session
from flowtape.testgen.select import choose
from flowtape.testgen.verify import Bench, Quarantined, session_changes, verify
from flowtape.testgen.write import Change, changes, write

QUARANTINE_HEAD = (
    "# Flows that were not admitted to the suite, and why. Written by `flowtape generate`; nothing reads it.\n"
)


@dataclass(frozen=True, slots=True)
class Generated:
    """What came of one recording. `problems` tells why flows could not be chosen → how many; `alike` counts those that enough
    tests behave like already.
    """

    flows: int
    problems: dict[str, int]
    alike: int
    admitted: list[PlannedTest]
    quarantined: list[Quarantined]
    written: list[Path]
    damages: list[str]


def generate(
    recording: str,
    configuration: Configuration,
    path: Path,
    progress: Callable[[str, int], None],
    endpoint: str = "",
) -> Generated:
    """Add the flows of `recording` to the suite of `configuration` (read from `path`). `endpoint` keeps those whose path begins so.

    Raises RecordingError, FlowFileError, SuiteError, VerifyError, OSError.
    """
    suite = configuration.folder / configuration.suite.path
    reader = Reader(recording)
    progress("reading the recording", 0)
    flows, outside = _read(reader)
    known = present(suite)
    selection = choose(flows, configuration.suite.per_behaviour, known.behaviours, known.flows)
    chosen = {key: value for key, value in selection.chosen.items() if key.path.startswith(endpoint)}
    planned = plan(chosen, configuration.dependencies, known.names)
    shared = session(known.session, outside, configuration.dependencies)
    bench = Bench(suite, path.resolve(), shared, progress, secrets_in(configuration.sanitise))
    verified = verify(planned, bench, configuration.suite.replays)
    decided = changes(verified.admitted, known.modules)
    if verified.admitted or known.flows:
        decided += session_changes(bench.session)
    decided += _quarantine(verified.quarantined)
    written = write(decided, suite)
    if not verified.quarantined:
        (suite / QUARANTINE_FILE).unlink(missing_ok=True)
    return Generated(
        flows=len(flows),
        problems=selection.problems,
        alike=selection.alike,
        admitted=verified.admitted,
        quarantined=verified.quarantined,
        written=written,
        damages=[str(damage) for damage in reader.damages],
    )


def taken_anew(case: Case) -> int:
    """How many expectations of a case are not what was recorded, but what its replays gave."""
    return len(case.notes)


def _read(reader: Reader) -> tuple[list[Flow], list[Outside]]:
    flows: list[Flow] = []
    outside: list[Outside] = []
    for record in reader:
        if isinstance(record, Flow):
            flows.append(record)
        elif isinstance(record, Outside):
            outside.append(record)
    return flows, outside


def _quarantine(quarantined: list[Quarantined]) -> list[Change]:
    if not quarantined:
        return []
    found = {one.test.flow_file: _quarantine_entry(one) for one in quarantined}
    return [Change(QUARANTINE_FILE, QUARANTINE_HEAD + yaml.safe_dump(found, allow_unicode=True, width=110))]


def _quarantine_entry(one: Quarantined) -> dict[str, str]:
    place = {"place": one.problem.path} if one.problem.path else {}
    return {"flow": one.test.case.captured.id, "cause": one.problem.cause.name, **place, "reason": one.reason}
