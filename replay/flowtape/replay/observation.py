"""What a replay came to, as plain data: how `flowtape generate` compares the runs of a candidate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowtape.capture.exchange import SqlStatement
from flowtape.replay.flowfile import Case, RecordedCall, dump
from flowtape.replay.stage import Run
from flowtape.replay.verdict import Verdict


def observed_case(run: Run) -> Case:
    """The case with what was observed: the response, and each call with the question as it was asked now.

    The answers are those of the record; what the session answered is left out, what was missed has no answer.
    """
    calls = []
    for seen in run.tape.observed:
        if seen.recorded == -1 or (isinstance(seen.question, SqlStatement) and seen.question.describe):
            continue
        recorded = run.case.calls[seen.recorded] if seen.recorded is not None else None
        calls.append(
            RecordedCall(
                seen.dependency,
                seen.question,
                recorded.answer if recorded else None,
                recorded.transaction if recorded else None,
                seen.committed,
                0,
                recorded.origin if recorded else "",
            )
        )
    return replace(run.case, response=run.outcome.response, calls=tuple(calls))


def observation(run: Run, flow: str, verdict: Verdict) -> dict[str, Any]:
    """JSON-ready. `observed` and `cassette` are a flow file's texts; `calls` tells of each of its calls, in the same order,
    which recorded one answered it (None: none did) and whether its arguments were new. `at` is the run's clock.
    """
    case = observed_case(run)
    text, cassette = dump(case)
    kept = [
        seen
        for seen in run.tape.observed
        if seen.recorded != -1 and not (isinstance(seen.question, SqlStatement) and seen.question.describe)
    ]
    return {
        "flow": flow,
        "at": run.tape.variables.at,
        "verdict": verdict.kind,
        "lines": list(verdict.lines),
        "notes": list(verdict.notes),
        "observed": text,
        "cassette": cassette,
        "calls": [{"recorded": seen.recorded, "learned": seen.learned, "note": seen.note} for seen in kept],
        "refused": list(run.refused),
        "bound": dict(run.tape.variables.bound),
        "error": run.outcome.error,
    }
