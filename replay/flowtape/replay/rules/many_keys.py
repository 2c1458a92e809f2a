"""Redis commands that ask for several values at once, and those that ask for one: `MGET a b` is `GET a` and `GET b`.

The answers to one way hold the answers to the other, as long as each is a text or nothing: where a key holds something else, GET is
an error and MGET is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowtape.capture.exchange import Question, RedisCommand, RedisReply, Resp

MAX_KEYS = 1000


def parts(question: Question) -> list[RedisCommand]:
    """The commands for one value each; [] where `question` does not ask for several."""
    if not isinstance(question, RedisCommand) or len(question.arguments) > MAX_KEYS:
        return []
    match question.arguments:
        case (name, *keys) if name.upper() == b"MGET":
            return [RedisCommand((b"GET", key)) for key in keys]
        case (name, hash_, *fields) if name.upper() == b"HMGET":
            return [RedisCommand((b"HGET", hash_, field)) for field in fields]
    return []


def part_answers(question: Question, answer: object) -> Iterator[tuple[RedisCommand, RedisReply]]:
    """What the answer to `question` says to each of its parts."""
    values = answer.value.value if isinstance(answer, RedisReply) and answer.value.kind == "array" else None
    asked = parts(question)
    if isinstance(values, tuple) and len(values) == len(asked):
        # A null may hide a key of another type, for which GET is an error: it is told apart by nothing.
        yield from ((part, RedisReply(value)) for part, value in zip(asked, values, strict=True) if _is_value(value))


def joined(answers: Sequence[object]) -> RedisReply | None:
    """The answer to the whole; None where a part has none that is a value."""
    values = [answer.value for answer in answers if isinstance(answer, RedisReply) and _is_value(answer.value)]
    return RedisReply(Resp("array", tuple(values))) if len(values) == len(answers) else None


def _is_value(value: Resp) -> bool:
    return value.kind in ("bulk", "null")
