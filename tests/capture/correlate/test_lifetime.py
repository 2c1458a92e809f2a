"""Until when a request may cause calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowtape.capture.correlate.lifetime import LONGEST_QUIET, TAIL, TIMES, Lifetimes

MS = 1_000_000
MOST = 30_000 * MS


def lifetimes() -> Lifetimes:
    return Lifetimes(quiet_ns=100 * MS, most_ns=MOST)


def test_a_request_is_worked_for_until_the_quiet_time_after_its_response(traffic: Any) -> None:
    entry = traffic.entry(10, 30)
    assert lifetimes().until(entry) == entry.ended + 100 * MS


def test_the_quiet_time_is_never_shorter_than_answers_usually_take(traffic: Any) -> None:
    lives = lifetimes()
    for at in range(100):
        lives.until(traffic.entry(at, at + 700))
    assert 690 * MS < lives.quiet <= 700 * MS
    for at in range(100):
        lives.until(traffic.entry(at, at + 5))
    assert lives.quiet == 100 * MS
    for at in range(100):
        lives.until(traffic.entry(at, at + 60_000))
    assert lives.quiet == LONGEST_QUIET * 100 * MS


def test_who_asks_for_no_quiet_time_gets_none(traffic: Any) -> None:
    lives = Lifetimes(quiet_ns=0, most_ns=MOST)
    assert lives.until(traffic.entry(0, 500)) == traffic.at(500)
    assert lives.quiet == 0


def test_one_without_a_response_is_worked_for_longer_than_the_longest_of_late(traffic: Any) -> None:
    lives = lifetimes()
    lives.until(traffic.entry(0, 500))
    for at in range(5):
        lives.until(traffic.entry(at, at + 1))
    left = replace(traffic.entry(600, 610), answer=None, incomplete="the client closed the connection")
    lasts = lives.until(left) - left.started - lives.quiet
    assert (TIMES - 0.1) * 500 * MS < lasts <= TIMES * 500 * MS


def test_while_no_response_is_known_the_longest_time_is_allowed_for(traffic: Any) -> None:
    left = replace(traffic.entry(600, 610), answer=None)
    assert lifetimes().until(left) == left.started + MOST + 100 * MS


def test_what_was_long_once_is_forgotten(traffic: Any) -> None:
    lives = lifetimes()
    lives.until(traffic.entry(0, 20_000))
    for at in range(10_000):
        lives.until(traffic.entry(at, at + 10))
    left = replace(traffic.entry(600, 610), answer=None)
    assert lives.until(left) <= left.started + TIMES * 10 * MS + lives.quiet


def test_a_tail_is_as_long_as_the_answer_took_and_bounded(traffic: Any) -> None:
    entry = traffic.entry(0, 50)
    assert lifetimes().with_tail(entry, 3) == entry.ended + TAIL * 3 * 50 * MS
    assert lifetimes().with_tail(entry, 1000) == entry.ended + LONGEST_QUIET * 100 * MS
    assert lifetimes().with_tail(entry, -0.5) <= entry.ended
