"""Of flows that are said to be so sure, how many are right, on services that are made up at random.

`calibration.quiet.T` is that share where the correlator keeps what is at least T sure, over SERVICES services under each of LOADS requests
at once, after 150 that were alone; `calibration.schedulers.T` the same of services whose schedulers ask something for one request in
twenty; `calibration.newcomer.T` where 15 requests came alone. Beside each stands T.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.figure import Figure
from tests.capture.correlate.judged import REQUESTS, judged
from tests.capture.correlate.simulator import random_service

SERVICES = 12
LOADS = (2, 4, 8, 16)
THRESHOLDS = (0.9, 0.99, 0.999)
CASES = {"quiet": (REQUESTS, 0.0), "schedulers": (REQUESTS, 0.05), "newcomer": (15, 0.0)}


def run() -> Iterator[Figure]:
    for name, (quiet, jobs) in CASES.items():
        for threshold in THRESHOLDS:
            heard = kept = wrong = 0
            for seed in range(500, 500 + SERVICES):
                service = replace(random_service(seed), jobs=jobs)
                for load in LOADS:
                    found = judged(service, seed, load, quiet=quiet, threshold=threshold)
                    heard, kept, wrong = heard + found.heard, kept + found.kept, wrong + len(found.wrong)
            print(f"calibration.{name}.{threshold}: {heard} flows, {kept} kept, {wrong} wrong", file=sys.stderr)
            yield Figure(
                f"calibration.{name}.{threshold}", 1 - wrong / kept, "share right", "higher", {"said": threshold}
            )
