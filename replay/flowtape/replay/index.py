"""Recorded calls, found by what they ask in a time that does not grow with their number."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from flowtape.capture.exchange import SqlResult, SqlStatement, Value
from flowtape.replay.flowfile import RecordedCall, Session
from flowtape.replay.match import Argument, Asked, asked

Key = tuple[str, str, str, frozenset[Argument], frozenset[str]]
"""Dependency, protocol, fingerprint, the arguments that have no variable in them, the names of those that have."""


@dataclass(slots=True)
class Recorded:
    """A recorded call on the tape, or a reading of one (`rules/readings`), whose `whole` that is.

    `open` are the arguments that have variables in them.
    """

    index: int
    call: RecordedCall
    asked: Asked
    open: dict[str, Value]
    used: bool = False
    observed: tuple[Argument, ...] | None = None
    whole: Recorded | None = None
    readings: list[Recorded] = field(default_factory=list)

    def use(self, observed: tuple[Argument, ...]) -> None:
        """Use it up, as it was asked with these arguments: with all its readings, or a reading with the whole."""
        self.used, self.observed = True, observed
        for reading in self.readings:
            reading.used = True
        if self.whole is not None:
            self.whole.used, self.whole.observed = True, observed


@dataclass(slots=True)
class Index:
    """Recorded calls by key, and for each fingerprint which arguments may be open."""

    by_key: dict[Key, deque[Recorded]] = field(default_factory=lambda: defaultdict(deque))
    masks: dict[tuple[str, str, str], list[frozenset[str]]] = field(default_factory=lambda: defaultdict(list))
    by_fingerprint: dict[tuple[str, str, str], list[Recorded]] = field(default_factory=lambda: defaultdict(list))
    shapes: dict[tuple[str, str], RecordedCall] = field(default_factory=dict)

    def add(self, recorded: Recorded) -> None:
        whole = (recorded.call.dependency, recorded.asked.protocol, recorded.asked.fingerprint)
        mask = frozenset(recorded.open)
        self.by_key[_key(*whole, recorded.asked.arguments, mask)].append(recorded)
        self.by_fingerprint[whole].append(recorded)
        if mask not in self.masks[whole]:
            self.masks[whole].append(mask)
        if isinstance(recorded.call.question, SqlStatement):
            place = (recorded.call.dependency, recorded.asked.fingerprint)
            known = self.shapes.get(place)
            if known is None or _tells_more(recorded.call, known):
                self.shapes[place] = recorded.call

    def find(self, dependency: str, question: Asked) -> Iterator[deque[Recorded]]:
        """The calls that `question` may be, if their variables fit, in as many rows as there are choices of open arguments."""
        whole = (dependency, question.protocol, question.fingerprint)
        for mask in self.masks.get(whole, ()):
            if row := self.by_key.get(_key(*whole, question.arguments, mask)):
                yield row


def _key(
    dependency: str, protocol: str, fingerprint: str, arguments: tuple[Argument, ...], mask: frozenset[str]
) -> Key:
    if not mask:
        return dependency, protocol, fingerprint, frozenset(arguments), mask
    return dependency, protocol, fingerprint, frozenset(each for each in arguments if each[0] not in mask), mask


@lru_cache(maxsize=8)
def indexed(session: Session) -> Index:
    """The session's calls, which no test uses up: read once for all tests of a suite."""
    index = Index()
    for call in session.calls:
        index.add(Recorded(-1, call, asked(call.question), {}))
    return index


def _tells_more(call: RecordedCall, known: RecordedCall) -> bool:
    """Whether `call` is the better one to learn a statement's shape from."""
    before, now = known.answer, call.answer
    if not isinstance(before, SqlResult) or not isinstance(now, SqlResult):
        return isinstance(now, SqlResult)
    return before.error is not None and now.error is None
