"""What else than JSON holds several values: header fields, repeated fields of queries and forms, arrays and rows of SQL, Redis commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

from flowtape.capture import sql
from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.capture.protocols.postgresql.containers import array_elements
from flowtape.replay.bodies import Tree, media_type
from flowtape.replay.bodies.tree import child
from flowtape.replay.unordered.sql_text import literal_lists
from flowtape.replay.unordered.words import joined, words

Thing: TypeAlias = Any
"""A question or a response; what is made of one is another of its kind."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of two or more at `path`. `put` gives the whole with the items at these indexes, in this order."""

    path: str
    items: list[Tree]
    put: Callable[[Sequence[int]], Thing]


def lists(thing: Thing) -> Iterator[Listed]:
    match thing:
        case SqlStatement():
            yield from _of_statement(thing)
        case RedisCommand():
            yield from _of_command(thing)
        case HttpRequest():
            yield from _of_headers(thing)
            path, mark, query = thing.target.partition("?")
            yield from _fields("query", query, lambda text: replace(thing, target=f"{path}{mark}{text}"))
            if media_type(dict(_lower(thing)).get("content-type", "")) == "application/x-www-form-urlencoded":
                form = thing.body.decode("latin-1")
                yield from _fields("form", form, lambda text: replace(thing, body=text.encode("latin-1")))
        case HttpResponse():
            yield from _of_headers(thing)


# -- HTTP


def _lower(message: HttpRequest | HttpResponse) -> list[tuple[str, str]]:
    return [(name.lower(), text) for name, text in message.headers]


def _of_headers(message: HttpRequest | HttpResponse) -> Iterator[Listed]:
    """Of a field that is repeated the fields, else the words in it."""
    headers = message.headers
    places: dict[str, list[int]] = {}
    for index, (name, _) in enumerate(headers):
        places.setdefault(name.lower(), []).append(index)
    for name, at in places.items():
        if len(at) > 1:
            items: list[str] = [headers[index][1] for index in at]
            put = _put(headers, at)
        else:
            items, between = words(headers[at[0]][1])
            put = _put_words(headers, at[0], items, between)
        if len(items) > 1:
            yield Listed(f"headers.{name}", items, lambda order, put=put: replace(message, headers=put(order)))  # type: ignore[misc]


def _put(values: Sequence[Any], at: Sequence[int]) -> Callable[[Sequence[int]], tuple[Any, ...]]:
    """How those of `values` that stand `at` these indexes are put into another order."""

    def put(order: Sequence[int]) -> tuple[Any, ...]:
        found = list(values)
        for place, item in zip(at, order, strict=True):
            found[place] = values[at[item]]
        return tuple(found)

    return put


def _put_words(
    headers: Sequence[tuple[str, str]], at: int, items: Sequence[str], between: Sequence[str]
) -> Callable[[Sequence[int]], tuple[tuple[str, str], ...]]:
    def put(order: Sequence[int]) -> tuple[tuple[str, str], ...]:
        text = joined([items[index] for index in order], between)
        return (*headers[:at], (headers[at][0], text), *headers[at + 1 :])

    return put


def _fields(path: str, text: str, made: Callable[[str], Thing]) -> Iterator[Listed]:
    """Repeated fields of a query or a form, by their names."""
    pairs = text.split("&")
    places: dict[str, list[int]] = {}
    for index, pair in enumerate(pairs):
        places.setdefault(unquote_plus(pair.partition("=")[0]), []).append(index)
    for name, at in places.items():
        if len(at) > 1:
            items: list[Tree] = [unquote_plus(pairs[index].partition("=")[2]) for index in at]
            put = _put(pairs, at)
            yield Listed(child(path, name), items, lambda order, put=put: made("&".join(put(order))))  # type: ignore[misc]


# -- SQL

RAW_ELEMENT = re.compile(r'"(?:[^"\\]|\\.)*"|(?:[^"\\{},]|\\.)+', re.DOTALL)


def _of_statement(question: SqlStatement) -> Iterator[Listed]:
    """Arrays; `IN (…)`, whose order never says anything; rows of VALUES. All as far as they are parameters."""
    values = question.parameters
    for index, value in enumerate(values):
        if isinstance(value, str) and value[:1] == "{" and (found := _array(value)) is not None:
            items, raw = found
            put = _put(raw, range(len(raw)))
            yield Listed(
                f"parameters[{index}]",
                items,
                lambda order, index=index, put=put: _with(question, index, "{" + ",".join(put(order)) + "}"),  # type: ignore[misc]
            )
    statement = sql.read(question.text)
    for index in sorted(statement.lists):
        yield from _of_parameters(question, "", [[item.bound] for item in statement.slots[index].items])
    for start, width, count in statement.rows:
        rows = [statement.slots[start + row * width : start + (row + 1) * width] for row in range(count)]
        # What is written out is the same in each row, or else no row could be moved by its parameters alone.
        if len({tuple(slot.source for slot in row if slot.bound < 0) for row in rows}) == 1:
            yield from _of_parameters(question, "values", [[s.bound for s in row if s.bound >= 0] for row in rows])
    for each in literal_lists(question.text) if statement.literals else ():
        yield Listed(each.path, each.items, partial(_put_text, question, each.put))


def _put_text(question: SqlStatement, put: Callable[[Sequence[int]], str], order: Sequence[int]) -> SqlStatement:
    return replace(question, text=put(order))


def _array(text: str) -> tuple[list[Tree], list[str]] | None:
    """The elements of an array, as they are and as they are written; None if there are not two."""
    try:
        items = array_elements(text)
    except ValueError:
        return None
    raw = RAW_ELEMENT.findall(text[1:-1])
    return (list(items), raw) if len(items) == len(raw) > 1 else None


def _with(question: SqlStatement, index: int, value: str) -> SqlStatement:
    return replace(question, parameters=(*question.parameters[:index], value, *question.parameters[index + 1 :]))


def _of_parameters(question: SqlStatement, path: str, rows: Sequence[Sequence[int]]) -> Iterator[Listed]:
    """`rows` of parameters, by their numbers; none twice. Without a `path` they are named by the first and the last."""
    flat = [bound for row in rows for bound in row]
    values = question.parameters
    if len(rows) < 2 or not flat or min(flat) < 0 or max(flat) >= len(values) or len(set(flat)) < len(flat):
        return
    types = question.parameter_types

    def put(order: Sequence[int]) -> SqlStatement:
        moved = [bound for index in order for bound in rows[index]]
        source = dict(zip(flat, moved, strict=True))
        return replace(
            question,
            parameters=tuple(values[source.get(index, index)] for index in range(len(values))),
            parameter_types=tuple(types[source.get(index, index)] if max(flat) < len(types) else types[index] for index in range(len(types))),
        )  # fmt: skip

    items: list[Tree] = [[values[bound] for bound in row] for row in rows]
    yield Listed(
        path or f"parameters[{min(flat)}:{max(flat) + 1}]", items if path else [item[0] for item in items], put
    )


# -- Redis

PAIRS: Mapping[bytes, tuple[int, int]] = {
    **dict.fromkeys([b"DEL", b"EXISTS", b"MGET", b"PFCOUNT", b"SINTER", b"SUNION", b"TOUCH", b"UNLINK", b"WATCH"], (1, 1)),
    **dict.fromkeys([b"HDEL", b"HMGET", b"LPUSH", b"PFADD", b"RPUSH", b"SADD", b"SMISMEMBER", b"SREM", b"ZMSCORE", b"ZREM"], (2, 1)),
    b"HSET": (2, 2), b"MSET": (1, 2), b"ZADD": (2, 2), b"GEOADD": (2, 3),
}  # fmt: skip
"""Where the list of a command begins among its words, and how many words an item has."""
ONE_REPLY_EACH = frozenset([b"HMGET", b"MGET", b"SMISMEMBER", b"ZMSCORE"])
"""Commands whose reply has an item for each of theirs, in their order."""


def _of_command(question: RedisCommand) -> Iterator[Listed]:
    arguments = question.arguments
    name = arguments[0].upper() if arguments else b""
    start, width = PAIRS.get(name, (0, 0))
    count, odd = divmod(len(arguments) - start, width) if width else (0, 0)
    if count < 2 or odd:
        return
    items: list[Tree] = [
        [_text(word) for word in arguments[start + index * width : start + (index + 1) * width]]
        for index in range(count)
    ]

    def put(order: Sequence[int]) -> RedisCommand:
        words_ = [arguments[start + index * width + at] for index in order for at in range(width)]
        return RedisCommand((*arguments[:start], *words_))

    yield Listed(f"arguments[{start}:]", items if width > 1 else [item[0] for item in items], put)


def _text(word: bytes) -> str:
    return word.decode("utf-8", "surrogateescape")
