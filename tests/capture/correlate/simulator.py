"""Random services at work, whose truth is known: exchanges as a tap hears them, and whose each call is.

A service has endpoints; an endpoint has variants, of which each request takes one; a variant is a series of steps: calls whose values come
from the request, from earlier answers, from nowhere (a fresh id), or are constant. Steps run one after the other, some of them at
once, some in a transaction, some after the response, some twice because the first try failed. Values are skewed: many requests in
flight ask the same. Everything follows from the seed. Memory is bounded: exchanges are made as they are heard.
"""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from zlib import crc32

from flowtape.capture.exchange import (
    Address,
    Answer,
    Column,
    Connection,
    Exchange,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlResult,
    SqlStatement,
)

US = 1000
BASE = 1_790_000_000_000_000_000
HERE, THERE = Address("10.0.0.1", 4000), Address("10.0.0.2", 80)
JSON = (("content-type", "application/json"),)
Event: TypeAlias = Exchange | int
"""An exchange, or a watermark."""
Source: TypeAlias = tuple[str, int]
"""("request", n), ("answer", step), ("fresh", 0), ("constant", n)."""


@dataclass(frozen=True)
class Step:
    dependency: str
    number: int
    sources: tuple[Source, ...]
    unique: bool = False
    """Each answer differs from all others; else equal questions have equal answers."""
    group: int = 0
    at_once: bool = False
    after_response: bool = False
    retried: float = 0.0
    shown: bool = True
    """The response says what was answered."""


@dataclass(frozen=True)
class Endpoint:
    path: str
    values: int
    variants: tuple[tuple[float, tuple[Step, ...]], ...]


@dataclass(frozen=True)
class Service:
    endpoints: tuple[Endpoint, ...]
    keys: int = 12
    """How many different values requests are about."""
    jobs: float = 0.0
    """How many calls of no request there are for each request."""


def random_service(seed: int, *, jobs: bool = True) -> Service:
    rng = random.Random(seed)
    kinds = list(range(rng.randint(3, 12)))
    endpoints = []
    for number in range(rng.randint(2, 6)):
        values = rng.randint(0, 3)
        variants = [(1.0, _steps(rng, kinds, values))]
        variants += [(rng.choice([0.5, 0.1, 0.01]), _steps(rng, kinds, values)) for _ in range(rng.randint(0, 2))]
        endpoints.append(Endpoint(f"e{number}", values, tuple(variants)))
    return Service(tuple(endpoints), rng.choice([3, 12, 200]), rng.choice([0, 0, 0.05]) if jobs else 0)


def _steps(rng: random.Random, kinds: list[int], values: int) -> tuple[Step, ...]:
    found: list[Step] = []
    group = 0
    for number in range(rng.choice([0, 1, 1, 2, 3, 4, 6])):
        sources: list[Source] = []
        for _ in range(rng.randint(0, 2)):
            choices: list[Source] = [("request", rng.randrange(values))] * 4 if values else []
            choices += [("answer", rng.randrange(number))] * 2 if number else []
            choices += [("fresh", 0), ("constant", rng.randrange(3))]
            sources.append(rng.choice(choices))
        if rng.random() < 0.3:
            group = group + 1 if rng.random() < 0.4 else group
        in_transaction = rng.random() < 0.5 and group
        dependency = "db" if in_transaction else rng.choice(["db", "db", "cache", "http"])
        found.append(
            Step(
                dependency,
                rng.choice(kinds),
                tuple(sources),
                unique=rng.random() < 0.3,
                group=group if in_transaction else 0,
                at_once=bool(number) and not in_transaction and rng.random() < 0.2,
                retried=rng.choice([0, 0, 0, 0.02]),
                shown=rng.random() < 0.7,
            )
        )
    if found and rng.random() < 0.3:
        found.append(Step("http", rng.choice(kinds), found[-1].sources, after_response=True, shown=False))
    return tuple(found)


@dataclass
class Simulation:
    """`owner` tells by a call's connection and start the id of its request's connection; iterating gives exchanges and
    watermarks (ints) in the order in which a tap tells them. `remember` as False leaves `owner` empty.
    """

    service: Service
    seed: int
    in_flight: int
    requests: int
    quiet: int = 0
    """So many requests come first, each of them alone."""
    remember: bool = True
    owner: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Event]:
        self._rng = random.Random(f"{self.seed} {self.in_flight}")
        self._number = 0
        heard: list[tuple[int, int, Exchange]] = []
        clients = [BASE + self._rng.randrange(5000) * US for _ in range(self.in_flight)]
        heapq.heapify(clients)
        since = 0
        latest = BASE
        for number in range(self.requests + self.quiet):
            latest = max(latest, heapq.heappop(clients))
            if number < self.quiet:
                latest = max(latest, *clients, latest) + 300_000 * US
            now = latest
            while heard and heard[0][0] <= now:
                yield heapq.heappop(heard)[2]
            since += 1
            if since >= 8:
                since = 0
                yield min((exchange.started for _, _, exchange in heard if exchange.started < now), default=now)
            exchanges, free = self._request(now)
            for exchange in exchanges:
                heapq.heappush(heard, (exchange.ended, self._next(), exchange))
            heapq.heappush(clients, free + self._rng.randrange(100, 1000) * US)
        while heard:
            yield heapq.heappop(heard)[2]

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _delay(self) -> int:
        return int(self._rng.expovariate(1 / 1500) + 100) * US

    def _value(self) -> str:
        keys = self.service.keys
        return str(min(int(self._rng.paretovariate(0.8)), keys) if keys > 3 else self._rng.randrange(1, keys + 1))

    def _request(self, start: int) -> tuple[list[Exchange], int]:
        rng = self._rng
        endpoint = rng.choice(self.service.endpoints)
        weights = [weight for weight, _ in endpoint.variants]
        steps = rng.choices([steps for _, steps in endpoint.variants], weights)[0]
        values = [self._value() for _ in range(endpoint.values)]
        entry = f"e{self._next()}"
        calls: list[Exchange] = []
        answers: list[str] = []
        shown: list[str] = []
        groups: dict[int, str] = {}
        at = began = start + self._delay()
        responded = 0
        for index, step in enumerate(steps):
            if step.after_response and not responded:
                responded = at + self._delay()
                at = responded + self._delay()
            bound = tuple(self._bind(source, values, answers) for source in step.sources)
            unique = str(10_000 + self._next()) if step.unique else ""
            answer = unique or str(1000 + crc32(f"{step.number} {bound}".encode()) % 9000)
            transaction = groups.setdefault(step.group, f"t{self._next()}") if step.group else ""
            last = step.group and not any(later.group == step.group for later in steps[index + 1 :])
            began = began if step.at_once else at
            for _ in range(2 if rng.random() < step.retried else 1):
                end = began + self._delay()
                calls.append(self._call(step, bound, answer, began, end, transaction, idle=bool(last)))
                at = max(at, end + rng.randrange(10, 300) * US)
                began = began if step.at_once else at
            answers.append(answer)
            shown += [answer] if step.shown else []
        end = responded or at + self._delay()
        found = [self._entry(endpoint, values, shown, entry, start, end), *calls]
        if self.remember:
            self.owner.update({call.connection.id: entry for call in calls})
        if rng.random() < self.service.jobs:
            when = start + rng.randrange(400_000) * US
            found.append(self._call(Step("db", 99, ()), (), "7", when, when + self._delay(), ""))
        return found, end

    def _bind(self, source: Source, values: list[str], answers: list[str]) -> str:
        kind, number = source
        if kind == "request":
            return values[number]
        if kind == "answer":
            return answers[number]
        return str(100_000 + self._next()) if kind == "fresh" else str(number)

    def _entry(
        self, endpoint: Endpoint, values: list[str], shown: list[str], name: str, start: int, end: int
    ) -> Exchange:
        target = f"/{endpoint.path}/{values[0]}" if values else f"/{endpoint.path}"
        body = json.dumps({f"v{index}": value for index, value in enumerate(values[1:])}).encode()
        answer = json.dumps({f"a{index}": value for index, value in enumerate(shown)}).encode()
        question, reply = HttpRequest("POST", target, JSON, body), HttpResponse(200, "OK", JSON, answer)
        return Exchange(Connection(name, HERE, THERE), "http1", question, reply, start, start, end, end)

    def _call(
        self,
        step: Step,
        bound: tuple[str, ...],
        answer: str,
        start: int,
        end: int,
        transaction: str,
        *,
        idle: bool = True,
    ) -> Exchange:
        connection = Connection(f"c{self._next()}", HERE, THERE, step.dependency)
        question: Question
        answer_: Answer
        if step.dependency == "db":
            where = " AND ".join(f"c{index} = ${index + 1}" for index in range(len(bound)))
            text = f"SELECT a FROM t{step.number}{' WHERE ' if bound else ''}{where}"
            protocol, question = "postgresql", SqlStatement(text, bound, (23,) * len(bound))
            answer_ = SqlResult((Column("a", 23),), ((answer,),), "SELECT 1", transaction="idle" if idle else "active")
        elif step.dependency == "cache":
            protocol, question = "redis", RedisCommand((b"GET", ":".join((f"k{step.number}", *bound)).encode()))
            answer_ = RedisReply(Resp("bulk", answer.encode()))
        else:
            protocol, question = "http1", HttpRequest("GET", "/".join((f"/r{step.number}", *bound)))
            answer_ = HttpResponse(200, "OK", JSON, json.dumps({"a": answer}).encode())
        return Exchange(connection, protocol, question, answer_, start, start, end, end, transaction)
