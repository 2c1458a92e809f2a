"""The likely cause of a difference that has no shape."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from flowtape.testgen.causes import ORDER, OTHER_CLOCK, RANDOMNESS, TIME_ZONE, Cause
from flowtape.testgen.moments import offsets

QUARTER = 900.0
"""Seconds: every time zone is a whole number of quarters of an hour from every other."""
SLACK = 20.0


def suspect(sample: Sequence[str], clocks: Sequence[int]) -> Cause:
    """`sample` is what stood at one place in each run, the record's first."""
    if (found := offsets(sample, clocks)) is not None:
        apart = [abs(one - found[1]) for one in found[1:]]
        whole = [abs(one - QUARTER * round(one / QUARTER)) < SLACK for one in apart]
        return TIME_ZONE if max(apart) > QUARTER / 2 and all(whole) else OTHER_CLOCK
    words = [Counter(re.findall(r"\w+", one)) for one in sample]
    return ORDER if all(one == words[0] for one in words) else RANDOMNESS
