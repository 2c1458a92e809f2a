from __future__ import annotations

import pytest
import redis as client
from hypothesis import given
from hypothesis import strategies as st
from samples.servers import Server

from flowtape.capture.exchange import HttpRequest, OpaqueBytes, Question, RedisCommand, SqlStatement
from flowtape.replay.match import READING_COMMANDS, asked, value

JSON = (("Content-Type", "application/json"),)


def same(one: Question, other: Question) -> bool:
    a, b = asked(one), asked(other)
    return (a.protocol, a.fingerprint, set(a.arguments)) == (b.protocol, b.fingerprint, set(b.arguments))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SqlStatement("SELECT a FROM t WHERE id = $1", ("1",)), SqlStatement("select  a\nfrom t where id=1")),
        (SqlStatement("SELECT a FROM t WHERE id = $1", ("19.90",)), SqlStatement("SELECT a FROM t WHERE id = %s", ("19.9",))),
        (RedisCommand((b"get", b"a")), RedisCommand((b"GET", b"a"))),
        (HttpRequest("GET", "/a?x=1&y=2"), HttpRequest("GET", "/a?y=2&x=1", (("User-Agent", "b"), ("traceparent", "00-1")))),
        (HttpRequest("POST", "/a", JSON, b'{"a": 1.50, "b": 2}'), HttpRequest("POST", "/a", JSON, b'{"b":2,"a":1.5}')),
        (HttpRequest("POST", "/a", JSON, b'{"a": 1e1}'), HttpRequest("POST", "/a", JSON, b'{"a":10.0}')),
        (HttpRequest("GET", "/a", (("Authorization", "Bearer x"),)), HttpRequest("GET", "/a", (("authorization", "Bearer y"),))),
        (HttpRequest("POST", "/", (("content-type", "multipart/form-data; boundary=xx"),), b"--xx\r\na\r\n--xx--"),
         HttpRequest("POST", "/", (("content-type", 'multipart/form-data; boundary="yy"'),), b"--yy\r\na\r\n--yy--")),
        (HttpRequest("POST", "/", (("content-type", "application/x-www-form-urlencoded"),), b"a=1&b=%20"),
         HttpRequest("POST", "/", (("content-type", "application/x-www-form-urlencoded; charset=utf-8"),), b"b=+&a=1")),
    ],
)  # fmt: skip
def test_the_same_question_put_differently_is_the_same(one: Question, other: Question) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SqlStatement("SELECT a FROM t WHERE id = 1"), SqlStatement("SELECT a FROM t WHERE id = 2")),
        (SqlStatement("SELECT a FROM t WHERE id = 1"), SqlStatement("SELECT b FROM t WHERE id = 1")),
        (SqlStatement("INSERT INTO t (a, b) VALUES ($1, $2)", ("1", "2")), SqlStatement("INSERT INTO t (a, b) VALUES ($1, $2)", ("2", "1"))),
        (SqlStatement("SELECT $1", ("007",)), SqlStatement("SELECT $1", ("7",))),
        (SqlStatement("SELECT $1", (None,)), SqlStatement("SELECT $1", ("",))),
        (RedisCommand((b"GET", b"a")), RedisCommand((b"GET", b"A"))),
        (RedisCommand((b"DEL", b"a")), RedisCommand((b"DEL", b"a", b"b"))),
        (HttpRequest("GET", "/a?x=1"), HttpRequest("GET", "/a?x=2")),
        (HttpRequest("GET", "/a/1"), HttpRequest("GET", "/a/2")),
        (HttpRequest("POST", "/a", JSON, b'{"a": 1}'), HttpRequest("POST", "/a", JSON, b'{"a": "1"}')),
        (HttpRequest("POST", "/a", JSON, b'{"a": 1}'), HttpRequest("POST", "/a", JSON, b'{"a": 1.0}')),
        (HttpRequest("POST", "/a", JSON, b'{"a": 1}'), HttpRequest("POST", "/a", JSON, b'{"a": 1, "b": null}')),
        (HttpRequest("GET", "/a", (("Authorization", "Bearer x"),)), HttpRequest("GET", "/a")),
        (HttpRequest("GET", "/a", (("Idempotency-Key", "x"),)), HttpRequest("GET", "/a", (("Idempotency-Key", "y"),))),
    ],
)  # fmt: skip
def test_another_question_is_another_one(one: Question, other: Question) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    ("question", "effect"),
    [
        (SqlStatement("SELECT 1"), False),
        (SqlStatement("INSERT INTO t VALUES (1)"), True),
        (SqlStatement("WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a"), True),
        (SqlStatement("BEGIN"), False),
        (HttpRequest("GET", "/"), False),
        (HttpRequest("POST", "/"), True),
        (RedisCommand((b"hgetall", b"a")), False),
        (RedisCommand((b"PUBLISH", b"a", b"b")), True),
        (RedisCommand((b"EVAL", b"return 1", b"0")), True),
        (RedisCommand((b"EVAL_RO", b"return 1", b"0")), False),
        (OpaqueBytes(3), True),
    ],
)
def test_what_changes_something_is_an_effect(question: Question, effect: bool) -> None:
    assert asked(question).effect is effect


def test_the_server_s_own_flags_say_the_same_of_reads_and_writes(redis_server: Server) -> None:
    with client.Redis(redis_server.host, redis_server.port) as server:
        flags = {name: {str(flag) for flag in told["flags"]} for name, told in server.command().items()}
    assert len(flags) > 200
    assert {name for name, each in flags.items() if "write" in each} & READING_COMMANDS == set()
    assert {name for name, each in flags.items() if "readonly" in each} <= READING_COMMANDS


def test_values_are_called_by_their_columns() -> None:
    found = asked(SqlStatement("UPDATE orders SET total = $1, note = $2 WHERE id = $3", ("1", "x", "7")))
    assert dict(found.arguments) == {"total": "1", "note": "x", "id": "7"}


@pytest.mark.parametrize(
    ("text", "called"),
    [
        (
            "INSERT INTO t (a, b) VALUES (1, 2), (3, 4) ON CONFLICT (a) DO UPDATE SET n = 5",
            "a=1 b=2 a of row 2=3 b of row 2=4 n=5",
        ),
        (
            "SELECT x FROM t WHERE (a, b) IN ((1, 2), (3, 4)) AND c = 5",
            "value 1=1 value 2=2 value 1 of row 2=3 value 2 of row 2=4 c=5",
        ),
        (
            "WITH v AS (VALUES (1), (2)), w AS (VALUES (3, 4)) SELECT * FROM v, w WHERE v.a = 9",
            "value 1=1 value 1 of row 2=2 rows=(2 values) value 2=3 value 3=4 rows (2)=(1 values) t1.a=9",
        ),
    ],
)
def test_the_values_of_later_rows_are_called_by_their_columns_too(text: str, called: str) -> None:
    assert " ".join(f"{name}={each!s}" for name, each in asked(SqlStatement(text)).arguments) == called


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("19.90", "19.9"), ("1E+2", "100"), ("1.50e-07", "0.00000015"), ("12e45", "12e45"), ("9" * 40, "9" * 40), ("0." + "1" * 40, "0." + "1" * 40), ("+12", "+12"), (".50", "0.5"), ("007", "007"), ("true", "t"), ('{"b": 1, "a": 2}', '{"a":2,"b":1}'), ("-0.0", "0"),
     ("2026-11-20T11:00:00+01:00", "2026-11-20 10:00:00+00:00"), ("2026-11-20 10:00:00+00", "2026-11-20 10:00:00+00:00"), ("2026-99-20 10:00", "2026-99-20 10:00")],
)  # fmt: skip
def test_a_value_has_one_way_of_writing(text: str, meaning: str) -> None:
    assert value(text) == meaning


@given(st.text())
def test_nothing_that_a_stranger_sends_breaks_the_reading(text: str) -> None:
    value(text)
    asked(SqlStatement(text, (text,)))
    asked(RedisCommand((text.encode("utf-8", "surrogatepass"),)))
    asked(HttpRequest("POST", text, (("content-type", "application/json"),), text.encode("utf-8", "surrogatepass")))
