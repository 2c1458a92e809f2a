"""The order of what a flow asks, as far as it matters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import (
    Answer,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlNotice,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.flowfile import RecordedCall
from flowtape.replay.index import Recorded
from flowtape.replay.match import asked
from flowtape.replay.order import Order

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def call(text: str, **fields: object) -> RecordedCall:
    """SQL, `METHOD /path`, or a Redis command after a colon."""
    question: Question
    answer: Answer
    if text.startswith(METHODS) and " /" in text:
        question, answer = HttpRequest(text.split(" ", maxsplit=1)[0], text.split(" ")[1]), HttpResponse(200)
    elif text.startswith(":"):
        question, answer = RedisCommand(tuple(text[1:].encode().split())), RedisReply(Resp("null"))
    else:
        question, answer = SqlStatement(text), SqlResult()
    return replace(RecordedCall("it", question, answer), **fields)  # type: ignore[arg-type]


def recorded(*calls: str | RecordedCall) -> list[Recorded]:
    made = [each if isinstance(each, RecordedCall) else call(each) for each in calls]
    return [Recorded(index, each, asked(each.question), {}) for index, each in enumerate(made)]


def blocked(first: str | RecordedCall, second: str | RecordedCall) -> bool:
    """Whether what comes second, asked first, has no answer. One of the two reads, the other writes."""
    both = recorded(first, second)
    order = Order(both)
    write, read = sorted(both, key=lambda each: not each.asked.effect)
    if write.index == 0:
        return order.in_the_way(read) is write
    write.used = True
    order.used(write)
    return order.in_the_way(read) is write


SAME_THING = [
    ("UPDATE t SET a = 1 WHERE id = 1", "SELECT a FROM t WHERE id = 1"),
    ("UPDATE t SET a = 1 WHERE id = 1", "SELECT a FROM t"),
    ("UPDATE public.t SET a = 1", "SELECT u.a FROM u JOIN t ON u.id = t.u WHERE u.id = 1"),
    ("INSERT INTO t (id, a) VALUES (1, 2)", "SELECT count(*) FROM t WHERE a = 2"),
    ("DELETE FROM t WHERE id IN (1, 2)", "SELECT a FROM t WHERE id = 2.0"),
    ("TRUNCATE t", "SELECT a FROM t WHERE id = 1"),
    (":SET a 1", ":GET a"),
    (":DEL b a", ":MGET c a"),
    ("PUT /carts/1", "GET /carts/1"),
    ("POST /charges", "GET /charges"),
    ("POST /charges", "GET /charges/1"),
    ("PUT /carts/1/items/2", "GET /carts/1?all=yes"),
]
OTHER_THINGS = [
    ("UPDATE t SET a = 1 WHERE id = 1", "SELECT a FROM t WHERE id = 2"),
    ("UPDATE t SET a = 1", "SELECT a FROM u"),
    ("INSERT INTO t (id, a) VALUES (1, 2)", "SELECT count(*) FROM t WHERE a = 3"),
    ("DELETE FROM t WHERE id IN (1, 2)", "SELECT a FROM t WHERE id = 3"),
    ("CALL p(1)", "SELECT a FROM t"),
    (":SET a 1", ":GET b"),
    (":PUBLISH a 1", ":GET a"),
    (":FLUSHALL", ":GET a"),
    ("PUT /carts/1", "GET /carts/2"),
    ("POST /charges", "GET /rates"),
]


@pytest.mark.parametrize(("write", "read"), SAME_THING)
def test_a_read_and_a_write_of_the_same_thing_do_not_change_places(write: str, read: str) -> None:
    assert blocked(write, read)
    assert blocked(read, write)


@pytest.mark.parametrize(("write", "read"), OTHER_THINGS)
def test_a_read_and_a_write_of_other_things_do(write: str, read: str) -> None:
    assert not blocked(write, read)
    assert not blocked(read, write)


def test_what_was_under_way_at_the_same_time_has_no_order() -> None:
    write, read = SAME_THING[0]
    assert not blocked(write, call(read, overlaps=1))
    assert not blocked(read, call(write, overlaps=1))


def test_a_write_that_failed_or_got_no_answer_changed_nothing() -> None:
    write, read = SAME_THING[0]
    assert not blocked(call(write, answer=SqlResult(error=SqlNotice(()))), read)
    assert not blocked(call(write, answer=None), read)


def test_another_dependency_is_another_thing() -> None:
    write, read = SAME_THING[0]
    assert not blocked(call(write, dependency="other"), read)


def swapped(*calls: str | RecordedCall) -> int:
    """How many pairs of writes are out of order if they come from the last to the first."""
    both = recorded(*calls)
    return len(Order(both).swapped({each.index: -each.index for each in both}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (":SET a 1", ":DEL a"),
        (":RPUSH a 1", ":RPUSH a 2"),
        (":SET a 1", ":SET a 2"),
        ("INSERT INTO t (id) VALUES (1)", "DELETE FROM t WHERE id = 1"),
        ("UPDATE t SET a = 1 WHERE id = 1", "UPDATE t SET a = 2 WHERE id = 1"),
        ("UPDATE t SET a = 1", "INSERT INTO t (id) VALUES (1)"),
        ("PUT /carts/1", "DELETE /carts/1"),
    ],
)
def test_writes_of_the_same_thing_keep_their_order(one: str, other: str) -> None:
    assert swapped(one, other) == 1
    assert swapped(one, call(other, overlaps=1)) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (":SET a 1", ":DEL b"),
        (":INCR a", ":INCRBY a 5"),
        (":SADD a 1", ":SADD a 2"),
        (":DEL a", ":DEL a b"),
        ("INSERT INTO t (id) VALUES (1)", "INSERT INTO t (id) VALUES (2)"),
        ("UPDATE t SET a = 1 WHERE id = 1", "UPDATE t SET a = 2 WHERE id = 2"),
        ("UPDATE t SET a = 1", "UPDATE u SET a = 1"),
        ("POST /charges", "POST /charges"),
        ("PUT /carts/1", "PUT /carts/2"),
    ],
)
def test_independent_writes_come_in_any_order(one: str, other: str) -> None:
    assert swapped(one, other) == 0


def test_within_a_transaction_the_order_is_judged_elsewhere() -> None:
    first, second = (call(f"UPDATE t SET a = {value}", transaction=1) for value in (1, 2))
    assert swapped(first, second) == 0
    assert swapped(first, replace(second, transaction=2)) == 1


@given(st.permutations(range(6)), st.integers(0, 6))
def test_a_read_is_answered_exactly_in_its_place_among_the_writes(order: list[int], place: int) -> None:
    writes = [f":SET a {number}" for number in range(6)]
    calls = recorded(*writes[:place], ":GET a", *writes[place:])
    found, read = Order(calls), calls[place]
    others = [each for each in calls if each is not read]
    for done in range(7):
        happened = {order[at] for at in range(done)}
        assert (found.in_the_way(read) is None) == (happened == set(range(place)))
        if done < 6:
            others[order[done]].used = True
            found.used(others[order[done]])
