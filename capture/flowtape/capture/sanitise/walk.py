"""A flow shown to a visitor, place by place. What cannot be shown is left out, and its exchange marked incomplete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flowtape.capture.exchange import (
    Address,
    Answer,
    Connection,
    Exchange,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    Question,
    RedisCommand,
    RedisReply,
    SqlResult,
    SqlStatement,
)
from flowtape.capture.flow import Call, Flow, Outside
from flowtape.capture.sanitise import http, redis, statements
from flowtape.capture.sanitise.visitor import Visitor


def flow(visitor: Visitor, record: Flow, failed: Callable[[Exception], None]) -> Flow:
    """What loses a part on the way is no whole flow any more: its `problem` says so."""
    walk = Walk(visitor, failed)
    entry = walk.exchange(record.entry, entry=True)
    calls = tuple(walk.call(call) for call in record.calls)
    problem = visitor.text(record.problem) or _missing(entry, calls)
    return replace(record, entry=entry, calls=calls, problem=problem)


def _missing(entry: Exchange, calls: tuple[Call, ...]) -> str:
    if entry.incomplete:
        return f"incomplete: the request: {entry.incomplete}"
    cut = next((call.exchange for call in calls if call.exchange.incomplete), None)
    return f"incomplete: a call to {cut.connection.dependency}: {cut.incomplete}" if cut else ""


def outside(visitor: Visitor, record: Outside, failed: Callable[[Exception], None]) -> Outside:
    return Outside(Walk(visitor, failed).exchange(record.exchange), visitor.text(record.reason))


class Walk:
    """One pass over one flow's exchanges, in their order. It remembers what a MULTI block holds, because only EXEC is given the replies."""

    def __init__(self, visitor: Visitor, failed: Callable[[Exception], None]) -> None:
        self.visitor = visitor
        self.failed = failed
        self._queued: dict[str, list[RedisCommand]] = {}

    def call(self, call: Call) -> Call:
        evidence = tuple(replace(one, detail=self.visitor.text(one.detail)) for one in call.evidence)
        return Call(self.exchange(call.exchange), evidence, self.visitor.text(call.runner_up))

    def exchange(self, exchange: Exchange, *, entry: bool = False) -> Exchange:
        """Fails closed: an exchange that cannot be sanitised loses its question and its answer."""
        try:
            return self._exchange(exchange, entry=entry)
        except Exception as error:  # whatever a stranger's bytes brought about, none of them may be kept
            self.failed(error)
            reason = f"it could not be sanitised and was left out ({type(error).__name__})"
            return replace(
                exchange,
                connection=_nobody(exchange.connection),
                question=OpaqueBytes(0),
                answer=None,
                incomplete=reason,
            )

    def _exchange(self, exchange: Exchange, *, entry: bool) -> Exchange:
        question, answer, problem = self._parts(exchange.question, exchange.answer, exchange.transaction)
        told = self.visitor.text(exchange.incomplete)
        connection = (
            self._client(exchange.connection)
            if entry or exchange.connection.dependency is None
            else exchange.connection
        )
        return replace(
            exchange,
            connection=connection,
            question=question,
            answer=answer,
            incomplete="; ".join(filter(None, (told, problem))),
        )

    def _client(self, connection: Connection) -> Connection:
        host = self.visitor.value("ip", connection.client.host)
        return replace(connection, client=Address(host, connection.client.port))

    def _parts(
        self, question: Question, answer: Answer | None, transaction: str
    ) -> tuple[Question, Answer | None, str]:
        visitor = self.visitor
        match question, answer:
            case HttpRequest(), _:
                asked, problem = http.request(visitor, question)
                if not isinstance(answer, HttpResponse):
                    return asked, _none(answer), problem
                answered, other = http.response(visitor, answer)
                return asked, answered, "; ".join(filter(None, (problem, other)))
            case SqlStatement(), _:
                result = (
                    statements.result(visitor, question, answer) if isinstance(answer, SqlResult) else _none(answer)
                )
                return statements.statement(visitor, question), result, ""
            case RedisCommand(), _:
                reply = self._redis(question, answer, transaction) if isinstance(answer, RedisReply) else _none(answer)
                return redis.command(visitor, question), reply, ""
        return question, _none(answer), ""

    def _redis(self, asked: RedisCommand, answer: RedisReply, transaction: str) -> RedisReply:
        queued = self._queued.setdefault(transaction, [])
        if answer.value.value == "QUEUED":
            queued.append(asked)
            return answer
        done = tuple(queued)
        if asked.arguments[:1] and asked.arguments[0].upper() in {b"EXEC", b"DISCARD"}:
            queued.clear()
        return redis.reply(self.visitor, asked, answer, done)


def _none(answer: Answer | None) -> Answer | None:
    """An answer of another protocol than its question is nothing that could be kept."""
    return answer if answer is None or isinstance(answer, OpaqueBytes) else None


def _nobody(connection: Connection) -> Connection:
    return replace(connection, client=Address("", connection.client.port))
