from __future__ import annotations

from flowtape.capture.exchange import HttpRequest, Question, RedisCommand, SqlStatement
from flowtape.replay.match import asked
from flowtape.replay.nearest import Candidate, explain, literal, nearest


def candidate(question: Question, *, used: bool = False) -> Candidate:
    return Candidate("it", asked(question), used)


def test_the_same_statement_is_nearer_than_the_same_table() -> None:
    one = candidate(SqlStatement("SELECT a FROM t WHERE id = 1"), used=True)
    other = candidate(SqlStatement("SELECT a, b FROM t WHERE id = 2"))
    assert nearest("it", asked(SqlStatement("SELECT a FROM t WHERE id = 2")), [other, one]) == one


def test_an_unused_call_is_nearer_than_a_used_one() -> None:
    used, unused = (candidate(RedisCommand((b"GET", b"a:1")), used=used) for used in (True, False))
    assert nearest("it", asked(RedisCommand((b"GET", b"a:2"))), [used, unused]) == unused


def test_another_protocol_is_never_near() -> None:
    assert nearest("it", asked(SqlStatement("SELECT 1 FROM t")), [candidate(RedisCommand((b"GET", b"a")))]) is None


def test_two_statements_differ_word_by_word() -> None:
    text = explain("it", asked(SqlStatement("SELECT a, b FROM t")), [candidate(SqlStatement("SELECT a FROM u"))])
    assert "now also `, b`" in text
    assert "recorded `u`, now `t`" in text


def test_hostile_values_are_shown_harmlessly() -> None:
    assert literal("\x1b[31m\n") == "\\x1b[31m\\n"
    assert literal(b"\xff" * 100).startswith("100 bytes ff")
    assert len(literal("x" * 10_000)) < 300
    assert "\x1b" not in explain("it", asked(HttpRequest("GET", "/a?x=%1b[31m")), [])
