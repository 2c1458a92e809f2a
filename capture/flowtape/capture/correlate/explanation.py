"""Which calls may be a request's: all ways in which the grammar explains it, wholly, by calls that are there.

An explanation takes a path of the endpoint and gives each of its steps a call of the step's kind: one that began when it could have, was
answered as such calls are, holds the values that the request and the calls before it predict, and leaves the response what it is.
Of a transaction it takes all statements or none.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from flowtape.capture.correlate.grammar import Endpoint, Path, Step
from flowtape.capture.correlate.rules import REQUEST, Rules, Source
from flowtape.capture.correlate.saying import Saying

MAX_TRIED: Final = 3000
MAX_FOUND: Final = 120
ENOUGH: Final = 3
"""So often an order of steps has to have held before it counts."""


class Candidate(Saying):
    """A call that may be a flow's. `unit` numbers what has one owner with it, `together` is of how many calls that is."""

    unit: int = 0
    together: int = 1
    chosen: bool = False


Pool: TypeAlias = Mapping[str, Sequence[Candidate]]
"""What there is, by kind, in the order of their starts."""


@dataclass(frozen=True, slots=True)
class Explanation:
    path: Path
    calls: tuple[Candidate, ...]

    @property
    def content(self) -> tuple[int, ...]:
        """Equal for explanations between which it makes no difference which one is true."""
        return tuple(call.content for call in sorted(self.calls, key=_started))

    def cost(self, request: Saying) -> float | None:
        """-log of how likely it is against others, by how often its path was taken and by the gaps between its calls. None where too little
        is known of them.
        """
        gaps = self.path.gaps.cost(request, self.calls)
        return None if gaps is None else gaps - math.log(self.path.seen)


class TooManyError(Exception):
    """More ways than are tried."""


def explanations(
    endpoint: Endpoint,
    request: Saying,
    until: int,
    pool: Pool,
    fixed: Sequence[Candidate],
    *,
    without: Counter[Path],
) -> list[Explanation]:
    """All of them. `fixed` are calls that are known to be the request's: each explanation holds them. A path that was seen no
    more often than `without` says explains nothing. Raises TooManyError.
    """
    found: dict[frozenset[int], Explanation] = {}
    search = _Search(request, until, pool, fixed)
    for path in _answering(endpoint, request):
        if path.seen <= without[path]:
            continue
        for calls in search.of(path):
            found.setdefault(frozenset(map(id, calls)), Explanation(path, calls))
            if len(found) > MAX_FOUND:
                raise TooManyError
    return list(found.values())


def _answering(endpoint: Endpoint, request: Saying) -> Iterator[Path]:
    """The paths that end in such a response: not those whose responses lack what it says, and another's have."""
    places = request.answered.keys()
    for path in list(endpoint.paths.values()):
        strange = places - path.response.places.keys()
        if not any(strange & other.response.places.keys() for other in endpoint.paths.values()):
            yield path


class _Search:
    def __init__(self, request: Saying, until: int, pool: Pool, fixed: Sequence[Candidate]) -> None:
        self._request = request
        self._until = until
        self._pool = pool
        self._fixed = set(map(id, fixed))
        self._tried = 0
        self._together: dict[str, list[Candidate]] = {}
        for calls in pool.values():
            for call in calls:
                if call.exchange.transaction:
                    self._together.setdefault(call.exchange.transaction, []).append(call)

    def of(self, path: Path) -> Iterator[tuple[Candidate, ...]]:
        if len(self._fixed) > len(path.steps) or any(step.kind not in self._pool for step in path.steps):
            return
        self._path = path
        self._chosen: list[Candidate] = []
        self._transactions: dict[int, str] = {}
        self._closing = _closing(path)
        if not path.steps and not path.response.hold(self._request.answered, self._look):
            return
        yield from self._from(0)

    def _from(self, number: int) -> Iterator[tuple[Candidate, ...]]:
        if number == len(self._path.steps):
            if self._is_whole():
                yield tuple(self._chosen)
            return
        step = self._path.steps[number]
        for call in self._fitting(step, number):
            self._tried += 1
            if self._tried > MAX_TRIED:
                raise TooManyError
            opened = step.group and step.group not in self._transactions
            if opened:
                self._transactions[step.group] = call.exchange.transaction
            self._chosen.append(call)
            call.chosen = True
            try:
                if self._response_holds(number):
                    yield from self._from(number + 1)
            finally:
                self._chosen.pop()
                call.chosen = False
            if opened:
                del self._transactions[step.group]

    def _fitting(self, step: Step, number: int) -> Iterator[Candidate]:
        twin = self._path.twins.get(number)
        started = self._request.exchange.started if twin is None else self._chosen[twin].exchange.started
        strict = self._path.seen >= ENOUGH
        if strict and step.after and self._chosen:
            started = max(started, *(self._chosen[i].exchange.ended for i in step.after))
        until = self._until if step.after_response or step.group or not strict else self._request.exchange.ended
        transaction = self._transactions.get(step.group) if step.group else ""
        for call in self._of_kind(step, transaction, started, self._path.to_come.get(number, 0)):
            exchange = call.exchange
            if exchange.started > until and not step.group:
                break
            if call.chosen or call.outcome not in step.outcomes or exchange.started < started:
                continue
            if transaction is None:
                if not exchange.transaction or exchange.transaction in self._transactions.values():
                    continue
            elif exchange.transaction != transaction:
                continue
            if step.rules.hold(call.asked, self._look):
                yield call

    def _of_kind(self, step: Step, transaction: str | None, started: int, left: int) -> Iterable[Candidate]:
        """Those that began at `started` or later, but not so late that there are not as many as are `left` after them."""
        if transaction:
            return [call for call in self._together[transaction] if call.kind == step.kind]
        calls = self._pool[step.kind]
        return islice(calls, bisect_left(calls, started, key=_started), max(0, len(calls) - left))

    def _look(self, source: Source) -> set[str] | None:
        step, answer, place = source
        if step == REQUEST:
            return self._request.asked.get(place)
        call = self._chosen[step]
        return (call.answered if answer else call.asked).get(place)

    def _response_holds(self, number: int) -> bool:
        rules = self._closing.get(number)
        return rules is None or rules.hold(self._request.answered, self._look)

    def _is_whole(self) -> bool:
        if len(self._fixed) and len(self._fixed & set(map(id, self._chosen))) < len(self._fixed):
            return False
        counts: dict[str, int] = {}
        for call in self._chosen:
            if call.together > 1:
                counts[call.exchange.transaction] = counts.get(call.exchange.transaction, 0) + 1
        return all(call.together == counts[call.exchange.transaction] for call in self._chosen if call.together > 1)


def _closing(path: Path) -> dict[int, Rules]:
    """The response's rules by the step after which all their sources are known."""
    found: dict[int, Rules] = {}
    for place, origin in path.response.places.items():
        last = max((step for step, _, _ in origin.sources), default=len(path.steps) - 1)
        found.setdefault(max(last, 0), Rules()).places[place] = origin
    return found


def _started(call: Candidate) -> int:
    return call.exchange.started
