"""Redis commands in other words: what is taken for the same has the same reply and leaves the same behind in a real Redis."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.match import asked
from flowtape.replay.rules.redis_commands import canonical
from flowtape.replay.shapes import Uuid
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape

ONE, TWO = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", "00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69"
SAME = [
    ("incr n", "INCRBY n 1"),
    ("decr n", "DECRBY n 1"),
    ("DECRBY n 2", "INCRBY n -2"),
    ("SETEX k 60 v", "SET k v EX 60"),
    ("PSETEX k 60000 v", "SET k v EX 60"),
    ("SET k v EX 60 NX", "SET k v nx PX 60000"),
    ("EXPIRE n 60", "PEXPIRE n 60000"),
    ("EXPIRE n 60 nx", "PEXPIRE n 60000 NX"),
    ("DEL n s", "UNLINK s n"),
    ("DEL n n s", "DEL s n"),
    ("SADD s a b", "SADD s b a"),
    ("SREM s x y x", "SREM s y x"),
    ("HSET h a 1 b 2", "HSET h b 2 a 1"),
    ("MSET a 1 b 2", "MSET b 2 a 1"),
]
OTHER = [
    ("INCR n", "INCRBY n 2"),
    ("INCR n", "DECR n"),
    ("INCR n", "INCRBYFLOAT n 1.5"),
    ("SET k v", "SET k v EX 60"),
    ("SET k v EX 60", "SET k v EX 61"),
    ("SET k v EX 60", "SET k v PX 60"),
    ("SET n v", "SET n v NX"),
    ("SET n v NX", "SET n v XX"),
    ("SET n v", "SET n v GET"),
    ("SET k v EX 60", "SET v k EX 60"),
    ("EXPIRE n 60", "EXPIRE n 61"),
    ("DEL n", "DEL n s"),
    ("DEL n", "DEL s"),
    ("SADD s a b", "SADD s a c"),
    ("SADD s a", "SREM s a"),
    ("HSET h a 1 b 2", "HSET h a 2 b 1"),
    ("HSET h a 1 a 2", "HSET h a 2 a 1"),
    ("MSET a 1 b 2", "MSET a 2 b 1"),
    ("RPUSH l a b", "RPUSH l b a"),
]


def command(line: str) -> RedisCommand:
    return RedisCommand(tuple(line.encode().split()))


def same(one: RedisCommand, other: RedisCommand) -> bool:
    a, b = asked(one), asked(other)
    return (a.fingerprint, frozenset(a.arguments), a.effect) == (b.fingerprint, frozenset(b.arguments), b.effect)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_command(one: str, other: str) -> None:
    assert same(command(one), command(other))


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_a_near_miss_is_another_command(one: str, other: str) -> None:
    assert not same(command(one), command(other))


@pytest.fixture(scope="module")
def client(redis_server: Any) -> Any:
    with redis.Redis(redis_server.host, redis_server.port, db=7) as client:
        yield client
        client.flushdb()


def outcome(client: Any, line: str) -> object:
    """The reply, and everything that is there after it."""
    client.flushdb()
    client.set("n", 5)
    client.sadd("s", "x", "y", "z")
    reply = client.execute_command(*line.split())
    there = {}
    for key in client.scan_iter():
        kind = client.type(key)
        read = {
            b"string": client.get,
            b"set": client.smembers,
            b"hash": client.hgetall,
            b"list": lambda k: client.lrange(k, 0, -1),
        }
        there[key] = kind, read[kind](key), round(client.pttl(key), -3)
    return reply, there


@pytest.mark.parametrize(("one", "other"), SAME)
def test_redis_takes_them_for_the_same(client: Any, one: str, other: str) -> None:
    assert outcome(client, one) == outcome(client, other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_redis_tells_near_misses_apart(client: Any, one: str, other: str) -> None:
    assert outcome(client, one) != outcome(client, other)


@given(st.lists(st.sampled_from(["k", "v", "EX", "PX", "60", "-1", "NX", "GET", "KEEPTTL", "x", ""]), max_size=7))
def test_what_is_not_understood_is_left_as_it_is(words: list[str]) -> None:
    for name in ("SET", "SETEX", "INCR", "INCRBY", "DECRBY", "EXPIRE", "DEL", "SADD", "HSET", "MSET"):
        meant, arguments, lists = canonical(name, words)
        assert lists or meant != name or name == "SET" or [word for _, word in arguments] == words


def test_a_wrong_lifetime_is_told_by_its_name() -> None:
    assert dict(asked(command("SETEX cart:1 300 x")).arguments)["PX"] == "300000"


def test_variables_are_found_in_a_list_of_keys_in_any_order() -> None:
    call = RecordedCall("cache", command("DEL cart:$one user:7 cart:$two"), RedisReply(Resp("integer", 3)))
    variables = {"one": Uuid(), "two": Uuid()}
    for line, found in (
        (f"DEL user:7 cart:{ONE} cart:{TWO}", True),
        (f"UNLINK cart:{TWO} cart:{ONE} user:7", True),
        (f"DEL cart:{TWO} cart:{ONE} user:8", False),
        (f"DEL cart:{TWO} cart:{ONE}", False),
    ):
        tape = Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), (call,), variables), Session())
        assert isinstance(tape.ask("cache", command(line)), Miss) is not found
        assert (tape.effects() == tape.recorded_effects()) is found
