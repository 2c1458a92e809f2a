"""Who belongs to whom, where many fit many: what is certain of it.

Given are *outer* intervals (a client span, or a request as it was heard) and *inner* ones (a call as it was heard, or a server span's
start), each inner within the outer one that it belongs to. Every outer has one inner and every inner one outer, as a rule; which,
only the times and what is said tell. Of all assignments that give a partner to as many as can be, an inner is certain of the outers
that it has in some of them (Régin 1994: an edge is in some maximum matching if it is in one, or on an alternating cycle, or on an
even alternating path from a free vertex).

One that has no partner casts doubt on those that were open with it, not on all that ever overlapped in a chain: the sequence is cut
wherever each outer that has begun has had an inner.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

MAX_SEGMENT: Final = 1500
"""More inners than these at once are all in doubt."""


class Interval(Protocol):
    """Times are ns."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


O = TypeVar("O", bound=Interval)  # noqa: E741 - outer
I = TypeVar("I", bound=Interval)  # noqa: E741 - inner


@dataclass(slots=True)
class Possible(Generic[O]):
    """`partners` are the outers that an inner may have; `free` says that it may have none of them. `clean` says that with it every
    outer that had begun and not ended has had an inner: what comes later has nothing to do with what came before.
    """

    partners: list[O] = field(default_factory=list)
    free: bool = True
    clean: bool = True


def assign(
    outers: Sequence[O], inners: Sequence[I], fits: Callable[[O, I], bool], *, slack: int = 0
) -> list[Possible[O]]:
    """What each of `inners` may belong to. Both are sorted by start; an inner starts in its outer, or up to `slack` after its end."""
    segments, clean = _segments(outers, inners, fits, slack)
    found: list[Possible[O]] = [Possible(clean=one) for one in clean]
    for segment in segments:
        numbers = list(segment)
        for inner, (partners, free) in zip(numbers, _possible([segment[one] for one in numbers]), strict=True):
            found[inner].partners, found[inner].free = [outers[one] for one in partners], free
    return found


def _segments(
    outers: Sequence[O], inners: Sequence[I], fits: Callable[[O, I], bool], slack: int
) -> tuple[list[dict[int, list[int]]], list[bool]]:
    """By number, the inners of each segment with the outers of it that they fit; and of each inner whether it leaves none waiting.

    Where every outer that has begun and not ended has had an inner, the next outer begins a new segment. An inner that then fits
    outers of old segments only joins those to one: something has no partner there.
    """
    joined = _Joined(len(outers))
    fitting: list[list[int]] = []
    home: list[int] = []
    clean: list[bool] = []
    active: list[int] = []
    waiting: list[int] = []
    begun = 0
    for inner in inners:
        while begun < len(outers) and outers[begun].start <= inner.start:
            waiting = [one for one in waiting if outers[one].end + slack >= outers[begun].start]
            if waiting:
                joined.join(begun, waiting[0])
            active.append(begun)
            waiting.append(begun)
            begun += 1
        active = [one for one in active if outers[one].end + slack >= inner.start]
        fit = [one for one in active if fits(outers[one], inner)]
        own = min((one for one in waiting if one in fit), key=lambda one: outers[one].end, default=-1)
        if own < 0:
            for one in fit[1:]:
                joined.join(one, fit[0])
        else:
            waiting.remove(own)
        clean.append(not any(outers[one].end >= inner.start for one in waiting))
        fitting.append(fit)
        home.append(own if own >= 0 or not fit else fit[0])
    found: dict[int, dict[int, list[int]]] = {}
    for number, (fit, at) in enumerate(zip(fitting, home, strict=True)):
        if at >= 0:
            root = joined.root(at)
            found.setdefault(root, {})[number] = [one for one in fit if joined.root(one) == root]
    return list(found.values()), clean


class _Joined:
    """A union-find forest."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, one: int) -> int:
        parent = self._parent
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    def join(self, one: int, other: int) -> None:
        self._parent[self.root(one)] = self.root(other)


def _possible(edges: list[list[int]]) -> list[tuple[list[int], bool]]:
    """For each inner of one segment the outers that it has in some maximum matching, and whether it is free in some."""
    if len(edges) > MAX_SEGMENT:
        return [(fitting, True) for fitting in edges]
    of_inner, of_outer = _matching(edges)
    follows = [
        [of_outer[one] for one in fitting if one in of_outer and of_outer[one] != inner]
        for inner, fitting in enumerate(edges)
    ]
    leads: list[list[int]] = [[] for _ in edges]
    for inner, following in enumerate(follows):
        for other in following:
            leads[other].append(inner)
    freed = _reached(follows, [inner for inner in range(len(edges)) if inner not in of_inner])
    to_free = _reached(
        leads, [inner for inner, fitting in enumerate(edges) if any(one not in of_outer for one in fitting)]
    )
    circle = _circles(follows)
    found = []
    for inner, fitting in enumerate(edges):
        partners = []
        for one in fitting:
            has = of_outer.get(one)
            if has is None or has == inner or inner in freed or has in to_free or circle[inner] == circle[has]:
                partners.append(one)
        found.append((partners, inner in freed))
    return found


def _matching(edges: list[list[int]]) -> tuple[dict[int, int], dict[int, int]]:
    """A maximum matching: outer by inner, and inner by outer. Each inner in turn looks for a shortest augmenting path."""
    of_inner: dict[int, int] = {}
    of_outer: dict[int, int] = {}
    for root in range(len(edges)):
        came: dict[int, int] = {}
        queue = deque([root])
        ends: list[int] = []
        while queue and not ends:
            inner = queue.popleft()
            for outer in edges[inner]:
                if outer not in came:
                    came[outer] = inner
                    if outer not in of_outer:
                        ends.append(outer)
                        break
                    queue.append(of_outer[outer])
        while ends:
            outer = ends.pop()
            inner = came[outer]
            if inner in of_inner:
                ends.append(of_inner[inner])
            of_inner[inner], of_outer[outer] = outer, inner
    return of_inner, of_outer


def _reached(follows: list[list[int]], sources: list[int]) -> set[int]:
    found = set(sources)
    waiting = list(sources)
    while waiting:
        for other in follows[waiting.pop()]:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _circles(follows: list[list[int]]) -> list[int]:
    """The strongly connected component of each (Tarjan 1972, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    component = [-1] * len(follows)
    stack: list[int] = []
    for root in range(len(follows)):
        if root in index:
            continue
        path = [(root, iter(follows[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while path:
            node, rest = path[-1]
            following = next((one for one in rest if component[one] < 0), None)
            if following is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == index[node]:
                    while component[node] < 0:
                        component[stack.pop()] = node
            elif following in index:
                low[node] = min(low[node], index[following])
            else:
                index[following] = low[following] = len(index)
                stack.append(following)
                path.append((following, iter(follows[following])))
    return component
