from __future__ import annotations

from dataclasses import replace

from flowtape.capture.exchange import (
    Address,
    Connection,
    Exchange,
    HttpRequest,
    HttpResponse,
    OpaqueBytes,
    RedisCommand,
    RedisReply,
    Resp,
)
from flowtape.capture.flow import Call, Evidence, Flow, Outside
from flowtape.capture.sanitise import walk
from flowtape.capture.sanitise.visitor import Visitor

CONNECTION = Connection("c", Address("84.17.49.203", 5), Address("10.0.0.1", 80), None)


def exchange(
    asked: HttpRequest | RedisCommand | OpaqueBytes,
    answer: object = None,
    *,
    dependency: str | None = None,
    transaction: str = "",
) -> Exchange:
    connection = replace(CONNECTION, dependency=dependency)
    return Exchange(connection, "any", asked, answer, 1, 2, 3, 4, transaction)  # type: ignore[arg-type]


def ignore(error: Exception) -> None:
    raise AssertionError(error)


def test_the_callers_address_and_all_words_about_it(marking: Visitor) -> None:
    call = Call(
        exchange(HttpRequest("GET", "/"), HttpResponse(200), dependency="d"), (Evidence("value", "a@quux.de", 1.0),)
    )
    made = walk.flow(marking, Flow("f", "s", "1", exchange(HttpRequest("GET", "/")), (call,), "of a@quux.de"), ignore)
    assert made.entry.connection.client == Address("‹ip›", 5)
    assert made.calls[0].exchange.connection.client.host == "84.17.49.203", "the service's own address"
    assert made.calls[0].evidence[0].detail == "‹email›"
    assert made.problem == "of ‹email›"


def test_exec_is_read_by_what_was_queued(marking: Visitor) -> None:
    queued = exchange(
        RedisCommand((b"HGET", b"c:1", b"email")), RedisReply(Resp("simple", "QUEUED")), dependency="c", transaction="t"
    )
    done = exchange(
        RedisCommand((b"EXEC",)), RedisReply(Resp("array", (Resp("bulk", b"x1"),))), dependency="c", transaction="t"
    )
    made = walk.flow(
        marking, Flow("f", "s", "1", exchange(HttpRequest("GET", "/")), (Call(queued), Call(done))), ignore
    )
    assert made.calls[1].exchange.answer == RedisReply(Resp("array", (Resp("bulk", "‹username›".encode()),)))


class Failing:
    """Raises on every text."""

    def __init__(self, visitor: Visitor) -> None:
        self.policy = visitor.policy

    def text(self, value: str) -> str:
        raise RuntimeError(value)

    value = data = token = text


def test_what_cannot_be_shown_is_left_out(marking: Visitor) -> None:
    errors: list[Exception] = []
    record = Outside(exchange(HttpRequest("GET", "/ana"), HttpResponse(200, "a@quux.de")), "")
    visitor = Failing(marking)
    visitor.text = lambda value: errors[0] if False else Failing.text(visitor, value) if value else value  # type: ignore[method-assign]
    made = walk.outside(visitor, record, errors.append)  # type: ignore[arg-type]
    assert made.exchange.question == OpaqueBytes(0)
    assert made.exchange.answer is None
    assert made.exchange.connection.client.host == ""
    assert made.exchange.incomplete == "it could not be sanitised and was left out (RuntimeError)"
    assert len(errors) == 1


def test_an_unreadable_body_makes_the_exchange_incomplete(marking: Visitor) -> None:
    broken = HttpResponse(200, headers=(("Content-Encoding", "gzip"),), body=b"a@quux.de")
    made = walk.outside(marking, Outside(exchange(HttpRequest("GET", "/"), broken), "background"), ignore)
    assert "left out" in made.exchange.incomplete


def test_a_flow_that_loses_a_part_is_incomplete_and_says_why(marking: Visitor) -> None:
    asked, broken = HttpRequest("GET", "/"), HttpResponse(200, headers=(("Content-Encoding", "gzip"),), body=b"no gzip")
    call = Call(exchange(asked, broken, dependency="d"))
    made = walk.flow(marking, Flow("f", "s", "1", exchange(asked, HttpResponse(200)), (call,)), ignore)
    assert made.problem.startswith("incomplete: a call to d: its body could not be sanitised and was left out")
    made = walk.flow(marking, Flow("f", "s", "1", exchange(asked, broken), (call,)), ignore)
    assert made.problem.startswith("incomplete: the request: its body could not be sanitised")
    made = walk.flow(marking, Flow("f", "s", "1", exchange(asked, broken), (), "ambiguous: it"), ignore)
    assert made.problem == "ambiguous: it"


def test_an_answer_of_another_protocol_is_dropped(marking: Visitor) -> None:
    made = walk.outside(marking, Outside(exchange(RedisCommand((b"GET", b"x")), HttpResponse(200)), ""), ignore)
    assert made.exchange.answer is None
    assert walk.outside(
        marking, Outside(exchange(OpaqueBytes(7), OpaqueBytes(8)), ""), ignore
    ).exchange.answer == OpaqueBytes(8)
