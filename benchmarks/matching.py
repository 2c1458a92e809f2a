"""What it costs to find the recorded answer to a question, against how many calls are recorded: the tape alone, without a server.

10,000 questions are asked in all for each size of tape, each call once, in CPU time and without the garbage collector; tapes and
questions are made outside of the time, and kept to the end of a turn, so that all sizes need the same memory. Sizes take turns, so
that all have the same weather. The figure is the cost with 10,000
recorded calls over that with 10, the median of the turns: 1 is flat. The rival does the least that could be done, in the same turns: it
looks the question's own words up in a dict. `…in_other_words` and its like ask what is recorded otherwise, by a rule.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.answering import case, one_core, record_http, record_redis, record_sql
from benchmarks.figure import Figure

from flowtape.capture.exchange import HttpRequest, Question, RedisCommand, SqlStatement
from flowtape.replay.flowfile import RecordedCall, Session
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape

SIZES = (10, 100, 1000, 10_000)
LARGEST = SIZES[-1]
TURNS = 6
LOOK_UPS = 10
RIVAL = "floor: a dict of the questions' words"
Ask = Callable[[Question], object]


@dataclass(frozen=True, slots=True)
class Pattern:
    """`recorded` gives the call of a number, `question` what a run asks to get its answer."""

    name: str
    recorded: Callable[[int], RecordedCall]
    question: Callable[[RecordedCall, int], Question]


def run() -> Iterator[Figure]:
    with one_core():
        for pattern in PATTERNS:
            yield from measured(pattern)


def measured(pattern: Pattern) -> Iterator[Figure]:
    calls = [pattern.recorded(number) for number in range(LARGEST)]
    questions = [pattern.question(call, number) for number, call in enumerate(calls)]
    costs: dict[int, list[float]] = {size: [] for size in SIZES}
    floors: dict[int, list[float]] = {size: [] for size in SIZES}
    for turn in range(TURNS + 1):
        for size in SIZES if turn % 2 else SIZES[::-1]:
            floor, cost = (spent(calls, questions, size, make) for make in (words_alone, on_a_tape))
            if turn:  # the first one warms up
                floors[size].append(floor)
                costs[size].append(cost)
    for size in SIZES:
        cost = statistics.median(costs[size]) / LARGEST * 1e6
        print(f"matching.{pattern.name}: {cost:.1f} µs a call with {size} recorded", file=sys.stderr)
    yield Figure(f"matching.{pattern.name}", ratio(costs), "of the cost with 10 calls", "lower", {RIVAL: ratio(floors)})


def ratio(costs: dict[int, list[float]]) -> float:
    return statistics.median(many / few for few, many in zip(costs[SIZES[0]], costs[LARGEST], strict=True))


def spent(
    calls: list[RecordedCall],
    questions: list[Question],
    size: int,
    make: Callable[[list[RecordedCall], list[Question]], Ask],
) -> float:
    """The seconds of CPU that all questions take, where `size` calls are recorded at a time."""
    parts = [questions[start : start + size] for start in range(0, LARGEST, size)]
    asks = [make(calls[at * size : (at + 1) * size], part) for at, part in enumerate(parts)]
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        for ask, part in zip(asks, parts, strict=True):
            for question in part:
                ask(question)
        return time.process_time() - began
    finally:
        gc.enable()


def on_a_tape(calls: list[RecordedCall], _: list[Question]) -> Ask:
    tape = Tape(case(tuple(calls)), Session())

    def ask(question: Question) -> None:
        if isinstance(tape.ask("it", question), Miss):
            raise AssertionError(tape.misses[0].note)

    return ask


def words_alone(calls: list[RecordedCall], questions: list[Question]) -> Ask:
    """Looked up ten times, since once is soon done."""
    answers = {words(question): call.answer for question, call in zip(questions, calls, strict=True)}

    def ask(question: Question) -> None:
        for _ in range(LOOK_UPS):
            answers[words(question)]

    return ask


def words(question: Question) -> object:
    match question:
        case SqlStatement(text, parameters):
            return text, parameters
        case HttpRequest(method, target):
            return method, target
        case RedisCommand(arguments):
            return arguments
    raise TypeError(question)


# -- what is recorded, and what is asked


def sql(number: int) -> RecordedCall:
    return RecordedCall("it", *record_sql(number))


def redis(number: int) -> RecordedCall:
    return RecordedCall("it", *record_redis(number))


def http(number: int) -> RecordedCall:
    return RecordedCall("it", *record_http(number))


def itself(call: RecordedCall, _: int) -> Question:
    return call.question


def in_other_words(call: RecordedCall, _: int) -> Question:
    """The same statement under an alias, its condition the other way round."""
    question = call.question
    assert isinstance(question, SqlStatement)
    if question.text.startswith("UPDATE"):
        return SqlStatement("update customers c set name = $2 where $1 = c.id", question.parameters[::-1])
    return SqlStatement("select c.id, c.name, c.email from customers c where $1 = c.id", question.parameters)


def for_other_columns(call: RecordedCall, number: int) -> Question:
    question = in_other_words(call, number)
    assert isinstance(question, SqlStatement)
    text = question.text.replace("c.id, c.name, c.email from", "c.email AS address, c.id from")
    return SqlStatement(text, question.parameters)


def one_by_one(call: RecordedCall, _: int) -> Question:
    """What was recorded is one GET; it is asked as a MGET."""
    question = call.question
    assert isinstance(question, RedisCommand)
    name, *rest = question.arguments
    return RedisCommand((b"MGET", *rest)) if name == b"GET" else question


PATTERNS = (
    Pattern("sql", sql, itself),
    Pattern("sql.in_other_words", sql, in_other_words),
    Pattern("sql.for_other_columns", sql, for_other_columns),
    Pattern("http", http, itself),
    Pattern("redis", redis, itself),
    Pattern("redis.many_keys", redis, one_by_one),
)
