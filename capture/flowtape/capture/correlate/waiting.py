"""A request that waits for its calls to be told from others', and the calls that it may have made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from flowtape.capture.correlate.explanation import Candidate, Explanation
from flowtape.capture.correlate.gaps import risk
from flowtape.capture.correlate.grammar import Endpoint, Path
from flowtape.capture.correlate.open_flow import OpenFlow, candidates
from flowtape.capture.correlate.reasons import call_name
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.correlate.values import rare
from flowtape.capture.flow import Evidence


@dataclass(eq=False, slots=True)
class Unit:
    """`owner` is set once it is certain, `spoilt` where it will never be."""

    number: int
    calls: tuple[Candidate, ...]
    flows: tuple[Waiting, ...]
    weight: int
    owner: Waiting | None = None
    claimants: list[Waiting] = field(default_factory=list)
    """Those in one of whose ways it is."""
    awaited: int = 0
    """How many of `flows` are not ready."""
    unsettled: int = 0

    def clear(self) -> None:
        """Let go of the requests, which would lead to ever older ones."""
        self.calls, self.flows = (), ()
        self.claimants.clear()


@dataclass(frozen=True, slots=True)
class Way:
    """An explanation, by the units that it takes."""

    explanation: Explanation
    units: frozenset[int]
    content: tuple[int, ...]


@dataclass(eq=False)
class Waiting:
    """A request that is open, or whose window is over (`ready`), or that is `settled` for good.

    `ways` are all that the grammar knows; none where it does not know the endpoint, or this is nothing that it does.
    """

    flow: OpenFlow
    request: Saying
    units: list[Unit] = field(default_factory=list)
    awaited: int = 0
    """How many of `units` may be somebody's of whom not all is known."""
    ready: bool = False
    settled: bool = False
    kept: bool = False
    endpoint: Endpoint | None = None
    ways: list[Way] | None = None
    too_many: bool = False
    confidence: float = 1.0
    taken: Explanation | None = None
    won: list[Unit] = field(default_factory=list)
    risk: float = 0.0
    """How likely it is, by the gaps between calls, that something else explains it than what was taken; 0 where nothing else can."""
    looks: int = 0
    """How often it was looked at."""
    lesson: Path | None = None
    """What the grammar learned from it."""
    pending: bool = False
    """Whether the grammar counts it among those of its endpoint that nothing explains so far."""

    @property
    def is_explained(self) -> bool:
        return self.kept or bool(self.ways)

    @cached_property
    def near(self) -> tuple[Waiting, ...]:
        """Those that share units with it. Asked for once all of these are there."""
        return tuple(dict.fromkeys(other for unit in self.units for other in unit.flows if other is not self))

    def close(self) -> None:
        """It is settled for good: let go of those beside it, which would lead to ever older ones."""
        self.settled = True
        self.near = ()

    def lessons(self) -> Counter[Path]:
        """What was learned from it and those beside it: no evidence of how right they are."""
        return Counter(one.lesson for one in (self, *self.near) if one.lesson and one.endpoint is self.endpoint)

    def reopen(self) -> None:
        """Forget what was thought of it."""
        for unit in self.won:
            unit.owner = None
        for unit in self.units:
            if self in unit.claimants:
                unit.claimants.remove(self)
        self.kept, self.confidence, self.taken, self.won, self.ways, self.too_many = False, 1.0, None, [], None, False
        self.risk = 0.0

    @cached_property
    def named(self) -> frozenset[str]:
        """The rare values of the request, and of what is known to be its own. Asked for once all of that is there."""
        known = self.flow.calls_said()
        return rare((self.request.asked, *(said.asked for said in known), *(said.answered for said in known)))

    @property
    def is_marked(self) -> bool:
        """Whether its calls carry its id, as far as they are known: then others are hardly its own."""
        calls = self.flow.calls
        return bool(calls) and all(any(one.confidence == 1 for one in call.evidence) for call in calls)

    def evidence(self, call: Candidate) -> tuple[Evidence, ...]:
        if self.taken is None:
            return (Evidence("left over", "every other request is explained without it", self.confidence),)
        number = self.taken.calls.index(call) + 1
        seen, steps = self.taken.path.seen, len(self.taken.calls)
        step = f"step {number} of {steps} of a path taken {seen} times"
        if not self.risk:
            return (Evidence("grammar", f"{step}; no other calls explain the request", self.confidence),)
        odds = f"{(1 - self.risk) / self.risk:,.0f} times likelier than others by the gaps between calls"
        grammar = Evidence("grammar", f"{step}; other calls explain the request too", self.confidence)
        return grammar, Evidence("timing", odds, self.confidence)

    def runner_up(self, unit: Unit) -> str:
        """Which other request came nearest to having made it."""
        others = [other for other in unit.claimants if other is not self]
        if others:
            return f"flow {others[0].flow.id}: it may ask such a call with these values, and is explained by another"
        near = next((other for other in unit.flows if other is not self), None)
        return f"flow {near.flow.id}: it was there, and nothing it asks fits" if near else ""

    def contested(self) -> list[Unit]:
        """What it may or may not have made."""
        open_ways = {number for way in self.open_ways() for number in way.units}
        units = [unit for unit in self.units if unit.owner is None]
        return [unit for unit in units if unit.number in open_ways] or units

    def doubts(self, threshold: float) -> list[str]:
        """Why it is not to be kept, in words; nothing if it is."""
        if self.kept:
            why = "other calls explain it nearly as well" if self.risk else "too little is known of its endpoint"
            return [f"{why}: {self.confidence:.4f} sure"] if self.confidence < threshold else []
        units = self.contested()
        if not units:
            return ["its calls are not among those that are left"]
        return [
            f"{call_name(unit.calls[0].exchange, self.flow.entry.started)} {candidates(tuple(one.flow for one in unit.flows))}"
            for unit in units
        ]

    def likeliest(self, ways: Iterable[Way]) -> tuple[Way | None, float]:
        """By how often each path was taken and by the gaps between the calls, and the risk that it is not true; None where too little is known
        of one.
        """
        costs: dict[Way, float] = {}
        contents: dict[tuple[int, ...], float] = {}
        for way in ways:
            cost = way.explanation.cost(self.request)
            if cost is None:
                return None, 1.0
            costs[way] = cost
            contents[way.content] = min(cost, contents.get(way.content, cost))
        best = min(costs, key=lambda way: costs[way])
        least = contents.pop(best.content)
        return best, risk(least, contents.values())

    def open_ways(self) -> list[Way]:
        """Those whose units are nobody else's yet."""
        lost = {unit.number for unit in self.units if unit.owner not in (None, self)}
        return [way for way in self.ways or () if not way.units & lost]
