"""What the server says of itself; redis-py's own test of it is in test_server.py."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import Resp
from flowtape.capture.protocols.redis_commands import SESSION
from flowtape.replay.protocols.redis.housekeeping import hello, own_answer


def _own(line: str) -> Resp | None:
    return own_answer(tuple(line.encode().split()), 7, b"me")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PING", Resp("simple", "PONG")),
        ("ping Hi", Resp("bulk", b"Hi")),
        ("ECHO Hi", Resp("bulk", b"Hi")),
        ("CLIENT ID", Resp("integer", 7)),
        ("CLIENT GETNAME", Resp("bulk", b"me")),
        ("CLIENT NO-EVICT on", Resp("simple", "OK")),
        ("CLIENT KILL ID 1", Resp("integer", 0)),
        ("COMMAND COUNT", Resp("integer", 0)),
        ("COMMAND DOCS get", Resp("map", ())),
        ("COMMAND INFO get set", Resp("array", (Resp("null"), Resp("null")))),
        ("COMMAND", Resp("array", ())),
        ("SELECT 3", Resp("simple", "OK")),
    ],
)
def test_own_answers(line: str, answer: Resp) -> None:
    assert _own(line) == answer


@pytest.mark.parametrize("line", ["GET a", "PING a b", "FLUSHALL", "EVAL x 0", "SENTINEL masters", "TIME"])
def test_the_rest_is_for_the_record(line: str) -> None:
    assert _own(line) is None


def test_information_names_a_version_and_a_role() -> None:
    answer = _own("INFO server")
    assert answer is not None
    assert isinstance(answer.value, bytes)
    assert b"\r\nredis_version:" in answer.value
    assert b"\r\nrole:master\r\n" in answer.value


def test_hello_tells_the_version_that_was_agreed() -> None:
    told = hello(3, 7).value
    assert isinstance(told, tuple)
    assert dict(zip(told[::2], told[1::2], strict=True))[Resp("bulk", b"proto")] == Resp("integer", 3)


def test_what_the_server_answers_itself_is_session_traffic_in_the_record() -> None:
    """Else a recorded call would wait in vain to be asked for."""
    lines = [
        "PING",
        "ECHO a",
        "AUTH a",
        "SELECT 1",
        "READONLY",
        "READWRITE",
        "ASKING",
        "UNWATCH",
        "CLIENT ID",
        "COMMAND",
        "INFO",
    ]
    for line in [*lines, "ROLE", "CLUSTER INFO"]:
        assert _own(line) is not None
        assert line.encode().split()[0] in SESSION
