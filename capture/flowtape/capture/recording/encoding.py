"""A record as bytes: msgpack of the dataclasses by field name, each question and answer with its kind, in one zstd frame.

Readers ignore fields that they do not know and give missing ones their defaults, so a field may be added without a new
format. Decoding checks every type: what was edited by hand, or made to harm, raises ValueError.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Literal, TypeAlias

import msgspec
import zstandard

from flowtape.capture import exchange as exchanges
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Flow, Outside

MAX_RECORD: Final = 256 * 1024 * 1024
"""The longest record, before compression: a longer one is not written, and not unpacked."""
SURROGATES: Final = 1
"""The msgpack extension that holds a text with lone surrogates (bytes that were no UTF-8), as "surrogatepass" UTF-8."""

KINDS: Final[Mapping[str, type]] = {
    "http request": exchanges.HttpRequest,
    "http response": exchanges.HttpResponse,
    "sql statement": exchanges.SqlStatement,
    "sql result": exchanges.SqlResult,
    "redis command": exchanges.RedisCommand,
    "redis reply": exchanges.RedisReply,
    "opaque": exchanges.OpaqueBytes,
}
NAMES: Final = {kind: name for name, kind in KINDS.items()}


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """What was heard, kept and left out until `at` (ns since the epoch), summed since the agent of this recording's `run`
    started. The last one of a run is its total. `reasons` says why flows were left out, in words, and how many.
    """

    at: int
    run: str = ""
    counters: Mapping[str, int] = dataclasses.field(default_factory=dict)
    reasons: Mapping[str, int] = dataclasses.field(default_factory=dict)


Record: TypeAlias = Flow | Outside | Counts


def encode(record: Record) -> bytes:
    """Raises ValueError over MAX_RECORD."""
    tree = _tree(record)
    try:
        data = msgspec.msgpack.encode(tree)
    except UnicodeEncodeError:
        data = msgspec.msgpack.encode(_with_surrogates(msgspec.to_builtins(tree, builtin_types=(bytes,))))
    if len(data) > MAX_RECORD:
        raise ValueError(f"a record of {len(data)} bytes, where {MAX_RECORD} can be")
    return zstandard.ZstdCompressor(level=3).compress(data)


def decode(data: bytes) -> Record:
    """Raises ValueError where `data` is not a record."""
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= MAX_RECORD:
            raise ValueError(f"{size} bytes, where {MAX_RECORD} can be")
        raw = zstandard.ZstdDecompressor().decompress(data, max_output_size=max(size, 1))
        tree = msgspec.msgpack.decode(raw, ext_hook=_extension)
    except (zstandard.ZstdError, ValueError, RecursionError) as error:
        raise ValueError(f"not a record: {error}") from error
    try:
        kind, body = tree
        found: Record = _reader({"flow": Flow, "outside": Outside, "counts": Counts}[kind])(body)
    except (TypeError, KeyError, ValueError, RecursionError) as error:
        raise ValueError(f"not a record of this format: {error}") from error
    return found


# -- writing


def _tree(record: Record) -> tuple[str, object]:
    if isinstance(record, Counts):
        return "counts", record
    if isinstance(record, Outside):
        return "outside", {"exchange": _exchange(record.exchange), "reason": record.reason}
    body = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    body["entry"] = _exchange(record.entry)
    body["calls"] = [
        {"exchange": _exchange(call.exchange), "evidence": call.evidence, "runner_up": call.runner_up}
        for call in record.calls
    ]
    return "flow", body


def _exchange(exchange: Exchange) -> dict[str, object]:
    body = {field.name: getattr(exchange, field.name) for field in dataclasses.fields(exchange)}
    body["question"] = (NAMES[type(exchange.question)], exchange.question)
    body["answer"] = None if exchange.answer is None else (NAMES[type(exchange.answer)], exchange.answer)
    return body


def _with_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return msgspec.msgpack.Ext(SURROGATES, value.encode("utf-8", "surrogatepass"))
    elif isinstance(value, dict):
        return {_with_surrogates(key): _with_surrogates(item) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        return [_with_surrogates(item) for item in value]
    return value


def _extension(code: int, data: memoryview) -> str:
    if code != SURROGATES:
        raise ValueError(f"an unknown extension {code}")
    return bytes(data).decode("utf-8", "surrogatepass")


# -- reading: one small function per type, made once

Read: TypeAlias = Callable[[Any], Any]


@cache
def _reader(kind: Any) -> Read:
    """What turns plain data into a value of the type `kind`, or raises TypeError, KeyError or ValueError."""
    if kind in (exchanges.Question, exchanges.Answer, exchanges.Answer | None):
        return _tagged(optional=type(None) in typing.get_args(kind), allowed=frozenset(typing.get_args(kind)))
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _fields(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return _tuple(arguments)
    if origin in (types.UnionType, typing.Union):
        return _either(arguments)
    if origin is Literal:
        return _one_of(frozenset(arguments))
    if origin is not None:
        return _mapping(*(_reader(argument) for argument in arguments))
    return _plain(kind)


def _plain(kind: type) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"a {type(value).__name__} where a {kind.__name__} belongs")
        return value

    return read


def _one_of(allowed: frozenset[Any]) -> Read:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"one of {', '.join(sorted(allowed))} belongs here")
        return value

    return read


def _mapping(key: Read, item: Read) -> Read:
    def read(value: Any) -> Any:
        return {key(name): item(held) for name, held in _plain(dict)(value).items()}

    return read


def _tuple(arguments: tuple[Any, ...]) -> Read:
    if arguments[-1] is Ellipsis:
        item = _reader(arguments[0])
        return lambda value: tuple(item(held) for held in _plain(list)(value))
    items = [_reader(argument) for argument in arguments]
    return lambda value: tuple(item(held) for item, held in zip(items, _plain(list)(value), strict=True))


def _either(arguments: tuple[Any, ...]) -> Read:
    """A union: plain types by the value's own type, and at most one type that is made of a list or a map."""
    plain = frozenset(argument for argument in arguments if argument in (str, bytes, int, bool, type(None)))
    rest = [argument for argument in arguments if argument not in plain]
    assert len(rest) <= 1
    made: list[Read] = []  # filled at first use: a type may hold itself

    def read(value: Any) -> Any:
        if type(value) in plain:
            return value
        if not rest:
            raise TypeError(f"a {type(value).__name__} does not belong here")
        if not made:
            made.append(_reader(rest[0]))
        return made[0](value)

    return read


def _fields(kind: type) -> Read:
    hints = typing.get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}

    def read(value: Any) -> Any:
        body = _plain(dict)(value)
        return kind(**{name: reader(body[name]) for name, reader in readers.items() if name in body})

    return read


def _tagged(*, optional: bool, allowed: frozenset[type]) -> Read:
    def read(value: Any) -> Any:
        if value is None and optional:
            return None
        name, body = value
        kind = KINDS[name]
        if kind not in allowed:
            raise TypeError(f"a {name} does not belong here")
        return _reader(kind)(body)

    return read
