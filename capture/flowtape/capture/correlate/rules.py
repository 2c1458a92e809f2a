"""Where the values of one message come from: what has always held, over all flows that are certain.

A rule says that the values at a place were, each time, among those at another place of the flow (or the same): of the request, or of
an earlier call or its answer. One counter-example ends it. While several rules are left for a place, one of them has to hold: some
will have held by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from flowtape.capture.correlate.values import Places

Source: TypeAlias = tuple[int, bool, str]
"""The step's number, or REQUEST; whether it is its answer; the place in it."""
Look: TypeAlias = Callable[[Source], "set[str] | None"]
REQUEST: Final = -1
VARIED: Final = 3
CONSTANT: Final = 20
MAX_SOURCES: Final = 24


@dataclass(slots=True)
class Origin:
    """What is known of the values at one place. `values` are the first few of them; `wider` the sources that held others too."""

    sources: dict[Source, int] = field(default_factory=dict)
    wider: set[Source] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    seen: int = 0

    @property
    def constant(self) -> str | None:
        return next(iter(self.values)) if len(self.values) == 1 and self.seen >= CONSTANT else None


class Index:
    """All values of a flow up to some step, by value and by place."""

    def __init__(self) -> None:
        self._by_value: dict[str, list[Source]] = {}
        self._by_place: dict[Source, set[str]] = {}

    def add(self, step: int, places: Places, *, answer: bool) -> None:
        for place, values in places.items():
            source = (step, answer, place)
            self._by_place[source] = values
            for value in values:
                self._by_value.setdefault(value, []).append(source)

    def look(self, source: Source) -> set[str] | None:
        return self._by_place.get(source)

    def sources(self, values: set[str]) -> list[Source]:
        """The places that hold all of `values`, nearest the request first."""
        lists = sorted((self._by_value.get(value, []) for value in values), key=len)
        found = lists[0]
        for other in lists[1:]:
            held = set(other)
            found = [source for source in found if source in held]
        return found[:MAX_SOURCES]


class Rules:
    """What is known of all places of one message of a path."""

    def __init__(self) -> None:
        self.places: dict[str, Origin] = {}

    def learn(self, places: Places, index: Index) -> None:
        for place, values in places.items():
            origin = self.places.get(place)
            if origin is None:
                origin = self.places[place] = Origin(dict.fromkeys(index.sources(values), 0))
            origin.seen += 1
            if len(origin.values) <= VARIED:
                origin.values.update(sorted(values)[: VARIED + 1])
            for source in list(origin.sources):
                held = index.look(source)
                if held is None:
                    continue
                if values <= held:
                    origin.sources[source] += 1
                    if len(held) > len(values):
                        origin.wider.add(source)
                else:
                    del origin.sources[source]

    def hold(self, places: Places, look: Look, *, among: bool = False) -> bool:
        """Whether `places` may be what these rules are about; with `among`, where what is looked at may be that of several. Sources at
        which there is nothing to `look` at say nothing.
        """
        for place, origin in self.places.items():
            values = places.get(place)
            if values is not None and not _may_be(values, origin, look, among=among):
                return False
        return True


def _may_be(values: set[str], origin: Origin, look: Look, *, among: bool) -> bool:
    compared = False
    for source in origin.sources:
        there = look(source)
        if there is None:
            continue
        if values == there or ((among or source in origin.wider) and values <= there):
            return True
        compared = True
    if compared:
        return False
    constant = origin.constant if not origin.sources else None
    return constant is None or values == {constant}
