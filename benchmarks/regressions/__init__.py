"""Does a suite fail for every regression, and for nothing else?

- a **patch** changes a copy of a sample service, as a colleague might; a **regression** breaks it, a **refactoring** does not;
- it is **judged** by the service's committed suite: caught where a test fails with the verdict *regression* or *drift*;
- a **mutant** is a change that a machine made: an operator, a number, a word;
- the **rival** judges the same patches as is common practice: by the responses alone, without what looks like a time.

    for figure in run():
        print(figure.line())

`python -m benchmarks.regressions WORD …` judges the patches whose titles hold a word, and shows what was said.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from benchmarks.figure import Figure
from benchmarks.regressions import mutation
from benchmarks.regressions.patch import Patch
from benchmarks.regressions.refactorings import REFACTORINGS
from benchmarks.regressions.regressions import REGRESSIONS
from benchmarks.regressions.trial import Trial, try_all, unchanged

RIVAL = "responses alone"


def run() -> Iterator[Figure]:
    """Misses, false alarms and mutants that live are named on standard error. Raises PatchError for a patch that is no trial."""
    unchanged()
    caught = try_all(REGRESSIONS)
    _name("missed", [trial.patch for trial in caught if not trial.alarm])
    yield Figure("regressions.caught", _share(caught), "of regressions", "higher", {RIVAL: _share(caught, rival=True)})
    raised = try_all(REFACTORINGS)
    for trial in raised:
        if trial.alarm:
            print(f"false alarm: {trial.patch.title}\n{trial.said}", file=sys.stderr)
    yield Figure(
        "regressions.false_alarms", _share(raised), "of refactorings", "lower", {RIVAL: _share(raised, rival=True)}
    )
    yield from mutation.figures()


def _share(trials: Sequence[Trial], *, rival: bool = False) -> float:
    return sum(trial.rival if rival else trial.alarm for trial in trials) / len(trials)


def _name(what: str, patches: Sequence[Patch]) -> None:
    for patch in patches:
        print(f"{what}: {patch.title}", file=sys.stderr)
