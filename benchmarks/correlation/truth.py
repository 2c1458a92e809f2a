"""Whose each exchange truly was, by the oracle, and when a flow that was emitted is right.

A flow is right if, in content, it is one that truly happened: its request and answer, and its calls' questions and answers in the
order in which they started, are those of a true flow of the same time. That is so where every call is its own; and where calls
or whole requests that are equal in every byte changed places, for then the test that is made of it is the one that the truth gives.
Of HTTP messages method, target, status, body and header fields are compared, less those that number messages: `date`, and
the callers' trace context; of SQL the text without trace comments (of BEGIN the mode that it
sets: a new connection may spell the default out), the parameters, and the result; of Redis command and reply.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.correlation.oracle import Ports

from flowtape.capture.exchange import Exchange, Headers, HttpRequest, HttpResponse, SqlStatement
from flowtape.capture.flow import Flow
from flowtape.capture.sql import read, split_comment

Content: TypeAlias = Hashable
Note: TypeAlias = tuple[int, str]
"""From when on (ns), and which request."""
NUMBERED: Final = frozenset({"date", "traceparent", "tracestate"})


@dataclass(slots=True)
class TrueFlow:
    request: str
    entry: Exchange
    calls: list[Exchange] = field(default_factory=list)

    @property
    def content(self) -> Content:
        return _content(self.entry, self.calls)


class Truth:
    """`flows` by the id of the entry's place (see `place`); `outside` are the calls of no request."""

    def __init__(self, oracle: Path, exchanges: Iterable[Exchange]) -> None:
        self.flows: dict[Hashable, TrueFlow] = {}
        self.owner: dict[Hashable, str] = {}
        self.outside: list[Exchange] = []
        entries, owners = _read(oracle)
        by_request = {}
        calls = []
        for exchange in exchanges:
            if exchange.connection.dependency is not None:
                if not exchange.session:
                    calls.append(exchange)
                continue
            numbers = entries[exchange.connection.client.port]
            index = bisect_right(numbers, (exchange.answered, "~")) - 1
            flow = TrueFlow(numbers[index][1], exchange)
            by_request[flow.request] = self.flows[place(exchange)] = flow
        if len(by_request) != len(self.flows):
            raise ValueError(f"{len(self.flows)} requests were heard as {len(by_request)}: the oracle is wrong")
        for call in sorted(calls, key=lambda call: call.started):
            notes = owners[call.connection.client.port, call.connection.server.port]
            index = bisect_right(notes, (call.started, "~")) - 1
            owner = notes[index][1] if index >= 0 else "-"
            self.owner[place(call)] = owner
            if owner in by_request:
                by_request[owner].calls.append(call)
            else:
                self.outside.append(call)
        self._contents = {flow.content for flow in self.flows.values()}

    def right(self, flow: Flow) -> bool:
        calls = [call.exchange for call in flow.calls if not call.exchange.session]
        true = self.flows[place(flow.entry)]
        if [place(call) for call in calls] == [place(call) for call in true.calls]:
            return True
        return _content(flow.entry, calls) in self._contents


def place(exchange: Exchange) -> Hashable:
    """What tells an exchange from all others of a capture."""
    return exchange.connection.id, exchange.started, exchange.question.__class__.__name__, exchange.ended


def _read(oracle: Path) -> tuple[dict[int, list[Note]], dict[Ports, list[Note]]]:
    entries: dict[int, list[Note]] = defaultdict(list)
    owners: dict[Ports, list[Note]] = defaultdict(list)
    for line in oracle.read_text().splitlines():
        match line.split():
            case [at, "entry", port, number]:
                entries[int(port)].append((int(at), number))
            case [at, port, to, request]:
                owners[int(port), int(to)].append((int(at), request))
    for notes in (*entries.values(), *owners.values()):
        notes.sort(key=lambda note: note[0])
    return entries, owners


def _content(entry: Exchange, calls: Iterable[Exchange]) -> Content:
    return _said(entry), tuple((call.connection.dependency, _said(call)) for call in calls)


def _said(exchange: Exchange) -> Content:
    question, answer = exchange.question, exchange.answer
    if isinstance(question, HttpRequest):
        question = replace(question, headers=_kept(question.headers))
    elif isinstance(question, SqlStatement):
        begins = read(question.text).transaction_control == "begin"
        text = f"BEGIN {exchange.isolation}" if begins else split_comment(question.text)[0]
        question = replace(question, text=text)
    if isinstance(answer, HttpResponse):
        answer = replace(answer, headers=_kept(answer.headers))
    return question, answer


def _kept(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in NUMBERED)
