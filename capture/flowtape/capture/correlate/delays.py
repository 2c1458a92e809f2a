"""How long things take: the distribution of a delay, learned from what is certain, heavy tails and all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

BINS_PER_OCTAVE = 3
SPREAD = ((0, 0.5), (-1, 0.18), (1, 0.18), (-2, 0.07), (2, 0.07))
"""What one observation says of the bins beside its own: so few are seen that each must speak for its neighbours."""
FLOOR = 0.02
"""The share of delays that may be like none seen before."""
OCTAVES = 40
BACKWARDS = 60.0
"""More than any delay costs, and less than to do without a call: so that a search may pass through what is impossible."""


class Delays:
    """A histogram of delays in logarithmic bins. `unit` is the clock's granularity: shorter delays are all alike. Of more than `lately`
    the older ones fade.
    """

    def __init__(self, unit: float = 1.0, lately: float = math.inf) -> None:
        self.unit = unit
        self._lately = lately
        self._bins: dict[int, float] = {}
        self._mass: dict[int, float] = {}
        self._total = 0.0

    def __len__(self) -> int:
        return int(self._total)

    def learn(self, delays: Iterable[float]) -> None:
        for at, number in Counter(map(self._bin, delays)).items():
            self._bins[at] = self._bins.get(at, 0.0) + number
            self._total += number
        if self._total > self._lately:
            self._bins = {at: number / 2 for at, number in self._bins.items() if number >= 1}
            self._total = sum(self._bins.values())
        self._mass.clear()

    def cost(self, delay: float) -> float:
        """-log of the density at `delay`, per octave; BACKWARDS for what ended before it began."""
        if delay < -self.unit:
            return BACKWARDS
        if not self._mass:
            self._spread()
        seen = self._mass.get(self._bin(delay), 0.0) / self._total if self._total else 0.0
        density = (1 - FLOOR) * seen * BINS_PER_OCTAVE + FLOOR / OCTAVES
        return -math.log(density) + math.log(max(delay, self.unit) / self.unit)

    def _spread(self) -> None:
        for at, number in self._bins.items():
            for offset, share in SPREAD:
                self._mass[at + offset] = self._mass.get(at + offset, 0.0) + share * number

    def _bin(self, delay: float) -> int:
        return math.floor(math.log2(max(delay, self.unit) / self.unit) * BINS_PER_OCTAVE)
