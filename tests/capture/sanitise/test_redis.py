from __future__ import annotations

import pytest

from flowtape.capture.exchange import RedisCommand, RedisReply, Resp
from flowtape.capture.sanitise import redis
from flowtape.capture.sanitise.visitor import Visitor

SID = "b1946ac92492d2347c6235b4d2611184"


def command(text: str) -> RedisCommand:
    return RedisCommand(tuple(part.encode() for part in text.split(" ")))


def bulks(*values: str) -> tuple[Resp, ...]:
    return tuple(Resp("bulk", value.encode()) for value in values)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("AUTH hunter2!", "AUTH ‹password›"),
        ("AUTH ana hunter2!", "AUTH ‹username› ‹password›"),
        ("HELLO 3 AUTH default hunter2! SETNAME x", "HELLO 3 AUTH default ‹password› SETNAME x"),
        ("CONFIG SET requirepass hunter2!", "CONFIG SET requirepass ‹password›"),
        (f"GET session:{SID}", "GET session:‹session›"),
        ("GET customer:ana@quux.de:cart", "GET customer:‹email›:cart"),
        ("SET user:42:email x1 EX 60", "SET user:42:email ‹username› EX 60"),
        ("SETEX cart:42 60 a@quux.de", "SETEX cart:42 60 ‹email›"),
        ("HSET c:42 email x1 visits 7", "HSET c:42 email ‹username› visits 7"),
        ("MSET a:email x1 b:stock 2", "MSET a:email ‹username› b:stock 2"),
        ("XADD log * password p1 n 1", "XADD log * password ‹password› n 1"),
        ('SET cart:42 {"pin":"1"}', 'SET cart:42 {"pin":"‹password›"}'),
        ("DEL cart:42 session:list", "DEL cart:42 session:list"),
        ("EXPIRE cart:550e8400-e29b-41d4-a716-446655440000 60", "EXPIRE cart:550e8400-e29b-41d4-a716-446655440000 60"),
        ("PING", "PING"),
    ],
)
def test_a_command(marking: Visitor, asked: str, expected: str) -> None:
    assert redis.command(marking, command(asked)) == command(expected)


@pytest.mark.parametrize(
    ("asked", "reply", "expected"),
    [
        ("GET user:42:phone", Resp("bulk", b"1234567"), Resp("bulk", "‹phone›".encode())),
        ("HGET c:42 email", Resp("bulk", b"x1"), Resp("bulk", "‹username›".encode())),
        ("HMGET c:42 email n", Resp("array", bulks("x1", "7")), Resp("array", bulks("‹username›", "7"))),
        ("HGETALL c:42", Resp("array", bulks("email", "x1", "n", "7")), Resp("array", bulks("email", "‹username›", "n", "7"))),
        ("HGETALL c:42", Resp("map", bulks("pin", "1")), Resp("map", bulks("pin", "‹password›"))),
        ("MGET a:email b:n", Resp("array", bulks("x1", "7")), Resp("array", bulks("‹username›", "7"))),
        ("KEYS *", Resp("array", bulks(f"session:{SID}")), Resp("array", bulks("session:‹session›"))),
        ("GET x", Resp("null"), Resp("null")),
        ("GET x", Resp("verbatim", b"txt:a@quux.de"), Resp("verbatim", "txt:‹email›".encode())),
        ("X", Resp("error", "ERR a@quux.de"), Resp("error", "ERR ‹email›")),
        ("LRANGE q 0 9", Resp("array", (Resp("integer", 7), Resp("array", bulks("a@quux.de")))), Resp("array", (Resp("integer", 7), Resp("array", bulks("‹email›"))))),
    ],
)  # fmt: skip
def test_a_reply(marking: Visitor, asked: str, reply: Resp, expected: Resp) -> None:
    assert redis.reply(marking, command(asked), RedisReply(reply)) == RedisReply(expected)


def test_exec_answers_what_was_queued(marking: Visitor) -> None:
    queued = (command("HGET c:42 email"), command("INCR n"))
    reply = Resp("array", (*bulks("x1"), Resp("integer", 1)))
    made = redis.reply(marking, command("EXEC"), RedisReply(reply), queued)
    assert made.value.value == (*bulks("‹username›"), Resp("integer", 1))


def test_bytes_stay_bytes(marking: Visitor) -> None:
    asked = RedisCommand((b"SET", b"\xff\0k", b"\x80\x04"))
    assert redis.command(marking, asked) == RedisCommand((b"SET", b"???", b"??"))
    assert redis.command(marking, RedisCommand(())) == RedisCommand(())
