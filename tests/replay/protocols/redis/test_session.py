"""One client's session, as transcripts: what it says, and what it asks the record."""

from __future__ import annotations

from typing import Any

import pytest

from flowtape.capture.exchange import Address, Connection, Exchange, RedisCommand, RedisReply, Resp, SqlResult
from flowtape.replay.protocols.redis.session import Session

CONNECTION = Connection("1", Address("a", 1), Address("b", 2), "cache")
OK = Resp("simple", "OK")


def _exchange(line: str, answer: Resp) -> Exchange:
    command = RedisCommand(tuple(line.encode().split()))
    return Exchange(CONNECTION, "redis", command, RedisReply(answer), 1, 1, 1, 1)


def _play(source: Any, *lines: str) -> list[bytes]:
    """What is said to each command; each element is all of it."""
    session = Session(source, "cache", 1)
    said = []
    for line in lines:
        session.hear(RedisCommand(tuple(line.encode().split())))
        said.append(b"".join(session.out))
        session.out.clear()
    return said


def test_a_block_is_answered_by_what_each_command_got(heard: Any) -> None:
    source = heard([_exchange("INCR a", Resp("integer", 2)), _exchange("LPOP a", Resp("error", "WRONGTYPE no"))])
    said = _play(source, "MULTI", "INCR a", "LPOP a", "EXEC", "PING")
    assert said == [b"+OK\r\n", b"+QUEUED\r\n", b"+QUEUED\r\n", b"*2\r\n:2\r\n-WRONGTYPE no\r\n", b"+PONG\r\n"]
    assert source.asked[:2] == [((b"INCR", b"a"), "cache-1"), ((b"LPOP", b"a"), "cache-1")]
    assert source.ended == [("cache-1", True)]


def test_a_block_that_was_not_run_in_the_record_is_not_run(heard: Any) -> None:
    source = heard([_exchange("INCR a", Resp("simple", "QUEUED"))] * 2)
    assert _play(source, "MULTI", "INCR a", "EXEC")[-1] == b"$-1\r\n"
    assert _play(source, "MULTI", "INCR a", "DISCARD")[-1] == b"+OK\r\n"
    assert source.ended == [("cache-1", False)] * 2


@pytest.mark.parametrize("refusal", ["ERR unknown command 'X'", "ERR wrong number of arguments for 'x'", "OOM no"])
def test_a_command_that_was_refused_spoils_its_block(refusal: str, heard: Any) -> None:
    source = heard([_exchange("X", Resp("error", refusal)), _exchange("INCR a", Resp("simple", "QUEUED"))])
    said = _play(source, "MULTI", "X", "INCR a", "EXEC", "MULTI", "EXEC")
    assert said[1] == f"-{refusal}\r\n".encode()
    assert said[3].startswith(b"-EXECABORT ")
    assert said[5] == b"*0\r\n"
    assert source.ended == [("cache-1", False), ("cache-1", True)]


def test_a_miss_within_a_block_spoils_it_and_is_told_at_once(heard: Any) -> None:
    said = _play(heard(), "MULTI", "INCR a", "EXEC")
    assert said[1].startswith(b"-ERR flowtape: cache was asked")
    assert said[2].startswith(b"-EXECABORT ")


@pytest.mark.parametrize("line", ["MULTI", "WATCH a"])
def test_what_a_block_may_not_hold_spoils_it(line: str, heard: Any) -> None:
    said = _play(heard(), "MULTI", line, "EXEC")
    assert said[1].startswith(b"-ERR Command not allowed")
    assert said[2].startswith(b"-EXECABORT ")


@pytest.mark.parametrize("line", ["EXEC", "DISCARD"])
def test_a_block_must_begin_before_it_ends(line: str, heard: Any) -> None:
    source = heard()
    assert _play(source, line) == [f"-ERR {line} without MULTI\r\n".encode()]
    assert source.ended == []


@pytest.mark.parametrize("line", ["MULTI x", "EXEC x", "DISCARD x", "WATCH"])
def test_arguments_are_counted(line: str, heard: Any) -> None:
    assert b"wrong number of arguments" in _play(heard(), line)[0]


def test_a_client_that_leaves_a_block_open_rolls_it_back(heard: Any) -> None:
    source = heard([_exchange("INCR a", Resp("integer", 1))])
    session = Session(source, "cache", 4)
    for line in (b"MULTI", b"INCR a"):
        session.hear(RedisCommand(tuple(line.split())))
    session.lost()
    session.lost()
    assert source.ended == [("cache-4", False)]


def test_hello_switches_the_version_and_reset_switches_it_back(heard: Any) -> None:
    said = _play(
        heard(), "HELLO", "CLIENT GETNAME", "HELLO 3", "CLIENT GETNAME", "HELLO", "RESET", "CLIENT GETNAME", "HELLO 4"
    )
    assert [part[:1] for part in said] == [b"*", b"$", b"%", b"_", b"%", b"+", b"$", b"-"]
    assert said[-1] == b"-NOPROTO unsupported protocol version\r\n"


def test_a_recorded_hello_is_preferred_and_a_refused_one_switches_nothing(heard: Any) -> None:
    source = heard([_exchange("HELLO 3", Resp("error", "ERR unknown command 'HELLO'"))])
    assert _play(source, "HELLO 3", "CLIENT GETNAME") == [b"-ERR unknown command 'HELLO'\r\n", b"$-1\r\n"]


def test_passwords_are_neither_checked_nor_asked_for(heard: Any) -> None:
    source = heard()
    assert _play(source, "AUTH hunter2", "HELLO 2 AUTH ana hunter2")[0] == b"+OK\r\n"
    assert "hunter2" not in repr(source.asked)


def test_an_error_is_always_one_line(heard: Any) -> None:
    session = Session(heard(), "cache", 1)
    session.hear(RedisCommand((b"GET", b"a\r\n+OK\r\n")))
    assert b"".join(session.out).count(b"\r\n") == 1
    session.out.clear()
    session.violation("what\r\nis this")
    assert session.out == [b"-ERR Protocol error: what is this\r\n"]
    assert session.closed


def test_another_protocols_answer_is_no_answer() -> None:
    class Confused:
        def ask(self, *_: object) -> SqlResult:
            return SqlResult()

    assert _play(Confused(), "GET a") == [b"-ERR flowtape: the record holds another protocol's answer\r\n"]


def test_replies_are_suppressed_on_request(heard: Any) -> None:
    lines = [
        "CLIENT REPLY SKIP",
        "PING",
        "PING",
        "CLIENT REPLY OFF",
        "PING",
        "CLIENT REPLY ON",
        "PING",
        "CLIENT REPLY x",
    ]
    pong = b"+PONG\r\n"
    assert _play(heard(), *lines) == [b"", b"", pong, b"", b"", b"+OK\r\n", pong, b"-ERR syntax error\r\n"]


def test_subscriptions_are_confirmed_one_by_one(heard: Any) -> None:
    said = _play(
        heard(), "SUBSCRIBE a b", "PSUBSCRIBE x*", "PING", "UNSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE x*", "PING"
    )
    assert said[0] == b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"
    assert said[1].endswith(b":3\r\n")
    assert said[2] == b"*2\r\n$4\r\npong\r\n$0\r\n\r\n"
    assert said[3].count(b"unsubscribe") == 2
    assert said[4] == b"*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:1\r\n"
    assert said[6] == b"+PONG\r\n"


def test_quit_says_goodbye(heard: Any) -> None:
    session = Session(heard(), "cache", 1)
    session.hear(RedisCommand((b"QUIT",)))
    assert (session.out, session.closed) == ([b"+OK\r\n"], True)
