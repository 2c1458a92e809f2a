"""From a flow, as it was heard, to a case, as a suite keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from flowtape.capture.configuration import Dependency
from flowtape.capture.exchange import Exchange, HttpRequest, HttpResponse
from flowtape.capture.flow import Call, Flow
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.replay.match import asked
from flowtape.testgen.tidy import tidy_answer, tidy_question, tidy_request, tidy_response
from flowtape.testgen.transactions import around, commits, is_numbered, outcomes, transaction_control


def case_of(flow: Flow, dependencies: Mapping[str, Dependency]) -> Case:
    """The case of a whole flow. Raises TypeError if its entry is not HTTP or has no response.

    Transaction control is no call of its own (transactions.py).
    """
    request, response = flow.entry.question, flow.entry.answer
    if not isinstance(request, HttpRequest) or not isinstance(response, HttpResponse):
        raise TypeError(f"flow {flow.id} has no HTTP request and response")
    exchanges = [call.exchange for call in flow.calls]
    numbers = _numbers(exchanges)
    ended, ends = outcomes(exchanges), commits(exchanges)
    calls = []
    for index, exchange in enumerate(exchanges):
        if transaction_control(exchange):
            continue
        transaction = numbers.get(exchange.transaction) if is_numbered(exchange) else None
        kept = transaction is not None and asked(exchange.question).effect
        call = RecordedCall(
            dependency=exchange.connection.dependency or "",
            question=tidy_question(exchange.question),
            answer=tidy_answer(exchange.answer),
            transaction=transaction,
            committed=ended.get(index) if kept else None,
            isolation=exchange.isolation,
            overlaps=_overlaps(exchanges, index),
            origin=origin(exchange, dependencies),
        )
        calls.append(replace(call, **around(exchange, ends, numbers)))
    return Case(_captured(flow), tidy_request(request), tidy_response(response), tuple(calls))


def _numbers(exchanges: Sequence[Exchange]) -> dict[str, int]:
    """A number for each transaction in which something happened that belongs to it."""
    named = [
        one.transaction for one in exchanges if one.transaction and is_numbered(one) and not transaction_control(one)
    ]
    return {name: number for number, name in enumerate(dict.fromkeys(named), 1)}


def _captured(flow: Flow) -> Captured:
    evidence = [one for call in flow.calls for one in call.evidence]
    return Captured(
        at=flow.entry.started,
        service=f"{flow.service} {flow.version}".strip(),
        owner=", ".join(sorted({one.kind for one in evidence})),
        confidence=min((_confidence(call) for call in flow.calls), default=1.0),
        id=flow.id,
    )


def _confidence(call: Call) -> float:
    return max((one.confidence for one in call.evidence), default=0.0)


def _overlaps(exchanges: Sequence[Exchange], index: int) -> int:
    count = 0
    for before in range(index - 1, -1, -1):
        if transaction_control(exchanges[before]):
            continue
        if exchanges[before].ended <= exchanges[index].started:
            break
        count += 1
    return count


def origin(exchange: Exchange, dependencies: Mapping[str, Dependency]) -> str:
    if not isinstance(exchange.question, HttpRequest):
        return ""
    dependency = dependencies.get(exchange.connection.dependency or "")
    address = dependency.address if dependency else str(exchange.connection.server)
    parts = urlsplit(address if "://" in address else f"http://{address}")
    return f"{parts.scheme}://{parts.netloc}"
