"""Requests that could not be told yet, kept until more is known of what they wait for.

What is learned later tells of what was heard before: the first request of an endpoint is as good as its tenth, once ten were seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flowtape.capture.correlate.waiting import Waiting

MOST: Final = 2000
"""So many are held; the oldest are given up first."""
MAX_LOOKS: Final = 8
"""So often one is looked at, whatever is learned."""


class Held:
    def __init__(self) -> None:
        self._held: dict[Waiting, tuple[str, ...]] = {}
        self._awaiting: dict[str, dict[Waiting, None]] = {}
        self._called: dict[Waiting, None] = {}

    def __contains__(self, one: Waiting) -> bool:
        return one in self._held

    def add(self, one: Waiting, endpoints: Iterable[str]) -> None:
        """`endpoints` are those of which more has to be known."""
        names = tuple(dict.fromkeys(endpoints))
        self.discard(one)
        self._held[one] = names
        for name in names:
            self._awaiting.setdefault(name, {})[one] = None

    def discard(self, one: Waiting) -> None:
        self._called.pop(one, None)
        for name in self._held.pop(one, ()):
            del self._awaiting[name][one]
            if not self._awaiting[name]:
                del self._awaiting[name]

    def call(self, one: Waiting) -> None:
        """Something near it was decided."""
        if one in self._held and one.looks < MAX_LOOKS:
            self._called[one] = None

    def call_those_of(self, endpoints: Iterable[str]) -> None:
        """More is known of `endpoints`."""
        for name in endpoints:
            for one in self._awaiting.get(name, ()):
                self.call(one)

    def called(self) -> list[Waiting]:
        """Those to look at again, once."""
        called, self._called = list(self._called), {}
        return called

    def over(self, most: int = MOST) -> list[Waiting]:
        """The oldest, that there be no more than `most`."""
        number = max(0, len(self._held) - most)
        return [one for one, _ in zip(self._held, range(number), strict=False)]
