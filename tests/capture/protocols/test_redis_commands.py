"""Passwords never leave the reading of a command, and what is only a driver's business is known as such."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import Resp
from flowtape.capture.protocols.redis_commands import is_session, redacted, redacted_reply


def _words(line: str) -> tuple[bytes, ...]:
    return tuple(line.encode().split())


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("AUTH secret", "AUTH ***"),
        ("auth ana secret", "auth ana ***"),
        ("HELLO 3 AUTH ana secret SETNAME me", "HELLO 3 AUTH ana *** SETNAME me"),
        ("HELLO 3 SETNAME me auth ana secret", "HELLO 3 SETNAME me auth ana ***"),
        ("CONFIG SET maxmemory 1 requirepass secret", "CONFIG SET maxmemory 1 requirepass ***"),
        ("config set MasterAuth secret", "config set MasterAuth ***"),
        ("SENTINEL SET main auth-pass secret", "SENTINEL SET main auth-pass ***"),
        (
            "ACL SETUSER ana on >secret <secret #d1ge57 !d1ge57 ~* +@all",
            "ACL SETUSER ana on >*** <*** #*** !*** ~* +@all",
        ),
        ("MIGRATE h 1 k 0 9 AUTH secret", "MIGRATE h 1 k 0 9 AUTH ***"),
        ("MIGRATE h 1 k 0 9 COPY AUTH2 ana secret KEYS a", "MIGRATE h 1 k 0 9 COPY AUTH2 ana *** KEYS a"),
        ("SET AUTH value", "SET AUTH value"),
        ("GET requirepass", "GET requirepass"),
        ("AUTH", "AUTH"),
        ("HELLO 3 AUTH", "HELLO 3 AUTH"),
        ("CONFIG", "CONFIG"),
    ],
)
def test_passwords_are_replaced(said: str, kept: str) -> None:
    assert redacted(_words(said)) == _words(kept)
    assert redacted(_words(kept)) == _words(kept)


def test_a_setting_that_is_a_password_is_replaced_in_the_answer() -> None:
    parts = [b"maxmemory", b"1", b"requirepass", b"secret", b"masterauth", b""]
    for kind in ("array", "map"):
        answer = Resp("array" if kind == "array" else "map", tuple(Resp("bulk", part) for part in parts))
        kept = redacted_reply(_words("config get *"), answer)
        assert kept.kind == kind
        assert isinstance(kept.value, tuple)
        assert [each.value for each in kept.value] == [b"maxmemory", b"1", b"requirepass", b"***", b"masterauth", b""]


def test_other_answers_are_left_alone() -> None:
    answer = Resp("array", (Resp("bulk", b"requirepass"), Resp("bulk", b"x")))
    assert redacted_reply(_words("LRANGE l 0 -1"), answer) is answer
    assert redacted_reply(_words("CONFIG GET x"), Resp("error", "ERR")) == Resp("error", "ERR")


@pytest.mark.parametrize(
    ("line", "session"),
    [
        ("HELLO 3", True), ("client setinfo LIB-NAME x", True), ("Select 1", True), ("PING", True), ("MULTI", True),
        ("GET a", False), ("EVAL x 0", False), ("SUBSCRIBE a", False), ("CONFIG GET x", False),
    ],
)  # fmt: skip
def test_session_commands(line: str, session: bool) -> None:
    assert is_session(_words(line)) is session
