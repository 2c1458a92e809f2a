from __future__ import annotations

from collections.abc import Callable

import pytest

from flowtape.capture.exchange import (
    Answer,
    Column,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.match import asked
from flowtape.replay.shapes import Uuid
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape
from flowtape.replay.unordered.orders import Orders

ONE, TWO = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", "00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69"
JSON = (("content-type", "application/json"),)
OK = RedisReply(Resp("simple", "OK"))


def ask(recorded: Question, question: Question, *places: str, answer: Answer = OK) -> Answer | Miss:
    case = Case(
        Captured(1), HttpRequest("GET", "/"), HttpResponse(200), (RecordedCall("d", recorded, answer),),
        {"id": Uuid(), "id_2": Uuid()}, unordered=tuple(f"calls[0].{place}" for place in places),
    )  # fmt: skip
    return Tape(case, Session()).ask("d", question)


def to(body: str) -> HttpRequest:
    return HttpRequest("POST", "/send", JSON, body.encode())


def tags(text: str) -> SqlStatement:
    return SqlStatement("INSERT INTO t (id, tags, other) VALUES ($1, $2, $3)", ("1", text, "{x,y}"))


def rows(*values: str) -> SqlStatement:
    return SqlStatement("INSERT INTO t (id, name) VALUES ($1, $2), ($3, $4) RETURNING name", values)


def literal(rows: str) -> SqlStatement:
    return SqlStatement(f"INSERT INTO t (id, name) VALUES {rows}")


def words(*texts: str) -> RedisCommand:
    return RedisCommand(tuple(text.encode() for text in texts))


def form(text: str) -> HttpRequest:
    return HttpRequest("POST", "/", (("content-type", "application/x-www-form-urlencoded"),), text.encode())


@pytest.mark.parametrize(
    ("place", "recorded", "same", "others"),
    [
        ("json.to", to('{"to": ["a", "b"], "cc": ["c", "d"]}'), to('{"to": ["b", "a"], "cc": ["c", "d"]}'),
         [to('{"to": ["b", "a"], "cc": ["d", "c"]}'), to('{"to": ["b", "b"], "cc": ["c", "d"]}'), to('{"to": ["a"], "cc": ["c", "d"]}')]),
        ("json.to", to('{"to": ["$id", "b"]}'), to(f'{{"to": ["b", "{ONE}"]}}'), [to(f'{{"to": ["c", "{ONE}"]}}')]),
        ("json", to('[{"id": "$id", "n": "a"}, {"id": "$id_2", "n": "b"}]'), to(f'[{{"n": "b", "id": "{TWO}"}}, {{"n": "a", "id": "{ONE}"}}]'),
         [to(f'[{{"n": "b", "id": "{TWO}"}}, {{"n": "c", "id": "{ONE}"}}]')]),
        ("parameters[1]", tags('{a,"b c"}'), tags('{"b c",a}'), [tags("{a}"), tags('{a,a,"b c"}'), tags("{a,b}")]),
        ("values", rows("$id", "a", "$id_2", "b"), rows(ONE, "b", TWO, "a"),
         [rows(ONE, "b", TWO, "b"), rows(ONE, "c", TWO, "a"), rows("x", "b", TWO, "a")]),
        ("values", literal("(1, '$id'), (2, 'x')"), literal(f"(2, 'x'), (1, '{ONE}')"), [literal(f"(2, 'y'), (1, '{ONE}')"), literal(f"(1, '{ONE}')")]),
        ("arguments[2:]", words("RPUSH", "k", "a", "b", "a"), words("RPUSH", "k", "b", "a", "a"),
         [words("RPUSH", "k", "b", "b", "a"), words("RPUSH", "k", "a", "b"), words("RPUSH", "l", "b", "a", "a")]),
        ("arguments[2:]", words("ZADD", "k", "1", "a", "2", "b"), words("ZADD", "k", "2", "b", "1", "a"),
         [words("ZADD", "k", "2", "a", "1", "b")]),
        ("arguments[2].json.t", words("SET", "k", '{"t":["a","b"],"u":["a","b"]}'), words("SET", "k", '{"u":["a","b"],"t":["b","a"]}'),
         [words("SET", "k", '{"t":["a","b"],"u":["b","a"]}'), words("SET", "k", '{"t":["a","b","b"],"u":["a","b"]}')]),
        ("query.t", HttpRequest("POST", "/?t=a&t=b"), HttpRequest("POST", "/?t=b&t=a"), [HttpRequest("POST", "/?t=b&t=b"), HttpRequest("POST", "/?t=b")]),
        ("form.t", form("t=a&t=b&u=a&u=b"), form("t=b&t=a&u=a&u=b"), [form("t=a&t=b&u=b&u=a"), form("t=a&u=a&u=b")]),
        ("headers.prefer", HttpRequest("POST", "/", (("Prefer", "a, b"),)), HttpRequest("POST", "/", (("prefer", "b, a"),)),
         [HttpRequest("POST", "/", (("prefer", "b"),)), HttpRequest("POST", "/", (("prefer", "b, b"),))]),
    ],
)  # fmt: skip
def test_another_order_is_the_same_and_another_member_is_not(
    place: str, recorded: Question, same: Question, others: list[Question]
) -> None:
    assert not isinstance(ask(recorded, same, place), Miss)
    assert isinstance(ask(recorded, same), Miss), "nothing is unordered unless it is said"
    for other in others:
        assert isinstance(ask(recorded, other, place), Miss), other


def test_rows_that_come_back_are_those_of_the_rows_that_were_sent() -> None:
    answer = SqlResult((Column("name", 25),), (("a",), ("b",)), "INSERT 0 2")
    found = ask(rows("$id", "a", "$id_2", "b"), rows(ONE, "b", TWO, "a"), "values", answer=answer)
    assert isinstance(found, SqlResult)
    assert found.rows == (("b",), ("a",))


@pytest.mark.parametrize(
    ("question", "replies"),
    [(lambda *keys: words("MGET", *keys), True), (lambda *keys: words("HMGET", "h", *keys), True), (lambda *keys: words("SUNION", *keys), False)],
)  # fmt: skip
def test_a_reply_for_each_key_follows_the_keys(question: Callable[..., RedisCommand], *, replies: bool) -> None:
    reply = RedisReply(Resp("array", (Resp("bulk", b"of a"), Resp("null", None), Resp("bulk", b"of c"))))
    place = "arguments[2:]" if question("a").arguments[0] == b"HMGET" else "arguments[1:]"
    found = ask(question("a", "b", "c"), question("c", "a", "b"), place, answer=reply)
    assert isinstance(found, RedisReply)
    items = reply.value.value
    assert isinstance(items, tuple)
    assert found.value.value == ((items[2], items[0], items[1]) if replies else items)


def test_only_questions_like_the_one_that_is_meant_are_touched() -> None:
    case = Case(Captured(1), HttpRequest("GET", "/"), HttpResponse(200), (RecordedCall("d", to('{"to": ["a", "b"]}'), None),),
                unordered=("calls[0].json.to",))  # fmt: skip
    orders = Orders(case, lambda _: ())
    other = HttpRequest("POST", "/other", JSON, b'{"to": ["b", "a"]}')
    for dependency, question in (("d", SqlStatement("SELECT 1")), ("d", other), ("e", to('{"to": ["b", "a"]}'))):
        assert orders.meaning(dependency, question) == asked(question)
    assert orders.meaning("d", to('{"to": ["b", "a"]}')) == orders.meaning("d", to('{"to": ["a", "b"]}'))
