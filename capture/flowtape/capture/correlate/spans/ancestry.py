"""Spans by their ids, and which request's work each is: that of the nearest server span above it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from flowtape.capture.span import Span

MAX_DEPTH: Final = 500
REQUESTS: Final = frozenset({"server", "consumer"})


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose work a span is. `span` is the id of the request's server span, "" where it is no request's; `whole` says that nothing
    between is missing.
    """

    trace: str
    span: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Kin:
    """What of a span its descendants need."""

    parent: str
    request: bool
    ended: int


class Ancestry:
    """Remembers the ids of up to `limit` spans, in the order in which they came."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: OrderedDict[tuple[str, str], _Kin] = OrderedDict()
        self._traces: dict[str, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def add(self, span: Span) -> bool:
        """False if it is known already."""
        key = span.trace, span.id
        if key in self._known:
            return False
        self._known[key] = _Kin(span.parent, span.kind in REQUESTS, span.ended)
        number, ended = self._traces.get(span.trace, (0, 0))
        self._traces[span.trace] = number + 1, max(ended, span.ended)
        return True

    def ended(self, trace: str) -> int:
        """When the last span of the trace ended, of those that came; 0 if none did."""
        return self._traces.get(trace, (0, 0))[1]

    @property
    def full(self) -> bool:
        return len(self._known) >= self._limit

    def forget(self, before: int) -> None:
        """Those that ended before; in the order in which they came, so that a few stay for longer."""
        while self._known:
            key, kin = next(iter(self._known.items()))
            if kin.ended >= before:
                return
            del self._known[key]
            number, ended = self._traces[key[0]]
            if number == 1:
                del self._traces[key[0]]
            else:
                self._traces[key[0]] = number - 1, ended

    def owner(self, trace: str, id_: str) -> Owner | None:
        """The owner of the span of that id; None if it is not known."""
        kin = self._known.get((trace, id_))
        if kin is None:
            return None
        for _ in range(MAX_DEPTH):
            if kin.request:
                return Owner(trace, id_)
            if not kin.parent:
                return Owner(trace, "")
            id_ = kin.parent
            above = self._known.get((trace, id_))
            if above is None:  # the next one up may be the request's, and come later
                return Owner(trace, id_, whole=False)
            kin = above
        return Owner(trace, "", whole=False)
