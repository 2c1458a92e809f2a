"""What would the gaps between calls tell, where sequences and values leave several ways to explain a request?

Each request is explained by itself, from all calls that were there. Of those that can be explained in ways that differ in content, the
likeliest by its gaps is held against the truth. Paths and gaps are learned from the truth of all that came before.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.correlation.heard import Heard
from benchmarks.correlation.truth import TrueFlow, Truth
from benchmarks.figure import Figure

from flowtape.capture.correlate.correlator import QUIET_NS, THRESHOLD
from flowtape.capture.correlate.explanation import Candidate, Explanation, TooManyError, explanations
from flowtape.capture.correlate.gaps import COUNTS, risk
from flowtape.capture.correlate.grammar import Grammar
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.exchange import Exchange


@dataclass(slots=True)
class Told:
    """Of `asked` requests, which several ways explain, how many were told right, and how many would be by chance; and for those that are as
    sure as the threshold, by how much gaps count, whether they were.
    """

    asked: int = 0
    right: int = 0
    by_chance: float = 0.0
    sure: dict[float, list[bool]] = field(default_factory=lambda: {COUNTS: [], 1.0: []})


def figures(name: str, heard: Heard, truth: Truth) -> Iterator[Figure]:
    found = told(heard, truth)
    if found.asked:
        chance = {"by chance": found.by_chance / found.asked}
        yield Figure(f"{name}.gaps.right", found.right / found.asked, "share", "higher", chance)
    shares = {counts: sum(right) / len(right) for counts, right in found.sure.items() if right}
    if COUNTS in shares:
        rivals = {"said": THRESHOLD, "if they counted whole": shares[1.0]}
        yield Figure(f"{name}.gaps.sure", shares[COUNTS], "share", "higher", rivals)
        yield Figure(f"{name}.gaps.decided", len(found.sure[COUNTS]) / found.asked, "share", "higher")


def told(heard: Heard, truth: Truth) -> Told:
    grammar, found = Grammar(), Told()
    calls = sorted((one for one in heard.exchanges if one.connection.dependency and not one.session), key=_started)
    for flow in sorted(truth.flows.values(), key=lambda flow: flow.entry.started):
        if flow.entry.started >= heard.captured.loads[0].started:
            _judge(found, grammar, flow, calls)
        grammar.learn(Saying(flow.entry), [Saying(call) for call in flow.calls])
    return found


def _judge(found: Told, grammar: Grammar, flow: TrueFlow, calls: Sequence[Exchange]) -> None:
    request = Saying(flow.entry)
    costs: dict[tuple[int, ...], float] = {}
    for way in _ways(grammar, request, calls):
        if (cost := way.cost(request)) is None:
            return
        costs[way.content] = min(cost, costs.get(way.content, math.inf))
    true = tuple(Saying(call).content for call in sorted(flow.calls, key=_started))
    if len(costs) < 2 or true not in costs:
        return
    found.asked += 1
    found.by_chance += 1 / len(costs)
    best = min(costs, key=lambda content: costs[content])
    found.right += best == true
    least = costs.pop(best)
    for counts, right in found.sure.items():
        if risk(least, costs.values(), counts) <= 1 - THRESHOLD:
            right.append(best == true)


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
