"""The mutation run: each mutant is judged by the tests that reach it, and each survivor by a person, in survivors.yaml.

`python -m benchmarks.regressions --mutants` runs it and writes the file anew: what was judged stays judged, a new survivor has `?`.

- *equivalent*: the service does the same, whatever it is asked;
- *not reached*: nothing in the recorded traffic could tell the two apart, as coverage says of whole lines, and a person of cases;
- *missed*: the suite should have failed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import yaml
from benchmarks.figure import Figure
from benchmarks.regressions import warm
from benchmarks.regressions.judge import run
from benchmarks.regressions.mutants import Mutant, mutants
from benchmarks.regressions.patch import PatchError, copy
from benchmarks.regressions.reach import Reach, reach
from benchmarks.regressions.trial import SERVICES

FILE = Path(__file__).with_name("survivors.yaml")
BY_COVERAGE = "no test runs this line"
End: TypeAlias = Literal["caught", "survived", "not reached", "does not start"]


@dataclass(frozen=True, slots=True)
class Judgement:
    judged: str
    why: str


def figures() -> Iterator[Figure]:
    """Names on standard error each survivor that was missed, or that nobody has judged."""
    ends = all_ends()
    judged = judgements()
    living = [mutant for mutant, end in ends if end == "survived"]
    missed = [mutant for mutant in living if _judged(mutant, judged) not in ("equivalent", "not reached")]
    for mutant in missed:
        print(f"mutant {_judged(mutant, judged) or 'not judged'}: {mutant.name}", file=sys.stderr)
    caught = sum(end == "caught" for _, end in ends)
    unreached = sum(end == "not reached" for _, end in ends)
    print(
        f"{len(ends)} mutants: {caught} caught, {len(living)} survive, {unreached} on lines that no test runs",
        file=sys.stderr,
    )
    by_line = caught / (caught + len(living))
    yield Figure(
        "regressions.mutants",
        caught / (caught + len(missed)),
        "of mutants reached",
        "higher",
        {"of all on lines that are reached, equivalent ones too": by_line},
    )


def _judged(mutant: Mutant, judged: Mapping[str, Judgement]) -> str:
    return judged[mutant.name].judged if mutant.name in judged else ""


def judgements() -> dict[str, Judgement]:
    found = yaml.safe_load(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
    return {one["mutant"]: Judgement(one["judged"], one["why"]) for one in found}


def all_ends() -> list[tuple[Mutant, End]]:
    """What becomes of each mutant of each service."""
    began = time.monotonic()
    ends: list[tuple[Mutant, End]] = []
    with warm.processes(os.cpu_count() or 1) as pool:
        for service, reached in zip(SERVICES, pool.map(reach, SERVICES), strict=True):
            found = list(mutants(service))
            chosen = [_chosen(mutant, reached) for mutant in found]
            ends += zip(found, pool.map(end_of, found, chosen), strict=True)
    print(f"{len(ends)} mutants in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return ends


def _chosen(mutant: Mutant, reached: Reach) -> tuple[str, ...]:
    """The tests that are to run: none where none reaches it."""
    return tuple(sorted(reached.of(mutant.file, mutant.line)))


def end_of(mutant: Mutant, tests: Sequence[str]) -> End:
    if not tests:
        return "not reached"
    with tempfile.TemporaryDirectory(prefix="flowtape-mutant-") as name:
        root = Path(name) / "copy"
        suite = copy(mutant.service, root)
        mutant.patch.apply(root)
        try:
            return "caught" if run(suite, root, "-x", tests=tests).alarms else "survived"
        except PatchError:
            return "does not start"


def write(ends: Sequence[tuple[Mutant, End]]) -> None:
    judged = judgements()
    lines = []
    for mutant, end in ends:
        if end == "not reached":
            lines.append({"mutant": mutant.name, "judged": "not reached", "why": BY_COVERAGE})
        elif end == "survived":
            known = judged.get(mutant.name, Judgement("?", "?"))
            known = Judgement("?", "?") if known.why == BY_COVERAGE else known
            lines.append({"mutant": mutant.name, "judged": known.judged, "why": known.why})
    FILE.write_text(yaml.safe_dump(lines, sort_keys=False, allow_unicode=True, width=130), encoding="utf-8")
