"""The order of what a flow asks, as far as it matters: writes against reads and other writes of the same thing.

The same thing is the same row as far as SQL shows it, else the same table; the same key of Redis; over HTTP the same path, or
one below it. An order matters only between calls of which one had ended before the other began. What is independent may
come in any order, or all at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from flowtape.capture.exchange import HttpRequest, RedisCommand, SqlResult, SqlStatement
from flowtape.capture.redis_keys import commute, keys
from flowtape.capture.sql.rows import Rows, rows
from flowtape.replay.index import Recorded
from flowtape.replay.match import value

MAX_COMPARED = 200
"""So many writes of one thing are compared with one another; in a longer row each with those next to it."""


@dataclass(slots=True)
class _Row:
    """The recorded writes of one thing, in their order: how many were used, and how many before the first that was not."""

    writes: list[Recorded] = field(default_factory=list)
    used: int = 0
    front: int = 0


class Order:
    """Knows the recorded calls of one flow. Looking a read up takes no longer for many calls than for few, if they come as recorded."""

    def __init__(self, recorded: Sequence[Recorded]) -> None:
        self._rows: dict[tuple[str, str], _Row] = defaultdict(_Row)
        for each in recorded:
            if each.asked.effect and _changed_something(each):
                for thing in _written(each):
                    self._rows[each.call.dependency, thing].writes.append(each)

    def used(self, write: Recorded) -> None:
        """`write` has been asked."""
        for thing in _written(write) if self._rows else ():
            row = self._rows.get((write.call.dependency, thing))
            if row is not None:
                row.used += 1
                while row.front < len(row.writes) and row.writes[row.front].used:
                    row.front += 1

    def in_the_way(self, read: Recorded) -> Recorded | None:
        """A write because of which the recorded answer to `read` is not the one that it would get now: it was recorded before
        and has not happened, or was recorded after and has happened.
        """
        if not self._rows:
            return None
        for thing in _read(read):
            row = self._rows.get((read.call.dependency, thing))
            if row is None:
                continue
            before = bisect_left(row.writes, read.index, key=lambda write: write.index)
            if row.used == row.front == before:
                continue
            for write in _between(row, before):
                if write.used == (write.index > read.index) and _ordered(write, read) and not _apart(write, read):
                    return write
        return None

    def swapped(self, places: Mapping[int, int]) -> list[tuple[Recorded, Recorded]]:
        """Writes of the same thing that changed places: the one that was recorded first, and the one that now comes before it.

        `places` says when each recorded call was asked. Within one transaction the order is another's to judge.
        """
        found: dict[tuple[int, int], tuple[Recorded, Recorded]] = {}
        for row in self._rows.values():
            writes = [each for each in row.writes if each.index in places]
            asked = [places[each.index] for each in writes]
            if asked == sorted(asked):
                continue
            for at, later in enumerate(writes):
                for earlier in writes[max(0, at - MAX_COMPARED) : at]:
                    if places[earlier.index] > places[later.index] and _keeps_after(earlier, later):
                        found[earlier.index, later.index] = earlier, later
        return list(found.values())


def _keeps_after(earlier: Recorded, later: Recorded) -> bool:
    together = later.call.transaction is not None and later.call.transaction == earlier.call.transaction
    return not together and _ordered(earlier, later) and not _commute(earlier, later)


def _between(row: _Row, before: int) -> Iterator[Recorded]:
    """The writes that may stand in the way of a read with `before` writes before it: from the first that was not used on."""
    yield from row.writes[max(min(row.front, before), before - MAX_COMPARED) : before + MAX_COMPARED]


def _changed_something(write: Recorded) -> bool:
    answer = write.call.answer
    return answer is not None and not (isinstance(answer, SqlResult) and answer.error is not None)


def _ordered(one: Recorded, other: Recorded) -> bool:
    """Whether the earlier of the two had ended before the later began."""
    first, second = sorted((one, other), key=lambda each: each.index)
    return first.index < second.index - second.call.overlaps


# -- things


def _written(write: Recorded) -> tuple[str, ...]:
    question = write.call.question
    if isinstance(question, HttpRequest):
        path = _path(question.target)
        return (f"at {path}", *(f"above {each}" for each in _prefixes(path)))
    return _things(write)


def _read(read: Recorded) -> tuple[str, ...]:
    question = read.call.question
    if isinstance(question, HttpRequest):
        path = _path(question.target)
        return (f"above {path}", *(f"at {each}" for each in _prefixes(path)))
    return _things(read)


def _things(each: Recorded) -> tuple[str, ...]:
    match each.call.question:
        case SqlStatement():
            return tuple({name.rpartition(".")[2] for name in each.asked.subject.split()})
        case RedisCommand(arguments):
            return tuple(dict.fromkeys(keys([word.decode("utf-8", "surrogateescape") for word in arguments])))
        case _:
            return ()


@lru_cache(maxsize=1024)
def _path(target: str) -> str:
    return unquote(urlsplit(target).path).rstrip("/")


def _prefixes(path: str) -> list[str]:
    """`/a/b` gives `/a` and `/a/b`."""
    parts = path.split("/")[1:]
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]


# -- independence


def _apart(write: Recorded, read: Recorded) -> bool:
    """Whether the two touch other rows of the same table."""
    return _rows_of(write).apart(_rows_of(read))


def _commute(one: Recorded, other: Recorded) -> bool:
    """Whether two writes of the same thing leave it the same in either order."""
    match one.call.question, other.call.question:
        case SqlStatement(), SqlStatement():
            found = _rows_of(one), _rows_of(other)
            return all(each.inserts for each in found) or found[0].apart(found[1])
        case RedisCommand(), RedisCommand():
            return commute(one.asked.verb, other.asked.verb) or one.asked.arguments == other.asked.arguments
        case HttpRequest(), HttpRequest():
            # What is posted to a collection makes a member of it, and so do others.
            return one.asked.verb == other.asked.verb == "POST" or _path_of(one) != _path_of(other)
        case _:
            return True


def _path_of(each: Recorded) -> str:
    assert isinstance(each.call.question, HttpRequest)
    return _path(each.call.question.target)


def _rows_of(each: Recorded) -> Rows:
    question = each.call.question
    if not isinstance(question, SqlStatement):
        return Rows()
    found = rows(question.text, question.parameters)
    return replace(found, where={column: frozenset(map(value, values)) for column, values in found.where.items()})
