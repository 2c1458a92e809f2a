"""Exact marks: ids that tie a request to the calls made for it, whoever knows them.

A *source* of marks knows some: the bytes themselves (`trace_context.TraceContext`), the service's own spans, whatever comes. The
correlator asks every source about every exchange, once, when its time has come, and gives a call to the request that shares a mark
with it. A call that shares one is never matched by values or by timing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Evidence

Space: TypeAlias = Literal["span", "trace", "request"]
SPACES: Final[tuple[Space, ...]] = ("span", "trace", "request")
"""Strongest first: where a call and its candidates share marks of several spaces, those of the strongest decide."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An id that ties exchanges together. Ids of another `space` never compare.

    - "span": one single request as its service's tracing saw it (the id of the server's span), for the entry and all its calls.
    - "trace": a trace id of 128 bits in 32 lower-case hexadecimal digits. Several requests may share one.
    - "request": any other id that is handed on.
    """

    space: Space
    id: str


class MarkSource(Protocol):
    """What knows marks of exchanges.

    `patience_ns` is how long after the end of an exchange its marks may still become known; it may change at any time (0 while there
    is no sign of any). Nothing is decided before every exchange up to then is that old, and `marks` was asked about each.
    """

    @property
    def patience_ns(self) -> int: ...

    def marks(self, exchange: Exchange) -> Mapping[Mark, Evidence]:
        """The marks of `exchange`, entry or call, and for each what is recorded of a call that is tied by it.

        Asked once for each exchange, in the order of their starts, on the pipeline's thread; must not block, and must not keep
        `exchange`. An evidence's `detail` is written to the recording as it is: it holds nothing of what was captured.
        """
        ...

    def until(self, entry: Exchange) -> int:
        """Up to when the service is known to have worked for the request, in ns since the epoch; 0 where nothing is known of that.

        Asked right after `marks` of the same entry.
        """
        ...


Marked: TypeAlias = dict[Mark, Evidence]


def ask(sources: Iterable[MarkSource], exchange: Exchange) -> Marked:
    """What all `sources` know; the first one's evidence where several know the same mark."""
    found: Marked = {}
    for source in sources:
        for mark, evidence in source.marks(exchange).items():
            found.setdefault(mark, evidence)
    return found


def traced(marks: Iterable[Mark]) -> bool:
    """Whether there is an id of a trace among them."""
    return any(mark.space != "request" for mark in marks)
