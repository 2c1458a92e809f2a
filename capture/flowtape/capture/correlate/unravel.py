"""Whose call was it, where many requests were under way at once: the most likely assignment by what `timing` learned.

A *segment* is what a request has at one step, or from one step on. Segments are paired with requests anew, all else as it is, step by
step until nothing changes; then requests that waited at once exchange segments where the order of a queue says so. A call's
confidence is the odds of the assignment against the best one that any of this finds without it.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flowtape.capture.correlate.delays import BACKWARDS
from flowtape.capture.correlate.pairing import UNPAIRED, pair
from flowtape.capture.correlate.timing import Plan, Span, Timing

ROUNDS = 8
CERTAIN = 50.0
REFINEMENTS = 2
SURE = 0.95
Segment = list[int | None]
"""The indices of children at some steps of a plan, None where there is none."""


@dataclass(frozen=True, slots=True)
class Owned:
    """The index of the parent that a child was given to, and the probability that this is right."""

    parent: int
    confidence: float


def unravel(plans: Mapping[str, Plan], parents: Sequence[Span], children: Sequence[Span]) -> list[Owned | None]:
    """The parent of each child, None where no plan of a parent that was under way has a place for it."""
    return _Unravelling(plans, parents, children).solve()


def refine(timing: Timing, parents: Sequence[Span], children: Sequence[Span]) -> list[Owned | None]:
    """Unravel, and learn from the requests that are sure what those that were alone could not show, a few times over."""
    owned = unravel(timing.plans, parents, children)
    for _ in range(REFINEMENTS):
        timing.learn(_sure(parents, children, owned))
        owned = unravel(timing.plans, parents, children)
    return owned


def _sure(
    parents: Sequence[Span], children: Sequence[Span], owned: Sequence[Owned | None]
) -> Iterator[tuple[Span, list[Span]]]:
    calls: dict[int, list[Span]] = {}
    doubtful: set[int] = set()
    for child, owner in zip(children, owned, strict=True):
        if owner is not None:
            calls.setdefault(owner.parent, []).append(child)
            if owner.confidence < SURE:
                doubtful.add(owner.parent)
    yield from ((parents[at], found) for at, found in calls.items() if at not in doubtful)


class _Unravelling:
    def __init__(self, plans: Mapping[str, Plan], parents: Sequence[Span], children: Sequence[Span]) -> None:
        known = [index for index, parent in enumerate(parents) if parent.kind in plans]
        self.parents, self.children = parents, children
        self.plans = {index: plans[parents[index].kind] for index in known}
        self.rows: dict[int, Segment] = {index: [None] * len(self.plans[index].steps) for index in known}
        self.steps = range(max((len(row) for row in self.rows.values()), default=0))
        self.margins: dict[int, float] = {}
        self.settled = False
        """The assignment stands: what is tried from now on only tells how sure each call is."""

    def solve(self) -> list[Owned | None]:
        for step in self.steps:
            self._pair_step(step, whole=False)
        self._until_nothing_changes(self._pair_tails, self._pair_step)
        self._until_nothing_changes(self._exchange)
        self.settled = True
        for step in self.steps:
            for way in (self._pair_tails, self._pair_step, self._exchange):
                way(step)
        return self._owned()

    def _until_nothing_changes(self, *ways: Callable[[int], None]) -> None:
        for _ in range(ROUNDS):
            before = [list(row) for row in self.rows.values()]
            for step in self.steps:
                for way in ways:
                    way(step)
            if before == list(self.rows.values()):
                break

    def _owned(self) -> list[Owned | None]:
        found: list[Owned | None] = [None] * len(self.children)
        for parent, row in self.rows.items():
            if self._cost(parent, row, 0) >= BACKWARDS:
                self._doubt(row, -CERTAIN)
            for child in row:
                if child is not None:
                    odds = max(-CERTAIN, min(self.margins.get(child, CERTAIN), CERTAIN))
                    found[child] = Owned(parent, 1 / (1 + math.exp(-odds)))
        return found

    def _cost(self, parent: int, row: Segment, since: int, *, whole: bool = True) -> float:
        """What one parent's waiting costs from step `since` on and, if `whole`, that of its response and of what is missing."""
        span, plan = self.parents[parent], self.plans[parent]
        calls = [None if child is None else self.children[child] for child in row]
        total = 0.0
        for step, call in enumerate(calls[since:], since):
            if call is None:
                total += UNPAIRED / 2 if whole else 0.0
            elif call.started < span.started or call.ended > span.ended:
                return math.inf
            else:
                total += plan.steps[step].waits.cost(call.started - plan.begins(step, span, calls))
        return total + plan.last.cost(plan.rest(span, calls)) if whole else total

    # -- pairing

    def _pair_step(self, step: int, *, whole: bool = True) -> None:
        """Pair the requests that have a call of one kind at this step with the calls of that kind."""
        taken = {child for row in self.rows.values() for at, child in enumerate(row) if at != step}
        free: dict[str, list[Segment]] = {}
        for index, child in enumerate(self.children):
            if index not in taken:
                free.setdefault(child.kind, []).append([index])
        for parents in self._alike(step, lambda parent: self.plans[parent].steps[step].kind):
            kind = self.plans[parents[0]].steps[step].kind
            self._pair(parents, step, free.get(kind, []), whole=whole)

    def _pair_tails(self, step: int) -> None:
        """Cut the requests before this step, and pair heads with tails, where the same calls are to come."""
        for parents in self._alike(step, lambda parent: tuple(each.kind for each in self.plans[parent].steps[step:])):
            self._pair(parents, step, [self.rows[parent][step:] for parent in parents])

    def _alike(self, step: int, by: Callable[[int], Hashable]) -> list[list[int]]:
        """The requests that have this step, in groups of those for which `by` gives the same."""
        groups: dict[Hashable, list[int]] = {}
        for parent, row in self.rows.items():
            if step < len(row):
                groups.setdefault(by(parent), []).append(parent)
        return list(groups.values())

    def _pair(self, parents: Sequence[int], step: int, segments: Sequence[Segment], *, whole: bool = True) -> None:
        heads = [next((child for child in segment if child is not None), None) for segment in segments]
        begun = sorted((self.children[child].started, at) for at, child in enumerate(heads) if child is not None)
        costs: list[dict[int, float]] = []
        for parent in parents:
            choices = {
                at: self._cost(parent, self._with(parent, step, segments[at]), step, whole=whole)
                for at in self._within(parent, begun)
            }
            costs.append({at: cost for at, cost in choices.items() if cost < math.inf})
        for parent, found in zip(parents, pair(costs), strict=True):
            if found is not None:
                self._take(parent, step, segments[found.column], found.margin)
            elif segments:
                self._take(parent, step, [None] * len(segments[0]), 0.0)

    def _take(self, parent: int, step: int, segment: Segment, margin: float) -> None:
        """Give the segment to the parent; or, once all is settled, note what this says of what the parent has."""
        if not self.settled:
            self.rows[parent] = self._with(parent, step, segment)
            return
        mine = self.rows[parent][step : step + len(segment)]
        self._doubt(mine, margin if mine == segment else -margin)

    def _doubt(self, segment: Segment, margin: float) -> None:
        for child in segment:
            if child is not None:
                self.margins[child] = min(self.margins.get(child, math.inf), margin)

    def _with(self, parent: int, step: int, segment: Segment) -> Segment:
        row = list(self.rows[parent])
        row[step : step + len(segment)] = segment
        return row

    def _within(self, parent: int, begun: Sequence[tuple[float, int]]) -> Iterator[int]:
        """Which of the segments, whose beginnings are given in order, begin while the parent was under way."""
        span = self.parents[parent]
        for started, at in begun[bisect.bisect_left(begun, (span.started, -1)) :]:
            if started > span.ended:
                break
            yield at

    # -- order

    def _exchange(self, step: int) -> None:
        """Let two requests that waited at once for this step exchange what they have at it, or from it on, where that is likelier."""
        for parents in self._alike(step, lambda parent: self.parents[parent].kind):
            steps = self.plans[parents[0]].steps
            together = [at for at in range(step, len(steps)) if all(before < step for before in steps[at].after)]
            for size, moved in ((1, [step]), (len(steps) - step, together)):
                queues = [_Queue(steps[at].order.cost, self._waits(parents, at)) for at in moved]
                for first, second in queues[0].at_once():
                    self._try(first, second, step, size, sum(queue.gain(first, second) for queue in queues))

    def _waits(self, parents: Sequence[int], step: int) -> dict[int, tuple[float, float]]:
        """When each of the parents began to wait for the step, and when that was over."""
        found = {}
        for parent in parents:
            calls = [None if child is None else self.children[child] for child in self.rows[parent]]
            if (call := calls[step]) is not None:
                found[parent] = self.plans[parent].begins(step, self.parents[parent], calls), call.started
        return found

    def _try(self, first: int, second: int, step: int, size: int, gain: float) -> None:
        one, other = (self.rows[parent][step : step + size] for parent in (first, second))
        changed = self._with(first, step, other), self._with(second, step, one)
        before = self._cost(first, self.rows[first], step) + self._cost(second, self.rows[second], step)
        dearer = self._cost(first, changed[0], step) + self._cost(second, changed[1], step) - before - gain
        if self.settled:
            self._doubt([*one, *other], dearer)
        elif dearer < -1e-9:
            self.rows[first], self.rows[second] = changed


class _Queue:
    """Those who wait for one thing. `cost` is what each pair costs that is served out of order."""

    def __init__(self, cost: float, waits: Mapping[int, tuple[float, float]]) -> None:
        self.cost, self.waits = cost, waits
        self._line = sorted(waits, key=lambda one: waits[one])
        self._place = {one: at for at, one in enumerate(self._line)}

    def at_once(self) -> Iterator[tuple[int, int]]:
        """Each two who waited at the same time, the one who began first in front."""
        for at, one in enumerate(self._line):
            until = self.waits[one][1]
            for other in self._line[at + 1 :]:
                if self.waits[other][0] >= until:
                    break
                yield one, other

    def gain(self, one: int, other: int) -> float:
        """What is gained in order if the two exchange the times at which they were served."""
        if not self.cost or one not in self.waits or other not in self.waits:
            return 0.0
        (begun, served), (began, after) = self.waits[one], self.waits[other]
        low, high = sorted((served, after))
        between = sum(
            low < self.waits[each][1] < high for each in self._line[self._place[one] + 1 : self._place[other]]
        )
        pairs = 2 * between + (began > begun)
        return self.cost * pairs * ((served > after) - (served < after))
