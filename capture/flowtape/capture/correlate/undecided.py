"""Calls that several requests may have made, and the requests that wait for them.

A *unit* is what has one owner for certain: a call, or all statements of a transaction. A request is settled when everything is known
of each request that shares a unit with it. Then what the grammar explains in one way only is that, what no other can claim is left
to the one that can, and the rest is ambiguous.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from flowtape.capture.correlate.assignment import Assignment, OutOfBreathError
from flowtape.capture.correlate.explanation import Candidate, Explanation, TooManyError, explanations
from flowtape.capture.correlate.grammar import FAMILIAR, Grammar
from flowtape.capture.correlate.held import Held
from flowtape.capture.correlate.open_flow import OpenFlow
from flowtape.capture.correlate.saying import Saying, endpoint
from flowtape.capture.correlate.waiting import Unit, Waiting, Way

LEAK: Final = 0.002
"""How often a request that took a path never seen before would be explained by others' calls, its own being taken for theirs."""
MURKY: Final = 0.03
"""The same for one that seems to have asked nothing, where calls are about that nobody explains."""
LEFT_OVER: Final = 0.9995
MAX_NEIGHBOURS: Final = 96
"""So many that share calls are looked at together."""
LEARNED: Final = 0.98
"""What is as sure as this teaches the grammar, and so makes what comes after it surer."""


@dataclass(frozen=True, slots=True)
class Settled:
    """`final` are decided for good; `held` are not, from now on; `teaching` are sure enough to learn from; `units` are of no more concern. `looked` is
    how many were looked at.
    """

    final: Sequence[Waiting] = ()
    held: Sequence[Waiting] = ()
    teaching: Sequence[Waiting] = ()
    units: Sequence[Unit] = ()
    looked: int = 0


class Undecided:
    """`threshold` is how sure a request has to be to be decided; before that it is held, and looked at again when more is known."""

    def __init__(self, grammar: Grammar, threshold: float) -> None:
        self._grammar = grammar
        self._threshold = threshold
        self._held = Held()
        self._number = 0
        self._waiting: dict[OpenFlow, Waiting] = {}
        self._due: list[Waiting] = []
        self._units: dict[int, Unit] = {}

    def doubt(self, calls: Sequence[Candidate], owners: Iterable[OpenFlow], weight: int) -> None:
        """`calls` go together, and are one of `owners`', or of a single one if they are anybody's."""
        self._number += 1
        for call in calls:
            call.together, call.unit = len(calls), self._number
        flows = tuple(self._of(flow) for flow in owners)
        unit = Unit(self._number, tuple(calls), flows, weight, awaited=len(flows), unsettled=len(flows))
        self._units[unit.number] = unit
        for waiting in flows:
            waiting.units.append(unit)
            waiting.awaited += 1

    def concerns(self, flow: OpenFlow) -> bool:
        return flow in self._waiting

    def ready(self, flow: OpenFlow) -> None:
        """All of what may be `flow`'s is here."""
        waiting = self._waiting[flow]
        waiting.ready = True
        self._explain(waiting)
        for unit in waiting.units:
            unit.awaited -= 1
            if not unit.awaited:
                for other in unit.flows:
                    other.awaited -= 1
                    if not other.awaited:
                        self._due.append(other)

    def settle(self) -> Settled:
        """Decide what can be now, and look again at what is held where more is known of it."""
        self._held.call_those_of(self._grammar.take_grown())
        due, again = self._due, self._held.called()
        self._due = []
        if not due and not again:
            return Settled()
        self._look(due, again)
        final, held, teaching = [], [], []
        for one in (*due, *again):
            if self._is_final(one):
                final.append(one)
                continue
            if one not in self._held:
                held.append(one)
            self._hold(one)
            if one.kept and one.confidence >= LEARNED and not one.lesson:
                teaching.append(one)
        final += self._held.over()
        return Settled(final, held, teaching, self._finish(final), len(due) + len(again))

    def give_up(self) -> Settled:
        """Decide all that is held as it stands."""
        final = self._held.over(0)
        return Settled(final, (), (), self._finish(final))

    def _look(self, due: list[Waiting], again: list[Waiting]) -> None:
        for one in again:
            one.reopen()
            self._explain(one)
        looked = [*due, *again]
        for neighbours, deciding in self._neighbourhoods([one for one in looked if one.ways]):
            self._assign(neighbours, deciding)
        for one in looked:
            if not one.ways and not one.too_many:
                self._leave(one)
        for one in looked:
            one.looks += 1
            self._count(one)
            if one.kept:
                for other in one.near:
                    self._held.call(other)

    def _is_final(self, one: Waiting) -> bool:
        return bool(one.flow.problem) or (one.kept and one.confidence >= self._threshold)

    def _hold(self, one: Waiting) -> None:
        unknown = (other for other in one.near if not other.is_explained)
        self._held.add(one, (endpoint(other.flow.entry) for other in (one, *unknown)))

    def _count(self, one: Waiting) -> None:
        pending = not one.is_explained and not one.settled
        if pending != one.pending:
            one.pending = pending
            self._grammar.wait_for(one.request, 1 if pending else -1)

    # -- one request

    def _of(self, flow: OpenFlow) -> Waiting:
        found = self._waiting.get(flow)
        if found is None:
            found = self._waiting[flow] = Waiting(flow, Saying(flow.entry))
        return found

    def _explain(self, one: Waiting) -> None:
        one.endpoint = self._grammar.of(one.request)
        if one.endpoint is None or one.flow.incomplete or one.flow.ambiguous:
            return
        fixed = [Candidate(call.exchange) for call in one.flow.calls]
        pool: dict[str, list[Candidate]] = {}
        for call in fixed:
            pool.setdefault(call.kind, []).append(call)
        for unit in one.units:
            if unit.owner is None:
                for call in unit.calls:
                    pool.setdefault(call.kind, []).append(call)
        for calls in pool.values():
            calls.sort(key=lambda call: call.exchange.started)
        try:
            found = explanations(one.endpoint, one.request, one.flow.until, pool, fixed, without=one.lessons())
        except TooManyError:
            one.too_many = True
            return
        one.ways = [Way(way, frozenset(call.unit for call in way.calls if call.unit), way.content) for way in found]
        for number in {number for way in one.ways for number in way.units}:
            self._units[number].claimants.append(one)

    def _confidence(self, one: Waiting, leak: float = LEAK) -> float:
        return 1 - (one.endpoint.novelty(one.lessons()) if one.endpoint else 1.0) * leak

    def _is_murky(self, one: Waiting) -> bool:
        return any(unit.owner is None and not unit.claimants and not self.is_background(unit) for unit in one.units)

    # -- those that share units

    def _neighbourhoods(self, due: Iterable[Waiting]) -> Iterator[tuple[dict[Waiting, list[Way]], list[Waiting]]]:
        """Those that share units, directly or through others, with their ways, and which of them to decide. Of too many the nearest to
        one: what those further away need is not asked then, so that it has more ways, and is told less often.
        """
        left = dict.fromkeys(due)
        while left:
            start = next(iter(left))
            found = self._around(start)
            deciding = [start] if len(found) > MAX_NEIGHBOURS else [one for one in found if one in left]
            for one in deciding:
                del left[one]
            yield found, deciding

    def _around(self, start: Waiting) -> dict[Waiting, list[Way]]:
        """At most one more than MAX_NEIGHBOURS."""
        found: dict[Waiting, list[Way]] = {}
        seen, waiting = {start}, deque([start])
        while waiting and len(found) <= MAX_NEIGHBOURS:
            one = waiting.popleft()
            found[one] = one.open_ways()
            for number in {number for way in found[one] for number in way.units if number in self._units}:
                new = [other for other in self._units[number].claimants if other not in seen and not other.kept]
                seen.update(new)
                waiting.extend(new)
        return found

    def _assign(self, neighbours: dict[Waiting, list[Way]], due: Iterable[Waiting]) -> None:
        """Decide those that are `due`, as far as they are certain."""
        ways = {one: found for one, found in neighbours.items() if found}
        deciding = [one for one in due if one in ways and not one.settled]
        units = {number for found in ways.values() for way in found for number in way.units if number in self._units}
        required = {number for number in units if self._is_required(self._units[number], neighbours)}
        assignment = Assignment(ways, required)
        try:
            first = assignment.solve()
            if first is None and required:
                assignment = Assignment(ways)
                first = assignment.solve()
        except OutOfBreathError:
            return
        if first is None:
            return
        doubtful = []
        for one in deciding:
            if self._has_another(one, ways[one], first[one], assignment):
                doubtful.append(one)
            else:
                self._accept(one, first, ways)
        self._tell_by_gaps(doubtful, first, ways, assignment)

    def _tell_by_gaps(
        self,
        doubtful: Sequence[Waiting],
        first: dict[Waiting, Way],
        ways: dict[Waiting, list[Way]],
        assignment: Assignment[Waiting, Way],
    ) -> None:
        """Decide those of the `doubtful` for whose likeliest way the gaps between calls speak, the surest first; and with that known, those
        who then cannot have asked anything else.
        """

        @cache
        def likeliest(one: Waiting) -> tuple[Way | None, float]:
            return one.likeliest(ways[one])

        def suits_another(one: Waiting, way: Way) -> bool:
            """Whether what it takes is in another's likeliest way, or that other's is not known."""
            for other, others in ways.items():
                if other is not one and any(not theirs.units.isdisjoint(way.units) for theirs in others):
                    best, _ = likeliest(other)
                    if best is None or not best.units.isdisjoint(way.units):
                        return True
            return False

        settled = {one: [first[one]] for one in ways if one.kept}
        told: dict[Waiting, list[Way]] = {}
        for one in sorted(doubtful, key=lambda one: likeliest(one)[1]):
            if told and not self._has_another(one, ways[one], first[one], assignment, told):
                if self._accept(one, first, ways):
                    settled[one] = [first[one]]
                continue
            best, risk = likeliest(one)
            if best is None or risk > 1 - self._threshold or suits_another(one, best):
                continue
            found = self._solved(assignment, {**settled, one: [best]})
            if found is not None and self._accept(one, found, ways, risk):
                first = found
                settled[one] = told[one] = [best]

    def _solved(
        self, assignment: Assignment[Waiting, Way], forced: dict[Waiting, list[Way]]
    ) -> dict[Waiting, Way] | None:
        try:
            return assignment.solve(forced)
        except OutOfBreathError:
            return None

    def _accept(
        self, one: Waiting, taken: dict[Waiting, Way], ways: dict[Waiting, list[Way]], risk: float = 0.0
    ) -> bool:
        """Give `one` what it takes, unless something else may be its own as well. `risk` is how likely the gaps leave it that it is not."""
        if self._has_surplus(one, taken):
            return False
        way = taken[one]
        confidence = self._confidence(one, LEAK if way.units or one.is_marked or not self._is_murky(one) else MURKY)
        if len({way.content for way in one.ways or ()}) > 1:  # it is the others' needs that tell
            confidence = min(confidence, *(self._confidence(other) for other in ways))
        # what gaps gave to another might be its own
        by_gaps = [unit.owner.confidence for unit in one.units if unit.owner is not None and unit.owner.risk]
        self._take(one, way.explanation, min([confidence * (1 - risk), *by_gaps]), risk)
        return True

    def _has_another(
        self,
        one: Waiting,
        ways: list[Way],
        taken: Way,
        assignment: Assignment[Waiting, Way],
        told: Mapping[Waiting, list[Way]] | None = None,
    ) -> bool:
        """Whether it may have asked something else, where those who were `told` from others asked what they did."""
        for content in dict.fromkeys(way.content for way in ways if way.content != taken.content):
            try:
                if assignment.solve({**(told or {}), one: [way for way in ways if way.content == content]}) is not None:
                    return True
            except OutOfBreathError:
                return True
        return False

    def _is_required(self, unit: Unit, among: Container[Waiting]) -> bool:
        """Whether it has to be one of those whose ways it is in, all of whom are `among` these."""
        known = all(one.kept or (one.ready and one.ways and not one.too_many) for one in unit.flows)
        return known and all(one.kept or one in among for one in unit.claimants)

    def _has_surplus(self, one: Waiting, taken: dict[Waiting, Way]) -> bool:
        """Whether a call that nobody explains may be its own."""
        used = {number for way in taken.values() for number in way.units}
        known = {number for other in taken for way in other.ways or () for number in way.units}
        if any(self._may_have_made(one, unit) for unit in self._left(known - used)):
            return True  # one of the like is left over: by a chain of exchanges it may be this request's
        for unit in one.units:
            if unit.owner is not None or unit.number in used or self.is_background(unit):
                continue
            if unit.claimants and unit.number not in known:
                continue  # those who may have asked it are not among these neighbours
            if self._may_have_made(one, unit):
                return True
            if not unit.claimants and self._is_anybodys(one, unit):
                return True
        return False

    def _is_anybodys(self, one: Waiting, unit: Unit) -> bool:
        """Whether nobody may have made it by what is known, so that anybody may; if it names somebody, then those."""
        if any(other.endpoint is None or self._may_have_made(other, unit) for other in unit.flows if other is not one):
            return False
        return self._is_told(one, unit) or not any(self._is_told(other, unit) for other in unit.flows)

    def _left(self, numbers: set[int]) -> list[Unit]:
        """Those of them that nobody has, and nobody can still come for."""
        found = (self._units[number] for number in numbers if number in self._units)
        return [unit for unit in found if unit.owner is None and not unit.awaited]

    def _may_have_made(self, one: Waiting, unit: Unit) -> bool:
        return one.endpoint is not None and all(one.endpoint.may_ask(call, one.request) for call in unit.calls)

    def _is_familiar(self, one: Waiting) -> bool:
        return one.endpoint is not None and one.endpoint.flows >= FAMILIAR

    def _concerns(self, one: Waiting, unit: Unit) -> bool:
        """Whether the endpoint was ever seen to ask such a thing, or what is asked for stands in the request."""
        return any(one.endpoint.asks(call.kind) for call in unit.calls if one.endpoint) or self._is_told(one, unit)

    def _is_told(self, one: Waiting, unit: Unit) -> bool:
        """Whether a rare value of the calls stands in the request, or in what it is known to have asked and been answered."""
        return any(not one.named.isdisjoint(call.named) for call in unit.calls)

    def is_background(self, unit: Unit) -> bool:
        """Whether it is probably nobody's: such calls come while no request is there, and those that were are known well."""
        background = all(self._grammar.is_background(call) for call in unit.calls)
        return background and all(self._is_familiar(one) for one in unit.flows)

    # -- the end

    def _leave(self, one: Waiting) -> None:
        """What nobody else can claim is its own."""
        if one.flow.incomplete or one.flow.ambiguous:
            return
        left = [unit for unit in one.units if unit.owner is None and not self.is_background(unit)]
        if one.is_marked and self._is_familiar(one) and not any(self._concerns(one, unit) for unit in left):
            # Its calls are marked, and none of the others looks like its own.
            one.kept, one.confidence = True, self._confidence(one)
            return
        if any(len(unit.flows) == 1 for unit in left):
            return  # so late that it may as well be nobody's
        for unit in left:
            for other in unit.flows:
                if other is one or other.kept:
                    continue
                if not other.ways or other in unit.claimants:
                    return
        calls = [*one.flow.calls_said(), *(call for unit in left for call in unit.calls)]
        if one.endpoint and any(one.endpoint.contradicts(call, one.request, calls) for call in calls):
            return
        one.confidence = LEFT_OVER - max((self._doubt_of(other) for other in self._rivals(one, left)), default=0.0)
        one.kept, one.won = True, left
        for unit in left:
            unit.owner = one

    def _rivals(self, one: Waiting, left: Sequence[Unit]) -> dict[Waiting, None]:
        """Those who have what might be its own, or might have made what is left to it."""
        owners = (unit.owner for unit in one.units if unit.owner is not None)
        return dict.fromkeys([*owners, *(other for unit in left for other in unit.flows if other is not one)])

    def _doubt_of(self, other: Waiting) -> float:
        return 1 - (other.confidence if other.kept else self._confidence(other))

    def _take(self, one: Waiting, explanation: Explanation, confidence: float, risk: float) -> None:
        one.kept, one.confidence, one.risk, one.taken = True, confidence, risk, explanation
        one.won = [self._units[number] for number in {call.unit for call in explanation.calls if call.unit}]
        for unit in one.won:
            unit.owner = one

    def _finish(self, final: Iterable[Waiting]) -> list[Unit]:
        """Those that are settled for good, and the units that are of no more concern."""
        closed = []
        for one in final:
            one.close()
            self._held.discard(one)
            self._count(one)
            if not one.is_explained:
                self._grammar.miss(one.request)
            del self._waiting[one.flow]
            for unit in one.units:
                unit.unsettled -= 1
                if not unit.unsettled:
                    del self._units[unit.number]
                    closed.append(unit)
        return closed
