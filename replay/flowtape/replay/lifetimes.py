"""How long a recorded answer lasts: a read is answered again as long as nothing was written since to its dependency."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias

from flowtape.replay.index import Recorded
from flowtape.replay.match import Argument, Asked

Whole: TypeAlias = tuple[str, str, str, tuple[Argument, ...]]
"""Dependency and the whole question."""


class Lifetimes:
    """What was read last by which question, and how many writes each dependency has seen."""

    def __init__(self) -> None:
        self._writes: dict[str, int] = defaultdict(int)
        self._reads: dict[Whole, tuple[Recorded, int]] = {}

    def wrote(self, dependency: str) -> None:
        self._writes[dependency] += 1

    def read(self, dependency: str, meaning: Asked, found: Recorded) -> None:
        """`found` answered the question."""
        self._reads[_whole(dependency, meaning)] = found, self._writes[dependency]

    def again(self, dependency: str, meaning: Asked) -> Recorded | None:
        """The call whose answer still holds for a question that was asked before."""
        recorded, writes = self._reads.get(_whole(dependency, meaning), (None, 0))
        if recorded is None or recorded.call.answer is None or writes != self._writes[dependency]:
            return None
        return recorded


def _whole(dependency: str, meaning: Asked) -> Whole:
    return dependency, meaning.protocol, meaning.fingerprint, meaning.arguments
