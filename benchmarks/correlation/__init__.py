"""Whose call was it? Two services under rising load, with three levels of help, against the truth that they write themselves.

One correlator, flowtape's own with its defaults, hears a service from 1 request in flight to 64, as production goes from quiet to
busy: what it learned at the lower loads it may use at the higher ones. How it does without is printed to standard error.

- `correlation.SERVICE.LOAD.HELP.precision`: of the flows emitted, those that are right (`truth.py` says what that means);
- `correlation.SERVICE.LOAD.HELP.kept`: of all flows, those emitted. With `context` of all flows that ask only what can carry it,
  which Redis cannot.
- `correlation.SERVICE.gaps.…`: what the gaps between calls tell (`gaps.py`).

And, without any payload, recorded traces of two other applications (`timing_only.py`).

CORRELATION_CAPTURES names a folder for the captures: what is there is measured again, what is missing is captured and kept.
CORRELATION_REQUESTS is how many requests are sent at each load.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.correlation.levels import LEVELS
from benchmarks.figure import Figure

REQUESTS = 800


def run() -> Iterator[Figure]:
    from benchmarks.correlation import capture, timing_only

    yield from timing_only.run()
    if not capture.may_record():
        print("correlation: packets cannot be heard here: CAP_NET_RAW and .venv-agent are needed", file=sys.stderr)
        return
    kept = os.environ.get("CORRELATION_CAPTURES")
    with tempfile.TemporaryDirectory(prefix="flowtape-correlation-") as temporary:
        for service in capture.PLAYED:
            for level in LEVELS:
                folder = Path(kept or temporary) / f"{service}.{level}"
                if not (folder / "loads.json").exists():
                    folder.mkdir(parents=True, exist_ok=True)
                    started = time.monotonic()
                    capture.capture(service, level, folder, int(os.environ.get("CORRELATION_REQUESTS", REQUESTS)))
                    print(f"  captured {folder.name} in {time.monotonic() - started:.0f} s", file=sys.stderr)
                yield from measured(folder)


def measured(folder: Path) -> Iterator[Figure]:
    from benchmarks.correlation import gaps
    from benchmarks.correlation.heard import hear
    from benchmarks.correlation.score import measure
    from benchmarks.correlation.truth import Truth

    heard = hear(folder)
    truth = Truth(folder / "oracle", heard.exchanges)
    service, level = heard.captured.service, heard.captured.help
    for at in measure(heard, truth):
        name = f"correlation.{service}.{at.load.in_flight}.{level}"
        cold = f"cold start: precision {at.cold.precision:.4g}, kept {at.cold.kept:.4g}"
        print(f"{name}: {at.score.all} flows, {at.load.mean:.1f} in flight; {cold}", file=sys.stderr)
        rivals = at.rivals.items()
        yield Figure(f"{name}.precision", at.score.precision, "share", "higher", {n: s.precision for n, s in rivals})
        yield Figure(f"{name}.kept", at.score.kept, "share", "higher", {n: s.kept for n, s in rivals})
    if level == "nothing":
        yield from gaps.figures(f"correlation.{service}", heard, truth)
