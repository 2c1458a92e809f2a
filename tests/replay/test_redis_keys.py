"""Which keys a Redis command touches."""

from __future__ import annotations

import pytest

from flowtape.replay.match import READING_COMMANDS
from flowtape.replay.redis_keys import ALL, COUNTED, NO_ONE_KEY, PAIRS, TWO, commute, keys


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


def test_commands_are_named_in_small_letters() -> None:
    for table in (ALL, PAIRS, TWO, NO_ONE_KEY, frozenset(COUNTED)):
        assert all(name == name.lower() for name in table)
    assert {"mget", "keys", "scan"} <= READING_COMMANDS


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
