"""`python -m benchmarks.regressions WORD …`: judge the patches whose titles hold one of the words, and show what was said.

`python -m benchmarks.regressions --mutants`: judge the mutants, and bring survivors.yaml up to date.
"""

from __future__ import annotations

import sys

from benchmarks.regressions import mutation
from benchmarks.regressions.refactorings import REFACTORINGS
from benchmarks.regressions.regressions import REGRESSIONS
from benchmarks.regressions.trial import try_all


def main(words: list[str]) -> int:
    """Exit status 1 if any of them is judged wrongly."""
    if words == ["--mutants"]:
        mutation.write(mutation.all_ends())
        return 0
    wrong = 0
    for patches, alarmed in ((REGRESSIONS, True), (REFACTORINGS, False)):
        chosen = [patch for patch in patches if not words or any(word in patch.title for word in words)]
        for trial in try_all(chosen) if chosen else []:
            right = trial.alarm == alarmed
            wrong += not right
            print(f"{'right' if right else 'WRONG'}  alarm: {trial.alarm}, rival: {trial.rival}  {trial.patch.title}")
            if trial.alarm and (words or not right):
                print("\n".join(f"    {line}" for line in trial.said.splitlines()[:30]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
