"""A flow as a suite keeps it: what is asked of the service, what it then asked, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flowtape.capture.exchange import Answer, HttpRequest, HttpResponse, Question
from flowtape.replay.shapes import Shape


@dataclass(frozen=True, slots=True)
class Captured:
    """Where a flow is from. `at` is nanoseconds since the epoch, UTC; `owner` names the evidence that ties the calls to it."""

    at: int
    service: str = ""
    owner: str = ""
    confidence: float = 1.0
    id: str = ""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call of the service to a dependency.

    `answer` is None where there was none. `transaction` numbers the transaction it ran in within its flow, None outside of any,
    and `committed` says how that ended, None where it was not heard; `isolation` is its mode where that is not the server's
    default (capture/sql/isolation.py). Of a write outside of any transaction, `after_commit` numbers the last transaction of another
    dependency that had been committed before it was asked, and `before_commit`, of one over HTTP, the first that was committed after
    it was answered. `overlaps` is how many of the calls just before it were still under way when it started. `budget` is how often a read may be asked. `origin` is, for HTTP, what stands before the
    target: `https://payments.internal`.
    """

    dependency: str
    question: Question
    answer: Answer | None
    transaction: int | None = None
    committed: bool | None = None
    overlaps: int = 0
    origin: str = ""
    isolation: str = ""
    before_commit: int | None = None
    after_commit: int | None = None
    during: int | None = None
    after: int | None = None
    budget: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """One flow file.

    `$name` in any text of request, calls and response stands for the variable of that name, if `variables` declares it. `calls`
    are in the order in which they started. `unordered` are the places of lists whose order says nothing (unordered/). `notes` are words for the reader, such as "expectation taken anew".
    """

    captured: Captured
    request: HttpRequest
    response: HttpResponse
    calls: tuple[RecordedCall, ...] = ()
    variables: Mapping[str, Shape] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """What may be asked at any time and any number of times: connection set-up, pings, background work."""

    calls: tuple[RecordedCall, ...] = ()
