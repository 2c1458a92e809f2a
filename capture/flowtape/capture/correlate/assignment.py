"""Which explanations can be true together: each call is one request's, and each request is wholly explained.

Requests are served one after another; one that finds its calls taken makes those who took them look for others, as in a bipartite
matching (Kuhn's augmenting paths), and that finds a way if there is one wherever no option takes more than one unit. Else a search with
backtracking decides, within limits.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final, Generic, Protocol, TypeVar

F = TypeVar("F", bound=Hashable)
MAX_TRIED: Final = 600
MAX_MOVED: Final = 20_000


class Option(Protocol):
    @property
    def units(self) -> frozenset[int]: ...


W = TypeVar("W", bound=Option)


class OutOfBreathError(Exception):
    """No way was found within the limits; there may be one."""


class Assignment(Generic[F, W]):
    """`options` of each flow, each of which takes some units (calls that go together); `required` units have to be somebody's."""

    def __init__(self, options: Mapping[F, Sequence[W]], required: Iterable[int] = ()) -> None:
        self._options = options
        self._required = frozenset(required)
        self._simple = all(len(option.units) <= 1 for found in options.values() for option in found)

    def solve(self, forced: Mapping[F, Sequence[W]] | None = None) -> dict[F, W] | None:
        """One option for each flow such that none share a unit; `forced` narrows the options of some. None if there is no way.

        Raises OutOfBreathError.
        """
        options = {**self._options, **(forced or {})}
        moving = _Moving(options)
        found = moving.place_all()
        if found and moving.cover(self._required):
            return moving.chosen
        if not found and self._simple and moving.moved <= MAX_MOVED:
            return None
        searching: _Searching[F, W] = _Searching(self._required)
        return searching.solve(options)


class _Moving(Generic[F, W]):
    """Gives each flow an option, moving others out of its way."""

    def __init__(self, options: Mapping[F, Sequence[W]]) -> None:
        self.chosen: dict[F, W] = {}
        self.moved = 0
        self._options = options
        self._holders: dict[int, F] = {}

    def place_all(self) -> bool:
        return all(self._place(flow, set()) for flow in self._options)

    def cover(self, required: frozenset[int]) -> bool:
        """Try to leave none of the `required` units over."""
        for unit in required:
            if unit in self._holders:
                continue
            takers = [(flow, way) for flow, ways in self._options.items() for way in ways if unit in way.units]
            if not any(self._take(flow, way, set()) for flow, way in takers):
                return False
        return all(unit in self._holders for unit in required)

    def _place(self, flow: F, asked: set[int]) -> bool:
        """`asked` are the units that were tried on this path."""
        ways = self._options[flow]
        free = next((way for way in ways if self._holders.keys().isdisjoint(way.units) and not way.units & asked), None)
        if free is not None:
            return self._take(flow, free, asked)
        return any(self._take(flow, way, asked) for way in ways)

    def _take(self, flow: F, way: W, asked: set[int]) -> bool:
        self.moved += 1
        if self.moved > MAX_MOVED or way.units & asked:
            return False
        asked |= way.units
        others = {self._holders[unit] for unit in way.units if unit in self._holders} - {flow}
        before = (dict(self.chosen), dict(self._holders)) if others else None
        self._release(flow)
        for other in others:
            self._release(other)
        self._hold(flow, way)
        for other in others:
            if not self._place(other, asked):
                assert before is not None
                self.chosen, self._holders = before
                return False
        return True

    def _hold(self, flow: F, way: W) -> None:
        self.chosen[flow] = way
        for unit in way.units:
            self._holders[unit] = flow

    def _release(self, flow: F) -> None:
        way = self.chosen.pop(flow, None)
        for unit in way.units if way else ():
            if self._holders.get(unit) == flow:
                del self._holders[unit]


class _Searching(Generic[F, W]):
    """Tries everything, the flow with the fewest options first."""

    def __init__(self, required: frozenset[int]) -> None:
        self._required = required
        self._tried = 0
        self._chosen: dict[F, W] = {}

    def solve(self, options: Mapping[F, Sequence[W]]) -> dict[F, W] | None:
        return self._chosen if self._search(dict(options), frozenset()) else None

    def _search(self, left: dict[F, Sequence[W]], used: frozenset[int]) -> bool:
        if not left:
            return self._required <= used
        self._tried += 1
        if self._tried > MAX_TRIED:
            raise OutOfBreathError
        flow = min(left, key=lambda one: len(left[one]))
        rest = {other: options for other, options in left.items() if other != flow}
        for option in left[flow]:
            narrowed = _without(rest, option.units)
            if narrowed is None:
                continue
            self._chosen[flow] = option
            if self._search(narrowed, used | option.units):
                return True
        self._chosen.pop(flow, None)
        return False


def _without(left: Mapping[F, Sequence[W]], units: frozenset[int]) -> dict[F, Sequence[W]] | None:
    """What is left once `units` are taken; None where a flow has nothing left."""
    if not units:
        return dict(left)
    found: dict[F, Sequence[W]] = {}
    for flow, options in left.items():
        kept = [option for option in options if not option.units & units]
        if not kept:
            return None
        found[flow] = kept
    return found
