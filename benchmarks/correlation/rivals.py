"""How calls are commonly given to requests: by the clock. Each rival gives every call to a request and emits every flow.

- *time window*: to the request that arrived last of those in flight;
- *first come first served*: to the one that arrived first of those in flight;
- *arrival order*: the calls that each kind of request makes are known (from the truth, which is more than a rival could know).
  Requests take them in the order in which they arrived: each the earliest call that is of the kind wanted, not taken yet, and not
  begun before the one before it had ended.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Final, TypeAlias

from benchmarks.correlation.truth import Truth, place

from flowtape.capture.exchange import Exchange, HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.capture.flow import Call, Flow

Rival: TypeAlias = Callable[[list[Exchange], list[Exchange], Truth], Iterable[Flow]]
_VALUE = re.compile(r"[0-9a-f-]{36}|\d+|/\*.*\*/")


def time_window(entries: list[Exchange], calls: list[Exchange], _: Truth) -> Iterable[Flow]:
    return _by_window(entries, calls, -1)


def first_come_first_served(entries: list[Exchange], calls: list[Exchange], _: Truth) -> Iterable[Flow]:
    return _by_window(entries, calls, 0)


def _by_window(entries: list[Exchange], calls: list[Exchange], which: int) -> Iterable[Flow]:
    given: dict[Hashable, list[Exchange]] = defaultdict(list)
    starts = [entry.started for entry in entries]
    longest = max((entry.ended - entry.started for entry in entries), default=0)
    for call in calls:
        near = entries[bisect_left(starts, call.started - longest) : bisect_right(starts, call.started)]
        in_flight = [entry for entry in near if entry.ended >= call.started]
        if in_flight:
            given[place(in_flight[which])].append(call)
    return [_flow(entry, given[place(entry)]) for entry in entries]


def arrival_order(entries: list[Exchange], calls: list[Exchange], truth: Truth) -> Iterable[Flow]:
    waiting: dict[Hashable, list[Exchange]] = defaultdict(list)
    for call in calls:
        waiting[_kind(call)].append(call)
    made = _commonly_made(truth)
    flows = []
    for entry in entries:
        at, own = entry.started, []
        for kind in made[_kind(entry)]:
            queue = waiting[kind]
            index = next((i for i, call in enumerate(queue) if at <= call.started <= entry.ended), None)
            if index is None:
                break
            own.append(queue.pop(index))
            at = own[-1].ended
        flows.append(_flow(entry, own))
    return flows


RIVALS: Final[dict[str, Rival]] = {
    "time window": time_window,
    "first come first served": first_come_first_served,
    "arrival order": arrival_order,
}


def _commonly_made(truth: Truth) -> dict[Hashable, tuple[Hashable, ...]]:
    """The kinds of calls that each kind of request makes, most often."""
    found: dict[Hashable, Counter[tuple[Hashable, ...]]] = defaultdict(Counter)
    for flow in truth.flows.values():
        found[_kind(flow.entry)][tuple(map(_kind, flow.calls))] += 1
    return {kind: sequences.most_common(1)[0][0] for kind, sequences in found.items()}


def _kind(exchange: Exchange) -> Hashable:
    match exchange.question:
        case HttpRequest(method=method, target=target):
            status = exchange.answer.status if isinstance(exchange.answer, HttpResponse) else 0
            return exchange.connection.dependency, method, _VALUE.sub("?", target.partition("?")[0]), status
        case SqlStatement(text=text):
            return exchange.connection.dependency, _VALUE.sub("?", text)
        case RedisCommand(arguments=arguments):
            return exchange.connection.dependency, arguments[0].upper()
    return exchange.connection.dependency, ""


def _flow(entry: Exchange, calls: list[Exchange]) -> Flow:
    return Flow("", "", "", entry, tuple(map(Call, calls)))
