"""Which keys a Redis command touches."""

from __future__ import annotations

import pytest
import redis as client
from hypothesis import given
from hypothesis import strategies as st
from samples.servers import Server

from flowtape.capture.redis_keys import ALL, COUNTED, NO_ONE_KEY, PAIRS, TWO, commute, keys, positions


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("SET a 1 EX 60", "a"),
        ("get a", "a"),
        ("DEL a b c", "a b c"),
        ("MSET a 1 b 2", "a b"),
        ("RENAME a b", "a b"),
        ("BLPOP a b 0", "a b"),
        ("EVAL script 2 a b x", "a b"),
        ("EVALSHA sha 0 x", ""),
        ("EVAL script many a", ""),
        ("EVAL script 3 a b", "a b"),
        ("EVAL script " + "9" * 5000 + " a", ""),
        ("ZUNIONSTORE", ""),
        ("ZUNIONSTORE c 2 a b WEIGHTS 1 2", "c a b"),
        ("BITOP AND c a b", "c a b"),
        ("OBJECT ENCODING a", "a"),
        ("XADD s * a 1", "s"),
        ("FLUSHALL", ""),
        ("KEYS *", ""),
        ("GET", ""),
        ("", ""),
    ],
)
def test_keys(command: str, found: str) -> None:
    assert list(keys(command.split())) == found.split()


def test_a_channel_is_no_key() -> None:
    assert keys(["PUBLISH", "a", "x"]) == ("channel a",)


@given(st.lists(st.sampled_from([*COUNTED, *NO_ONE_KEY, "ZUNIONSTORE", "bitop", "MSET", "get", "9", "0"]) | st.text()))
def test_the_positions_are_those_of_words(words: list[str]) -> None:
    assert [words[place] for place in positions(words)] == [name.removeprefix("channel ") for name in keys(words)]
    assert set(positions(words)) <= set(range(1, len(words)))


def test_commands_are_named_in_small_letters() -> None:
    for table in (ALL, PAIRS, TWO, NO_ONE_KEY, frozenset(COUNTED)):
        assert all(name == name.lower() for name in table)


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("INCR", "decrby", True),
        ("SADD", "SADD", True),
        ("SET", "DEL", False),
        ("SADD", "SREM", False),
        ("RPUSH", "RPUSH", False),
    ],
)
def test_what_may_change_places(one: str, other: str, may: bool) -> None:
    assert commute(one, other) is may
    assert commute(other, one) is may


GIVEN = (
    "SET a 1", "GETDEL a", "MSETNX a 1 b 2", "DEL a b", "UNLINK a b", "MGET a b", "SMOVE a b x", "LMOVE a b LEFT RIGHT", "BLPOP a b 0",
    "BZPOPMIN a b 0", "SINTERSTORE c a b", "SINTERCARD 2 a b", "ZUNIONSTORE c 2 a b", "ZDIFF 2 a b", "BITOP OR c a b", "PFMERGE c a b",
    "EVAL return 2 a b x", "ZRANGESTORE a b 0 1", "COPY a b", "HSET a f 1", "XADD a * f 1", "OBJECT ENCODING a", "GEOSEARCHSTORE a b FROMMEMBER x BYRADIUS 1 m",
)  # fmt: skip


def test_the_server_says_the_same(redis_server: Server) -> None:
    with client.Redis(redis_server.host, redis_server.port, decode_responses=True) as server:
        for command in GIVEN:
            words = command.split()
            assert sorted(keys(words)) == sorted(server.execute_command("COMMAND GETKEYS", *words)), command
