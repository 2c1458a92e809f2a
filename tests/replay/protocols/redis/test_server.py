"""redis-py against the real server and against the answering one: it must not tell them apart."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
import redis.asyncio

from flowtape.capture.exchange import Address
from flowtape.replay.protocols.redis import serve

Step = Callable[[Any], Any]
LUA = "redis.call('SET', KEYS[1], ARGV[1]) return {1, ARGV[1], redis.call('GET', KEYS[1])}"

STEPS: list[Step] = [
    lambda r: r.flushdb(),
    lambda r: r.ping(),
    lambda r: r.echo("é"),
    lambda r: r.set("a", 1),
    lambda r: r.get("a"),
    lambda r: r.get("none"),
    lambda r: r.set("a", 2, nx=True),
    lambda r: r.set("b", b"\x00\r\n\xff", ex=100),
    lambda r: r.get("b"),
    lambda r: r.ttl("b"),
    lambda r: r.exists("a", "b", "c"),
    lambda r: r.incrby("a", 41),
    lambda r: r.incrbyfloat("f", 1.5),
    lambda r: r.mget(["a", "none", "b"]),
    lambda r: r.hset("h", mapping={"name": "Ana", "age": "33"}),
    lambda r: r.hgetall("h"),
    lambda r: r.hgetall("none"),
    lambda r: r.hget("h", "name"),
    lambda r: r.hmget("h", ["name", "none"]),
    lambda r: r.hincrby("h", "age", 1),
    lambda r: r.sadd("s", "x", "y", "z"),
    lambda r: r.smembers("s"),
    lambda r: r.sismember("s", "x"),
    lambda r: r.smismember("s", ["x", "q"]),
    lambda r: r.zadd("z", {"one": 1, "half": 0.5, "many": float("inf")}),
    lambda r: r.zscore("z", "half"),
    lambda r: r.zscore("z", "none"),
    lambda r: r.zrange("z", 0, -1, withscores=True),
    lambda r: r.zrangebyscore("z", 0, 2),
    lambda r: r.zincrby("z", 2.25, "one"),
    lambda r: r.zpopmin("z"),
    lambda r: r.zpopmax("z", 2),
    lambda r: r.zmscore("z", ["one", "none"]),
    lambda r: r.rpush("l", 1, 2, 3),
    lambda r: r.lrange("l", 0, -1),
    lambda r: r.blpop(["l"], timeout=1),
    lambda r: r.lpop("l", 5),
    lambda r: r.blpop(["l"], timeout=0.01),
    lambda r: r.scan(0, match="a*", count=1000),
    lambda r: r.hscan("h"),
    lambda r: r.eval(LUA, 1, "lua", "value"),
    lambda r: r.eval("return {1, 2, {3, 'four'}}", 0),
    lambda r: r.xadd("x", {"f": "v"}, id="1-1"),
    lambda r: r.xread({"x": 0}),
    lambda r: r.xrange("x"),
    lambda r: r.type("a"),
    lambda r: r.lpush("a", 1),
    lambda r: r.execute_command("NOSUCH", "x"),
    lambda r: r.execute_command("GET"),
    lambda r: r.config_get("maxmemory"),
    lambda r: r.publish("channel", "nobody hears"),
    lambda r: r.expire("a", 1000),
    lambda r: r.delete("a", "b"),
    lambda r: r.dbsize(),
    lambda r: r.client_setname("me"),
    lambda r: r.client_getname(),
    lambda r: r.execute_command("SELECT", 0),
    lambda r: r.pipeline(transaction=False).set("p", 1).incr("p").get("p").get("none").hgetall("h").execute(),
    lambda r: r.pipeline(transaction=False).incr("p").lpush("p", 1).get("p").execute(),
    lambda r: r.pipeline(transaction=False).lpush("p", 1).incr("p").execute(raise_on_error=False),
    lambda r: r.pipeline(transaction=True).set("t", 1).incr("t").hgetall("h").smembers("s").zscore("z", "n").execute(),
    lambda r: r.pipeline(transaction=True).incr("t").lpush("t", 1).execute(),
    lambda r: r.pipeline(transaction=True).incr("t").lpush("t", 1).get("t").execute(raise_on_error=False),
    lambda r: r.pipeline(transaction=True).incr("t").execute_command("NOSUCH").execute(),
    lambda r: r.pipeline(transaction=True).set("u", "x" * 100_000).get("u").execute(),
    lambda r: r.get("t"),
]


async def _run(step: Step, client: Any) -> object:
    try:
        result = step(client)
        return _comparable(await result if inspect.isawaitable(result) else result)
    except redis.RedisError as error:
        return _comparable(error)


def _comparable(result: object) -> object:
    if isinstance(result, list):
        return [_comparable(each) for each in result]
    return (type(result), str(result)) if isinstance(result, Exception) else result


async def asynchronous(address: Address, protocol: int) -> list[object]:
    async with redis.asyncio.Redis(host=address.host, port=address.port, protocol=protocol) as client:
        return [await _run(step, client) for step in STEPS]


async def synchronous(address: Address, protocol: int) -> list[object]:
    def play() -> list[object]:
        with redis.Redis(host=address.host, port=address.port, protocol=protocol) as client:
            return [asyncio.run(_run(step, client)) for step in STEPS]

    return await asyncio.to_thread(play)


async def watching(address: Address, protocol: int) -> list[object]:
    """Optimistic locking, its first attempt spoiled by another connection."""

    def play() -> list[object]:
        connect: dict[str, Any] = {"host": address.host, "port": address.port, "protocol": protocol}
        with redis.Redis(**connect) as client, redis.Redis(**connect) as rival:
            client.set("stock", 5)
            attempts: list[int] = []

            def sell(pipe: Any) -> None:
                stock = int(pipe.get("stock"))
                if not attempts:
                    rival.set("stock", 3)
                attempts.append(stock)
                pipe.multi()
                pipe.set("stock", stock - 1)

            result = client.transaction(sell, "stock")
            raw = client.connection_pool.get_connection()
            replies: list[object] = []
            for words in (["MULTI"], ["INCR", "stock"], ["DISCARD"], ["GET", "stock"], ["EXEC"], ["MULTI"], ["MULTI"]):
                raw.send_command(*words)
                try:
                    replies.append(raw.read_response())
                except redis.ResponseError as error:
                    replies.append(str(error))
            raw.disconnect()
            return [attempts, result, replies]

    return await asyncio.to_thread(play)


async def listening(address: Address, protocol: int) -> list[object]:
    """A subscription, and an ordinary command on another connection."""
    async with redis.asyncio.Redis(host=address.host, port=address.port, protocol=protocol) as client:
        async with client.pubsub() as subscription:
            await subscription.subscribe("a", "b")
            told = [await subscription.get_message(timeout=5) for _ in range(2)]
            await subscription.unsubscribe("a")
            told.append(await subscription.get_message(timeout=5))
        return [told, await client.set("k", "v")]


SCENARIOS = [asynchronous, synchronous, watching, listening]


@pytest.mark.parametrize("protocol", [2, 3], ids=["RESP2", "RESP3"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_driver_returns_the_same(
    scenario: Callable[[Address, int], Awaitable[list[object]]],
    protocol: int,
    redis_server: Any,
    relay: Any,
    heard: Any,
) -> None:
    async def compare() -> None:
        async with relay(Address(redis_server.host, redis_server.port)) as (overheard, address):
            real = await asyncio.wait_for(scenario(address, protocol), 30)
        source = heard(overheard.exchanges())
        assert not [exchange for exchange in source.exchanges if exchange.incomplete]
        server = serve(source, "cache")
        try:
            answered = await asyncio.wait_for(scenario(server.address, protocol), 30)
        finally:
            server.close()
        assert answered == real
        assert [command for command in source.left if not command[0].endswith(b"SUBSCRIBE")] == []

    asyncio.run(compare())


@pytest.mark.parametrize("recorded", [2, 3])
def test_a_driver_may_speak_another_version_than_the_recorded_one(
    recorded: int, redis_server: Any, relay: Any, heard: Any
) -> None:
    async def compare() -> None:
        async with relay(Address(redis_server.host, redis_server.port)) as (overheard, address):
            await asynchronous(address, recorded)
        source = heard(overheard.exchanges())
        async with relay(Address(redis_server.host, redis_server.port)) as (_, address):
            real = await asynchronous(address, 5 - recorded)
        server = serve(source, "cache")
        try:
            answered = await asynchronous(server.address, 5 - recorded)
        finally:
            server.close()
        assert answered == real

    asyncio.run(compare())


def test_a_miss_is_an_error_of_one_line_and_the_connection_lives(heard: Any) -> None:
    async def ask() -> None:
        server = serve(heard(), "cache")
        client: Any = redis.asyncio.Redis(host=server.address.host, port=server.address.port)
        with pytest.raises(redis.ResponseError, match=r"flowtape: cache was asked \(b'GET', b'a'\)"):
            await client.get("a")
        assert await client.ping()
        with pytest.raises(redis.ResponseError, match="flowtape: cache was asked"):
            await client.pipeline(transaction=True).incr("a").execute()
        await client.aclose()
        server.close()

    asyncio.run(ask())


@pytest.mark.parametrize(
    "data", [b"*2147483647\r\n", b"*1\r\n$2147483648\r\n", b"*1\r\nx\r\n", b'"\r\n', b"x" * 70_000]
)
def test_what_is_no_redis_is_refused(data: bytes, heard: Any) -> None:
    async def ask() -> None:
        server = serve(heard(), "cache")
        reader, writer = await asyncio.open_connection(server.address.host, server.address.port)
        writer.write(data)
        answer = await asyncio.wait_for(reader.read(), 10)
        assert answer.startswith(b"-ERR Protocol error: ")
        assert answer.count(b"\r\n") == 1
        writer.close()
        server.close()

    asyncio.run(ask())


def test_a_closed_server_drops_its_clients(heard: Any) -> None:
    async def ask() -> None:
        source = heard()
        server = serve(source, "cache")
        reader, writer = await asyncio.open_connection(server.address.host, server.address.port)
        writer.write(b"MULTI\r\nPING\r\n")
        assert await reader.readexactly(14) == b"+OK\r\n+QUEUED\r\n"
        server.close()
        assert await asyncio.wait_for(reader.read(), 10) == b""
        assert source.ended == [("cache-1", False)]
        writer.close()

    asyncio.run(ask())
