"""Would the gaps between calls tell whose they are, where sequences and values do not?

Each request is explained by itself, from all calls that were there. Of those that can be explained in ways that differ in content, the
likeliest by its gaps is held against the truth. It is made easy: paths and gaps are learned from the truth of all that came before.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.correlation.heard import Heard
from benchmarks.correlation.truth import TrueFlow, Truth
from benchmarks.figure import Figure

from flowtape.capture.correlate.correlator import QUIET_NS, THRESHOLD
from flowtape.capture.correlate.delays import Delays
from flowtape.capture.correlate.explanation import Candidate, Explanation, TooManyError, explanations
from flowtape.capture.correlate.grammar import Grammar, Path, ordered
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.exchange import Exchange

UNIT_NS = 10_000.0
ENOUGH = 10
"""Of fewer gaps nothing is said."""


@dataclass(slots=True)
class Told:
    """Of `asked` requests, which several ways explain, how many were told right, and how many would be by chance; the same of those
    that are as sure as the threshold.
    """

    asked: int = 0
    right: int = 0
    by_chance: float = 0.0
    sure: int = 0
    sure_right: int = 0


def figures(name: str, heard: Heard, truth: Truth) -> Iterator[Figure]:
    found = told(heard, truth)
    if found.asked:
        chance = {"by chance": found.by_chance / found.asked}
        yield Figure(f"{name}.gaps.right", found.right / found.asked, "share", "higher", chance)
    if found.sure:
        yield Figure(f"{name}.gaps.sure", found.sure_right / found.sure, "share", "higher", {"said": THRESHOLD})


def told(heard: Heard, truth: Truth) -> Told:
    learned = Learned()
    calls = sorted((one for one in heard.exchanges if one.connection.dependency and not one.session), key=_started)
    found = Told()
    for flow in sorted(truth.flows.values(), key=lambda flow: flow.entry.started):
        if flow.entry.started >= heard.captured.loads[0].started:
            _judge(found, learned, flow, calls)
        learned.learn(flow)
    return found


class Learned:
    """The paths, and how long each of their steps waits for those before it, and the response for the last."""

    def __init__(self) -> None:
        self.grammar = Grammar()
        self._gaps: dict[Path, list[Delays]] = {}

    def learn(self, flow: TrueFlow) -> None:
        request, calls = Saying(flow.entry), ordered([Saying(call) for call in flow.calls])
        path = self.grammar.learn(request, calls)
        if path is not None:
            known = self._gaps.setdefault(path, [Delays(UNIT_NS) for _ in range(len(calls) + 1)])
            for delays, gap in zip(known, _gaps(path, request, calls), strict=True):
                delays.learn([gap])

    def cost(self, way: Explanation, request: Saying) -> float:
        """-log of how likely it is that these calls are the request's, by how often the path was taken and by the gaps, against their
        being others', which may begin at any time. 0 where too little is known to speak for or against it.
        """
        known = self._gaps.get(way.path, [])
        if not known or len(known[0]) < ENOUGH:
            return 0.0
        entry = request.exchange
        any_time = math.log((entry.ended - entry.started) / UNIT_NS)
        gaps = zip(known, _gaps(way.path, request, way.calls), strict=True)
        return sum(delays.cost(gap) for delays, gap in gaps) - len(way.calls) * any_time - math.log(way.path.seen)


def _gaps(path: Path, request: Saying, calls: Sequence[Saying]) -> Iterator[float]:
    entry = request.exchange
    for step, call in zip(path.steps, calls, strict=True):
        yield call.exchange.started - max((calls[at].exchange.ended for at in step.after), default=entry.started)
    before = [call.exchange.ended for step, call in zip(path.steps, calls, strict=True) if not step.after_response]
    yield entry.ended - max(before, default=entry.started)


def _judge(found: Told, learned: Learned, flow: TrueFlow, calls: Sequence[Exchange]) -> None:
    request = Saying(flow.entry)
    costs: dict[tuple[int, ...], float] = {}
    for way in _ways(learned.grammar, request, calls):
        costs[way.content] = min(learned.cost(way, request), costs.get(way.content, math.inf))
    true = tuple(Saying(call).content for call in sorted(flow.calls, key=_started))
    if len(costs) < 2 or true not in costs:
        return
    best = min(costs, key=lambda content: costs[content])
    found.asked += 1
    found.right += best == true
    found.by_chance += 1 / len(costs)
    if 1 / sum(math.exp(costs[best] - cost) for cost in costs.values()) >= THRESHOLD:
        found.sure += 1
        found.sure_right += best == true


def _ways(grammar: Grammar, request: Saying, calls: Sequence[Exchange]) -> list[Explanation]:
    """All that explain a request by calls in its window; none where there are too many."""
    endpoint = grammar.of(request)
    if endpoint is None:
        return []
    started, until = request.exchange.started, request.exchange.ended + QUIET_NS
    there = calls[bisect_left(calls, started, key=_started) : bisect_right(calls, until, key=_started)]
    together = Counter(call.transaction for call in there)
    pool: dict[str, list[Candidate]] = {}
    for call in map(Candidate, there):
        call.together = together[call.exchange.transaction] if call.exchange.transaction else 1
        pool.setdefault(call.kind, []).append(call)
    try:
        return explanations(endpoint, request, until, pool, (), without=Counter())
    except TooManyError:
        return []


def _started(exchange: Exchange) -> int:
    return exchange.started
