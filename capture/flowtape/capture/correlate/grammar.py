"""Grammar: what each endpoint asks, in which order, and where the values come from, learned from flows that are certain.

A *path* is one sequence of calls, by their kinds and by the transactions they ran in. For each step it knows what came before it, how
it may be answered, and the rules of its values. Nothing here decides: `explanation` finds what fits, `assignment` what fits together.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, TypeAlias, TypeVar

from flowtape.capture.correlate.gaps import Gaps
from flowtape.capture.correlate.rules import REQUEST, Index, Look, Rules, Source
from flowtape.capture.correlate.saying import Saying, endpoint

T = TypeVar("T")
Key: TypeAlias = tuple[tuple[str, int], ...]
"""Each call's kind, and the number of the transaction it ran in within its flow, 0 outside of any."""

MAX_ENDPOINTS: Final = 500
MAX_PATHS: Final = 64
MAX_KINDS: Final = 5000
BACKGROUND: Final = 3
RARER: Final = 2
FAMILIAR: Final = 8
FEW: Final = 5
"""Of an endpoint of which fewer flows were learned nothing is unusual."""
USUAL: Final = 2
"""A path that was seen so often is no accident."""
OWN: Final = 3
MAX_CALLS: Final = 40
"""A flow with more calls teaches nothing."""
MEMORY: Final = 0.998
"""So much of what was counted before each flow still counts after it: about the last 500 flows tell what is new."""
FORGOTTEN: Final = 2000
"""A path that none of so many flows took, one after the other, is forgotten: the code has changed."""
TAUGHT: Final = 100
RARELY: Final = 8
"""A path that was seen so often is learned from one flow in so many."""


class Step:
    """One call of a path. `after` are the steps that had always been answered before it began."""

    def __init__(self, kind: str, group: int, number: int) -> None:
        self.kind = kind
        self.group = group
        self.rules = Rules()
        self.after = set(range(number))
        self.outcomes: set[str] = set()
        self.after_response = False


class Path:
    def __init__(self, key: Key) -> None:
        self.key = key
        self.seen = 0
        self.last = 0
        """Which of the endpoint's flows took it last."""
        self.steps = [Step(kind, group, number) for number, (kind, group) in enumerate(key)]
        self.twins = _twins(key)
        """Of a step that begins the same as what stands before it, the first step of that: it began earlier."""
        self.to_come = _to_come(self.twins)
        """How many that begin the same stand after a step."""
        self.response = Rules()
        self.gaps = Gaps(self.steps)

    def learn(self, request: Saying, calls: Sequence[Saying]) -> None:
        self.seen += 1
        if self.seen > TAUGHT and self.seen % RARELY:
            return
        index = Index()
        index.add(REQUEST, request.asked, answer=False)
        for number, (step, call) in enumerate(zip(self.steps, calls, strict=True)):
            step.rules.learn(call.asked, index)
            step.after -= {i for i in step.after if calls[i].exchange.ended > call.exchange.started}
            step.outcomes.add(call.outcome)
            step.after_response |= call.exchange.started > request.exchange.answered
            index.add(number, call.asked, answer=False)
            index.add(number, call.answered, answer=True)
        self.response.learn(request.answered, index)
        self.gaps.learn(request, calls)


class Endpoint:
    """`flows` and `new` fade: how many flows there were lately, and how many of them took a path not seen before, or one that could
    not be told. If those did not count, an endpoint would seem the better known the fewer of its flows can be told. `waiting` are those
    that may be told yet.
    """

    def __init__(self) -> None:
        self.paths: OrderedDict[Key, Path] = OrderedDict()
        self.flows = 0.0
        self.new = 0.0
        self.waiting = 0
        self.learned = 0
        self.tail = 0.0
        """How long after the response its last call began, in times of what the response took, at most."""

    def count(self, *, new: bool) -> None:
        self.flows = self.flows * MEMORY + 1
        self.new = self.new * MEMORY + new

    def novelty(self, without: Counter[Path]) -> float:
        """How likely another flow is to take a path that was never seen, by the rule of succession; as if fewer had been seen to take the
        paths `without`.
        """
        new = max(0.0, self.new - sum(path.seen <= number for path, number in without.items()))
        seen = max(0.0, self.flows - without.total())
        return (new + self.waiting + 1) / (seen + self.waiting + 2)

    def asks(self, kind: str) -> bool:
        return any(step.kind == kind for path in self.paths.values() for step in path.steps)

    def may_ask(self, call: Saying, request: Saying) -> bool:
        """Whether a step of any path is of the kind of `call`, and what it takes from the request is in both."""

        def look(source: Source) -> set[str] | None:
            return request.asked.get(source[2]) if source[0] == REQUEST else None

        steps = (step for path in self.paths.values() for step in path.steps if step.kind == call.kind)
        return any(step.rules.hold(call.asked, look) for step in steps)

    def contradicts(self, call: Saying, request: Saying, others: Sequence[Saying]) -> bool:
        """Whether paths ask for the kind of `call`, but each of them with other values, as far as it has them from `request` and `others`."""
        steps = [(path, step) for path in self.paths.values() for step in path.steps if step.kind == call.kind]
        return bool(steps) and not any(
            step.rules.hold(call.asked, _looking(path, request, others), among=True) for path, step in steps
        )


def _looking(path: Path, request: Saying, calls: Sequence[Saying]) -> Look:
    """What is at a place, where all that is known of `calls` is their kinds."""

    def look(source: Source) -> set[str] | None:
        number, answer, place = source
        if number == REQUEST:
            return request.asked.get(place)
        found: set[str] = set()
        for call in calls:
            if call.kind == path.steps[number].kind:
                found |= (call.answered if answer else call.asked).get(place, set())
        return found or None

    return look


class Grammar:
    """Of all endpoints; those not seen for long are forgotten first."""

    def __init__(self) -> None:
        self._endpoints: OrderedDict[str, Endpoint] = OrderedDict()
        self._kinds: OrderedDict[str, int] = OrderedDict()
        self._strays: OrderedDict[str, Counter[str]] = OrderedDict()
        """Kinds that were seen where they are not usual, and how often at which endpoint."""
        self._outside: OrderedDict[str, int] = OrderedDict()
        self._grown: dict[str, None] = {}

    def of(self, request: Saying) -> Endpoint | None:
        """None where nothing was learned of it yet."""
        found = self._endpoints.get(endpoint(request.exchange))
        return found if found is not None and found.paths else None

    def learn(self, request: Saying, calls: Sequence[Saying]) -> Path | None:
        """`calls` are all that `request` caused, in the order of their starts, for certain. Returns what was learned; nothing from too many."""
        if len(calls) > MAX_CALLS:
            return None
        calls = ordered(calls)
        found = self._endpoint(request)
        key = key_of(calls)
        found.count(new=key not in found.paths)
        path = found.paths.get(key)
        if path is None:
            path = found.paths[key] = Path(key)
        found.paths.move_to_end(key)
        path.learn(request, calls)
        found.learned += 1
        path.last = found.learned
        oldest = next(iter(found.paths.values()))
        if len(found.paths) > MAX_PATHS or found.learned - oldest.last > FORGOTTEN:
            del found.paths[oldest.key]
        if calls:
            entry = request.exchange
            last = max(call.exchange.started for call in calls)
            found.tail = max(found.tail, (last - entry.ended) / max(entry.ended - entry.started, 1))
        if path.seen == 1 or found.learned.bit_count() == 1:
            self._grown[endpoint(request.exchange)] = None
        for call in calls:
            _touch(self._kinds, call.kind, self._kinds.get(call.kind, 0) + 1)
        return path

    def take_grown(self) -> list[str]:
        """The endpoints of which a new path was learned since this was asked last, or twice as many flows as when they were named before."""
        grown, self._grown = list(self._grown), {}
        return grown

    def wait_for(self, request: Saying, more: int) -> None:
        """So many `more` requests like this may be told yet."""
        found = self._endpoint(request)
        found.waiting = max(0, found.waiting + more)

    def miss(self, request: Saying) -> None:
        """What `request` caused could not be told."""
        self._endpoint(request).count(new=True)

    def _endpoint(self, request: Saying) -> Endpoint:
        name = endpoint(request.exchange)
        found = self._endpoints.get(name)
        if found is None:
            found = self._endpoints[name] = Endpoint()
            if len(self._endpoints) > MAX_ENDPOINTS:
                self._endpoints.popitem(last=False)
        self._endpoints.move_to_end(name)
        return found

    def strays(self, request: Saying, calls: Sequence[Saying], *, learned: int = 0) -> list[Saying]:
        """The calls that are probably none of the request's, though no other was there: what is left over of a path that is well
        known without them, of kinds that its endpoint does not ask otherwise, or of kinds that come more often while no request is
        there. A scheduler's calls fall into any request.

        Those that come often (see `learn_strays`), and into one endpoint only, are believed to be its own after all. `learned` says
        how often the flow itself was learned.
        """
        elsewhere = [call for call in calls if 0 < self._outside.get(call.kind, 0) >= self._kinds.get(call.kind, 0)]
        found = self.of(request)
        if elsewhere or found is None or found.learned - learned < FEW:
            return elsewhere
        kinds = Counter(call.kind for call in calls)
        known = [Counter(kind for kind, _ in path.key) for path in found.paths.values() if path.seen >= USUAL]
        if any(kinds == path for path in known):
            return []
        usual = {kind for path in known for kind in path}
        name = endpoint(request.exchange)
        for path in known:
            rest = kinds - path
            if path <= kinds and not rest.keys() & usual and not any(self._is_own(name, kind) for kind in rest):
                return [call for call in calls if call.kind in rest]
        return []

    def _is_own(self, name: str, kind: str) -> bool:
        where = self._strays.get(kind, Counter())
        return len(where.keys() | {name}) < 2 and where[name] + 1 >= OWN and kind not in self._outside

    def learn_strays(self, request: Saying, strays: Iterable[Saying]) -> None:
        """`strays` were there while `request` was, and nothing else."""
        name = endpoint(request.exchange)
        for kind in {call.kind: None for call in strays}:
            where = self._strays.setdefault(kind, Counter())
            self._strays.move_to_end(kind)
            where[name] += 1
            if len(self._strays) > MAX_KINDS:
                self._strays.popitem(last=False)

    def learn_outside(self, call: Saying) -> None:
        """`call` was made while no request was there."""
        _touch(self._outside, call.kind, self._outside.get(call.kind, 0) + 1)

    def is_background(self, call: Saying) -> bool:
        """Whether such calls come while no request is there, and hardly ever in a flow."""
        times = self._outside.get(call.kind, 0)
        return times >= BACKGROUND and times > RARER * self._kinds.get(call.kind, 0)


def _touch(held: OrderedDict[str, T], name: str, value: T) -> None:
    held[name] = value
    held.move_to_end(name)
    if len(held) > MAX_KINDS:
        held.popitem(last=False)


def ordered(calls: Sequence[Saying]) -> list[Saying]:
    """By their starts; calls that were under way at once, which may start in any order, by their kinds. Transactions that ran side by
    side stand as wholes.
    """
    found = sorted(calls, key=lambda call: call.exchange.started)
    aside = _side_by_side(found)
    wholes: dict[str, list[Saying]] = {}
    units: list[list[Saying]] = []
    for call in found:
        name = call.exchange.transaction
        if name in wholes:
            wholes[name].append(call)
            continue
        units.append([call])
        if name in aside:
            wholes[name] = units[-1]
    at = 0
    for end in _ends(units):
        units[at:end] = sorted(units[at:end], key=lambda unit: ([call.kind for call in unit], unit[0].exchange.started))
        at = end
    return [call for unit in units for call in unit]


def _side_by_side(calls: Sequence[Saying]) -> set[str]:
    """The transactions that were open while another one was."""
    spans: dict[str, tuple[int, int]] = {}
    for call in calls:
        if name := call.exchange.transaction:
            started, ended = spans.get(name, (call.exchange.started, 0))
            spans[name] = started, max(ended, call.exchange.ended)
    found: set[str] = set()
    last, until = "", 0
    for name, (started, ended) in spans.items():
        if started < until:
            found |= {last, name}
        if ended > until:
            last, until = name, ended
    return found


def _ends(units: Sequence[Sequence[Saying]]) -> Iterator[int]:
    """Where each run of units ends that were all under way at once."""
    at = 0
    while at < len(units):
        end, least = at + 1, units[at][-1].exchange.ended
        while end < len(units) and units[end][0].exchange.started < least:
            least = min(least, units[end][-1].exchange.ended)
            end += 1
        yield end
        at = end


def _twins(key: Key) -> dict[int, int]:
    units = [list(unit) for _, unit in groupby(range(len(key)), key=lambda number: key[number][1] or -number - 1)]
    said = [[key[number][0] for number in unit] for unit in units]
    pairs = zip(units, units[1:], said, said[1:], strict=False)
    return {unit[0]: before[0] for before, unit, one, other in pairs if one == other}


def _to_come(twins: dict[int, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for number, before in sorted(twins.items(), reverse=True):
        found[before] = found.get(number, 0) + 1
    return found


def key_of(calls: Sequence[Saying]) -> Key:
    groups: dict[str, int] = {}
    key = []
    for call in calls:
        name = call.exchange.transaction
        key.append((call.kind, groups.setdefault(name, len(groups) + 1) if name else 0))
    return tuple(key)
