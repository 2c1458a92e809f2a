from __future__ import annotations

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.replay.unordered.lists import Thing, lists

FORM = (("content-type", "application/x-www-form-urlencoded"),)
INSERT = "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)"


@pytest.mark.parametrize(
    ("thing", "path", "items", "other"),
    [
        (SqlStatement("INSERT INTO t (a) VALUES ($1)", ('{b,"x, y",NULL}',)), "parameters[0]", ["b", "x, y", None],
         SqlStatement("INSERT INTO t (a) VALUES ($1)", ('{NULL,"x, y",b}',))),
        (SqlStatement(INSERT, ("1", "x", "2", "y"), (20, 25, 20, 25)), "values", [["1", "x"], ["2", "y"]],
         SqlStatement(INSERT, ("2", "y", "1", "x"), (20, 25, 20, 25))),
        (SqlStatement("SELECT a FROM t WHERE c = $3 AND b IN ($1, $2)", ("1", "2", "3")), "parameters[0:2]", ["1", "2"],
         SqlStatement("SELECT a FROM t WHERE c = $3 AND b IN ($1, $2)", ("2", "1", "3"))),
        (SqlStatement("INSERT INTO t (a, b) VALUES ($1, 0), ($2, 0)", ("1", "2")), "values", [["1"], ["2"]],
         SqlStatement("INSERT INTO t (a, b) VALUES ($1, 0), ($2, 0)", ("2", "1"))),
        (SqlStatement("INSERT INTO t (a) VALUES (1), (2)"), "values", [["1"], ["2"]], SqlStatement("INSERT INTO t (a) VALUES (2), (1)")),
        (RedisCommand((b"sadd", b"k", b"a", b"b")), "arguments[2:]", ["a", "b"], RedisCommand((b"sadd", b"k", b"b", b"a"))),
        (RedisCommand((b"MGET", b"a", b"b")), "arguments[1:]", ["a", "b"], RedisCommand((b"MGET", b"b", b"a"))),
        (RedisCommand((b"ZADD", b"k", b"1", b"a", b"2", b"b")), "arguments[2:]", [["1", "a"], ["2", "b"]],
         RedisCommand((b"ZADD", b"k", b"2", b"b", b"1", b"a"))),
        (HttpRequest("GET", "/a?x=1&tag=a%20b&y=2&tag=c"), "query.tag", ["a b", "c"], HttpRequest("GET", "/a?x=1&tag=c&y=2&tag=a%20b")),
        (HttpRequest("POST", "/", FORM, b"t=a&u=1&t=b"), "form.t", ["a", "b"], HttpRequest("POST", "/", FORM, b"t=b&u=1&t=a")),
        (HttpRequest("GET", "/", (("Prefer", "a=1, b"),)), "headers.prefer", ["a=1", "b"], HttpRequest("GET", "/", (("Prefer", "b, a=1"),))),
        (HttpResponse(200, "", (("Set-Cookie", "a=1"), ("X", "1"), ("set-cookie", "b=2"))), "headers.set-cookie", ["a=1", "b=2"],
         HttpResponse(200, "", (("set-cookie", "b=2"), ("X", "1"), ("Set-Cookie", "a=1")))),
    ],
)  # fmt: skip
def test_a_list_is_found_and_put_into_another_order(thing: Thing, path: str, items: list[object], other: Thing) -> None:
    found = {each.path: each for each in lists(thing)}
    assert found[path].items == items
    assert found[path].put(range(len(items))) == thing
    assert found[path].put(range(len(items))[::-1]) == other


@pytest.mark.parametrize(
    "thing",
    [
        SqlStatement("INSERT INTO t (a, b) VALUES ($1, $2)", ("{}", "{a}")),
        SqlStatement("INSERT INTO t (a) VALUES ($1)", ('{"a":[1,2]}',)),
        SqlStatement("INSERT INTO t (a) VALUES ($1), ($1)", ("1",)),
        SqlStatement("INSERT INTO t (a, n) VALUES ($1, 0), ($2, 1)", ("1", "2")),
        SqlStatement("INSERT INTO t (a) VALUES ($1), ($2)", ("1",)),
        SqlStatement("INSERT INTO t (a) VALUES ($1)", ("{{a,b},{c,d}}",)),
        RedisCommand((b"SADD", b"k", b"a")),
        RedisCommand((b"ZADD", b"k", b"NX", b"1", b"a")),
        RedisCommand((b"BLPOP", b"a", b"b", b"0")),
        RedisCommand(()),
        HttpRequest("GET", "/?a=1&b=2"),
    ],
)
def test_what_is_no_list_of_two(thing: Thing) -> None:
    assert list(lists(thing)) == []
