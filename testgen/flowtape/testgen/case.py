"""From a flow, as it was heard, to a case, as a suite keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from flowtape.capture import sql
from flowtape.capture.configuration import Dependency
from flowtape.capture.exchange import Exchange, HttpRequest, HttpResponse, SqlResult, SqlStatement
from flowtape.capture.flow import Call, Flow
from flowtape.capture.sql.scan import Kind, tokens
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.testgen.tidy import tidy_answer, tidy_question, tidy_request, tidy_response


def case_of(flow: Flow, dependencies: Mapping[str, Dependency]) -> Case:
    """The case of a whole flow. Raises TypeError if its entry is not HTTP or has no response.

    Transaction control is no call of its own: what ran in a transaction is numbered by it and knows how it ended, and at replay
    the answering server keeps the transaction's state itself.
    """
    request, response = flow.entry.question, flow.entry.answer
    if not isinstance(request, HttpRequest) or not isinstance(response, HttpResponse):
        raise TypeError(f"flow {flow.id} has no HTTP request and response")
    exchanges = [call.exchange for call in flow.calls]
    outcomes = _outcomes(exchanges)
    numbers: dict[str, int] = {}
    calls = []
    for index, exchange in enumerate(exchanges):
        if transaction_control(exchange):
            continue
        transaction = None
        if exchange.transaction and not _reads(exchange):
            transaction = numbers.setdefault(exchange.transaction, len(numbers) + 1)
        calls.append(
            RecordedCall(
                dependency=exchange.connection.dependency or "",
                question=tidy_question(exchange.question),
                answer=tidy_answer(exchange.answer),
                transaction=transaction,
                committed=None if transaction is None else outcomes.get(index),
                overlaps=_overlaps(exchanges, index),
                origin=origin(exchange, dependencies),
            )
        )
    return Case(_captured(flow), tidy_request(request), tidy_response(response), tuple(calls))


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


def transaction_control(exchange: Exchange) -> str:
    """What an exchange does to its transaction ("begin", "commit", …), "" if it is anything else."""
    question = exchange.question
    return sql.read(question.text).transaction_control if isinstance(question, SqlStatement) else ""


def _reads(exchange: Exchange) -> bool:
    """A read is the same whatever becomes of its transaction."""
    return isinstance(exchange.question, SqlStatement) and sql.read(exchange.question.text).kind == "read"


def _outcomes(exchanges: Sequence[Exchange]) -> dict[int, bool]:
    """For the index of each exchange in a transaction whose end was heard: whether it was committed."""
    outcomes: dict[int, bool] = {}
    open_: dict[str, list[int | str]] = {}
    for index, exchange in enumerate(exchanges):
        if not exchange.transaction:
            continue
        # A text is a savepoint's name.
        statements = open_.setdefault(exchange.transaction, [])
        match transaction_control(exchange):
            case "":
                statements.append(index)
            case "savepoint" | "release" | "rollback to" as control if not _refused(exchange):
                outcomes.update(dict.fromkeys(_savepoint(control, _last_word(exchange), statements), False))
            case "commit" | "rollback" as control:
                kept = control == "commit" and not _failed(exchange)
                outcomes.update({one: kept for one in statements if isinstance(one, int)})
                statements.clear()
    return outcomes


def _savepoint(control: str, name: str, statements: list[int | str]) -> list[int]:
    """Set, release or go back to the savepoint `name` in `statements`; returns those undone."""
    if control == "savepoint":
        statements.append(name)
        return []
    set_at = max((at for at, one in enumerate(statements) if one == name), default=None)
    if set_at is None:
        return []  # set before the first statement that was heard
    since = [one for one in statements[set_at + 1 :] if isinstance(one, int)]
    del statements[set_at:]
    if control == "release":
        statements.extend(since)
        return []
    statements.append(name)
    return since


def _last_word(exchange: Exchange) -> str:
    assert isinstance(exchange.question, SqlStatement)
    return [token.text for token in tokens(exchange.question.text) if token.kind in {Kind.WORD, Kind.NAME}][-1]


def _refused(exchange: Exchange) -> bool:
    return isinstance(exchange.answer, SqlResult) and exchange.answer.error is not None


def _failed(exchange: Exchange) -> bool:
    """A COMMIT of a failed transaction is answered with ROLLBACK."""
    answer = exchange.answer
    return isinstance(answer, SqlResult) and (answer.error is not None or answer.tag == "ROLLBACK")


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
