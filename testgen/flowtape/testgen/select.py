"""Which flows become tests: each behaviour of the service a few times, and no more.

Two flows behave alike when they were sent to the same endpoint, got the same status and a body of the same shape, and asked
their dependencies the same sequence of questions, values aside.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowtape.capture import sql
from flowtape.capture.content import ContentError, decode
from flowtape.capture.exchange import Headers, HttpRequest, HttpResponse, Question, RedisCommand, SqlStatement
from flowtape.capture.flow import Flow
from flowtape.testgen.endpoint import template
from flowtape.testgen.transactions import transaction_control

DEPTH = 12


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a flow did, values aside. `calls` are the questions in the order in which they were asked, repeats folded."""

    method: str
    path: str
    status: int
    request: str
    response: str
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """`chosen` holds each behaviour's flows, the earliest first; `alike` counts those left out because enough behave as they do."""

    chosen: dict[Behaviour, tuple[Flow, ...]]
    alike: int
    problems: dict[str, int]
    """Why flows could not be chosen at all → how many."""


def choose(
    flows: Iterable[Flow],
    per_behaviour: int,
    present: Mapping[Behaviour, int] | None = None,
    known: Container[str] = (),
) -> Selection:
    """Take up to `per_behaviour` flows of each behaviour.

    `present` tells how many tests each behaviour has already, and `known` which flows by their ids: these are alike, too.
    """
    chosen: dict[Behaviour, list[Flow]] = {}
    problems: dict[str, int] = {}
    taken = Counter(present)
    alike = 0
    for flow in flows:
        if flow.problem:
            reason = flow.problem.partition(":")[0]
            problems[reason] = problems.get(reason, 0) + 1
            continue
        found = behaviour(flow)
        if flow.id in known or taken[found] >= per_behaviour:
            alike += 1
            continue
        taken[found] += 1
        chosen.setdefault(found, []).append(flow)
    return Selection({key: tuple(value) for key, value in chosen.items()}, alike, problems)


def behaviour(flow: Flow) -> Behaviour:
    """What a whole flow did. Raises TypeError if its entry is not HTTP or has no response."""
    request, response = flow.entry.question, flow.entry.answer
    if not isinstance(request, HttpRequest) or not isinstance(response, HttpResponse):
        raise TypeError(f"flow {flow.id} has no HTTP request and response")
    exchanges = [call.exchange for call in flow.calls if not transaction_control(call.exchange)]
    return of(request, response, [(one.connection.dependency or "", one.question) for one in exchanges])


def of(request: HttpRequest, response: HttpResponse, questions: Iterable[tuple[str, Question]]) -> Behaviour:
    """What a request, its response and the (dependency, question) pairs in between show."""
    return Behaviour(
        method=request.method,
        path=template(request.target),
        status=response.status,
        request=_body_shape(request.headers, request.body),
        response=_body_shape(response.headers, response.body),
        calls=_folded(fingerprint(dependency, question) for dependency, question in questions),
    )


def fingerprint(dependency: str, question: Question) -> str:
    """The question with its values taken out."""
    match question:
        case SqlStatement(text=text):
            asked = sql.read(text).fingerprint
        case RedisCommand(arguments=arguments):
            asked = " ".join([part.decode("latin-1").upper() for part in arguments[:1]] + [_key(arguments)])
        case HttpRequest(method=method, target=target):
            asked = f"{method} {template(target)}"
        case _:
            asked = "opaque"
    return f"{dependency}: {asked}"


def _key(arguments: tuple[bytes, ...]) -> str:
    """The first argument less what looks like an identifier: `cart:{id}`."""
    if len(arguments) < 2:
        return ""
    return template("/" + arguments[1].decode("latin-1").replace("/", "").replace(":", "/"))[1:]


def _folded(calls: Iterable[str]) -> tuple[str, ...]:
    """A run of equal calls counts once: how often a loop went round is not another behaviour."""
    folded: list[str] = []
    for call in calls:
        if call in folded[-4:]:
            continue
        folded.append(call)
    return tuple(folded)


def _body_shape(headers: Headers, body: bytes) -> str:
    """The keys and types of a JSON body; otherwise whether there is one, and its content type."""
    if not body:
        return "empty"
    kind = next((value for name, value in headers if name.lower() == "content-type"), "").partition(";")[0].strip()
    try:
        data = json.loads(decode(headers, body))
    except (ValueError, ContentError, RecursionError):
        return kind or "bytes"
    return json.dumps(_shape(data), sort_keys=True)


def _shape(data: Any, depth: int = 0) -> Any:
    if depth > DEPTH:
        return "…"
    match data:
        case dict():
            return {str(key): _shape(value, depth + 1) for key, value in sorted(data.items())}
        case list():
            return sorted({json.dumps(_shape(item, depth + 1), sort_keys=True) for item in data})
        case bool() | None:
            return str(data)
        case int() | float():
            return "number"
        case _:
            return "text"
