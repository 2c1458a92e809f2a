"""A flow that is not decided yet, and those of them that are open at a time."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from flowtape.capture.correlate.marks import Marked
from flowtape.capture.correlate.reasons import call_name
from flowtape.capture.correlate.saying import Saying
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Call, Flow

MAX_NOTES = 5
"""So many reasons are kept of each kind; the rest are counted."""


@dataclass(eq=False, slots=True)
class OpenFlow:
    """`until` is the end of its window; what only it can have caused up to `near` is its own. `tail` is the end of the window where the
    service has others to serve. `marks` are known once every source was asked. `waits_for` names the open transactions whose statements
    may yet be its calls.
    """

    id: str
    entry: Exchange
    until: int
    weight: int
    near: int = field(init=False)
    tail: int = 0
    marks: Marked = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    waits_for: set[str] = field(default_factory=set)
    ambiguous: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    more: int = 0
    at_once: bool = False
    """Another request was being answered while it was."""
    doubted: set[str] = field(default_factory=set)
    """The protocols of the calls in doubt."""

    def __post_init__(self) -> None:
        self.near = self.until

    def doubt(self, call: Exchange, whose: str) -> None:
        """`call` may be its own; `whose` is what `candidates` says of all that it may belong to."""
        self.doubted.add(call.protocol)
        if len(self.ambiguous) < MAX_NOTES:
            self.ambiguous.append(f"{call_name(call, self.entry.started)} {whose}")
        else:
            self.more += 1

    def miss(self, reason: str) -> None:
        if reason not in self.incomplete:
            if len(self.incomplete) < MAX_NOTES:
                self.incomplete.append(reason)
            else:
                self.more += 1

    def doubt_strays(self, strays: Iterable[Saying]) -> None:
        for stray in strays:
            self.doubt(stray.exchange, "may be of no request")

    def calls_said(self) -> list[Saying]:
        return [Saying(call.exchange) for call in self.calls]

    @property
    def problem(self) -> str:
        kind, notes = ("ambiguous", self.ambiguous) if self.ambiguous else ("incomplete", self.incomplete)
        if not notes:
            return ""
        return f"{kind}: {'; '.join(notes)}{f'; and {self.more} more' if self.more else ''}"

    @property
    def reason(self) -> str:
        """The problem as it is counted: all flows that share calls have the same."""
        if self.ambiguous and self.doubted:
            return "ambiguous: a call may belong to several flows"
        return f"ambiguous: {self.ambiguous[0]}" if self.ambiguous else f"incomplete: {self.incomplete[0]}"

    def decided(self, service: str, version: str) -> Flow:
        calls = sorted(self.calls, key=lambda call: call.exchange.started)
        return Flow(self.id, service, version, self.entry, tuple(calls), self.problem)


def candidates(flows: tuple[OpenFlow, ...]) -> str:
    """Whose a call in doubt may be, in words."""
    named = ", ".join(flow.id for flow in flows[:MAX_NOTES])
    more = f" and {len(flows) - MAX_NOTES} more" if len(flows) > MAX_NOTES else ""
    how = "may be part of" if len(flows) == 1 else f"may belong to any of {len(flows)} flows:"
    return f"{how} {named}{more}"


def flow_id(entry: Exchange, number: int) -> str:
    """Unique within a recording, and the same whenever the same traffic is heard again."""
    text = f"{number}\0{entry.connection.id}\0{entry.started}"
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


class Windows:
    """Flows by the time in which a call may be theirs."""

    def __init__(self) -> None:
        self._flows: list[OpenFlow] = []

    def __iter__(self) -> Iterator[OpenFlow]:
        return iter(self._flows)

    def add(self, flow: OpenFlow) -> None:
        insort(self._flows, flow, key=_started)

    def overlapping(self, started: int, ended: int) -> list[OpenFlow]:
        begun = bisect_right(self._flows, ended, key=_started)
        return [flow for flow in self._flows[:begun] if flow.until >= started]

    def take_past(self, watermark: int) -> list[OpenFlow]:
        """Remove and return the flows whose windows ended before `watermark`."""
        past = [flow for flow in self._flows if flow.until < watermark]
        if past:
            self._flows = [flow for flow in self._flows if flow.until >= watermark]
        return past


def _started(flow: OpenFlow) -> int:
    return flow.entry.started
