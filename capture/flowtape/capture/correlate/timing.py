"""Timing alone, for traffic that holds nothing else: what requests of one kind do, and how long each part of it takes to begin.

A *plan* says what a request of one kind does: its *steps*, each a call of some kind, and after which other steps each begins. It is
learned from requests that are certain, together with how long each step waits for those before it and the response for the last,
and whether those that wait at once are served in order. `unravel` then gives calls to requests by what is most likely.

That delays can be learned and then tell whose call it was is TraceWeaver's idea (Ashok et al., SIGCOMM 2024).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flowtape.capture.correlate.delays import Delays

SERIAL = 0.98
"""One call waits for another if it did in this share of the certain requests."""
IN_ORDER = 0.95
"""Waiting is a queue if this share of those that waited at once were served in order; else order says nothing."""
ENOUGH = 10


@dataclass(frozen=True, slots=True)
class Span:
    """Something that took from `started` to `ended`, in any one unit: a request, or a call."""

    kind: str
    started: float
    ended: float


@dataclass(slots=True)
class Order:
    """Whether those that wait at once are served in the order in which they began to wait: how often they were, and were not."""

    kept: int = 0
    broken: int = 0

    @property
    def cost(self) -> float:
        """What one pair out of order costs: the log of the odds, by Laplace's rule of succession; 0 where there is no queue."""
        seen = self.kept + self.broken
        is_queue = seen >= ENOUGH and self.kept >= IN_ORDER * seen
        return math.log((self.kept + 1) / (self.broken + 1)) if is_queue else 0.0

    def learn(self, waits: Iterable[tuple[float, float]]) -> None:
        """Take when each wait began and ended."""
        ordered = sorted(waits)
        for at, (begun, until) in enumerate(ordered):
            for began, ended in ordered[at + 1 :]:
                if began >= until:
                    break
                if began > begun and ended != until:
                    self.kept += ended > until
                    self.broken += ended < until


@dataclass(slots=True)
class Step:
    """A call of `kind`, the `number`th of its kind (from 0), which begins after the steps `after`, at once if there are none."""

    kind: str
    number: int
    waits: Delays
    after: tuple[int, ...] = ()
    order: Order = field(default_factory=Order)


@dataclass(slots=True)
class Plan:
    """What a request of one kind does. `last` is how long the response waits for the last step."""

    steps: list[Step]
    last: Delays

    def begins(self, step: int, parent: Span, calls: Sequence[Span | None]) -> float:
        """When what a step waits for was over."""
        before = [call.ended for at in self.steps[step].after if (call := calls[at]) is not None]
        return max(before, default=parent.started)

    def rest(self, parent: Span, calls: Sequence[Span | None]) -> float:
        """How long the response waited."""
        return parent.ended - max((call.ended for call in calls if call is not None), default=parent.started)


class Timing:
    """Learns plans. `unit` is the granularity of the clock, in the unit of the spans."""

    def __init__(self, unit: float = 1.0) -> None:
        self.plans: Mapping[str, Plan] = {}
        self._unit = unit

    def learn(self, certain: Iterable[tuple[Span, Sequence[Span]]]) -> None:
        """Take requests whose calls are known, and make the plans anew from them: of each kind of request the commonest."""
        by_kind: dict[str, list[tuple[Span, Sequence[Span]]]] = {}
        for parent, children in certain:
            by_kind.setdefault(parent.kind, []).append((parent, sorted(children, key=lambda span: span.started)))
        self.plans = {kind: self._plan(examples) for kind, examples in by_kind.items()}

    def _plan(self, examples: Sequence[tuple[Span, Sequence[Span]]]) -> Plan:
        named = [(parent, _named(children)) for parent, children in examples]
        usual = Counter(frozenset(calls) for _, calls in named).most_common(1)[0][0]
        alike = [(parent, calls) for parent, calls in named if calls.keys() == usual]
        order = sorted(
            usual, key=lambda name: (sum(calls[name].started - parent.started for parent, calls in alike), name)
        )
        rows = [(parent, [calls[name] for name in order]) for parent, calls in alike]
        plan = Plan([Step(kind, number, Delays(self._unit)) for kind, number in order], Delays(self._unit))
        for at, step in enumerate(plan.steps):
            step.after = tuple(
                other
                for other in range(at)
                if sum(calls[other].ended <= calls[at].started for _, calls in rows) >= SERIAL * len(rows)
            )
            waits = [(plan.begins(at, parent, calls), calls[at].started) for parent, calls in rows]
            step.order.learn(waits)
            step.waits.learn(ended - began for began, ended in waits)
        plan.last.learn(plan.rest(parent, calls) for parent, calls in rows)
        return plan


def _named(children: Sequence[Span]) -> dict[tuple[str, int], Span]:
    """Each child by its kind and how many of that kind were before it."""
    seen: Counter[str] = Counter()
    found = {}
    for span in children:
        found[span.kind, seen[span.kind]] = span
        seen[span.kind] += 1
    return found
