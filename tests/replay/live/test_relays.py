"""Relays before live dependencies."""

from __future__ import annotations

import asyncio
import time

import redis as client
from samples.servers import Server

from flowtape.capture.exchange import Address, RedisCommand
from flowtape.replay.live.background import Background
from flowtape.replay.live.relays import Hearing, Relay, quiet, relay

EXACT = 20_000
"""Nanoseconds: less than any answer takes."""


def test_what_a_client_asks_of_a_live_server_is_heard_in_its_order(redis_server: Server) -> None:
    hearing, relays, background = Hearing(), list[Relay](), Background()
    background.start()
    try:

        async def made() -> Relay:
            relays.append(await relay("cache", Address(redis_server.host, redis_server.port), "redis", hearing))
            return relays[0]

        address = background.run("cache", made)
        with client.Redis(address.host, address.port) as cache:
            cache.set("flowtape:live", "1")
            assert cache.get("flowtape:live") == b"1"
            cache.delete("flowtape:live")
        background.wait(quiet(relays, hearing, 0, 5))
        heard = hearing.take()
    finally:
        background.stop()
    said = [
        each.question.arguments[0] for each in heard if isinstance(each.question, RedisCommand) and not each.session
    ]
    assert said == [b"SET", b"GET", b"DEL"]
    assert {each.connection.dependency for each in heard} == {"cache"}
    assert [each.started for each in heard] == sorted(each.started for each in heard)
    assert hearing.take() == []


def test_a_clock_goes_on_and_is_the_time_of_day() -> None:
    hearing = Hearing()
    first = hearing.clock()
    assert abs(first - time.time_ns()) < 10_000_000_000
    assert hearing.clock() > first


def test_a_process_that_goes_by_the_time_of_day_is_told_before_from_after() -> None:
    """Two clocks that are apart would have one call begin before the one ended that it waited for."""
    hearing = Hearing()
    for _ in range(100):
        before, there, after = hearing.clock(), time.time_ns(), hearing.clock()
        assert before - EXACT <= there <= after + EXACT


def test_quiet_begins_after_what_it_is_waited_for() -> None:
    """What a service does after a response has not been heard yet when the waiting begins."""
    hearing = Hearing()
    hearing.last -= 100
    since = time.monotonic()
    asyncio.run(quiet([], hearing, 0.02, 10.0, since))
    assert time.monotonic() - since >= 0.02


def test_waiting_for_quiet_has_a_limit() -> None:
    hearing = Hearing()
    began = time.monotonic()
    asyncio.run(quiet([], hearing, 1000.0, 0.01))
    assert time.monotonic() - began < 10
