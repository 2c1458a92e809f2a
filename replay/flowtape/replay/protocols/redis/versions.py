"""A recorded reply as the client's protocol version demands it.

RESP2 has no maps, sets, doubles or booleans; which array is a map in RESP3 depends on the command, so that a table tells it.
Recorded and replayed with the same driver, a reply needs none of this: all functions leave alone what fits already.
"""

from __future__ import annotations

from flowtape.capture.exchange import Resp

MAPS = frozenset({b"HGETALL", b"CONFIG", b"HELLO", b"XINFO", b"MEMORY", b"LATENCY"})
SETS = frozenset({b"SMEMBERS", b"SDIFF", b"SINTER", b"SUNION", b"SPOP"})
DOUBLES = frozenset({b"ZSCORE", b"ZINCRBY", b"ZMSCORE"})
SCORED = frozenset({
    b"ZRANGE", b"ZREVRANGE", b"ZRANGEBYSCORE", b"ZREVRANGEBYSCORE", b"ZRANDMEMBER", b"ZDIFF", b"ZINTER", b"ZUNION",
})  # fmt: skip
"""Members with scores, where WITHSCORES asks for them: pairs in RESP3, a flat array in RESP2."""
POPPED = frozenset({b"ZPOPMIN", b"ZPOPMAX"})
"""As `SCORED`, where a count is given; else one member and its score."""
BLOCKING_POPS = frozenset({b"BZPOPMIN", b"BZPOPMAX"})
STREAMS = frozenset({b"XREAD", b"XREADGROUP"})
"""A map of streams in RESP3, an array of pairs in RESP2."""


def as_version(arguments: tuple[bytes, ...], value: Resp, *, resp3: bool) -> Resp:
    """`value`, the answer to `arguments`, for a client that speaks RESP3 or RESP2."""
    command = arguments[0].upper()
    return _as_resp3(command, arguments, value) if resp3 else _as_resp2(command, arguments, value)


def _as_resp2(command: bytes, arguments: tuple[bytes, ...], value: Resp) -> Resp:
    elements = value.value
    if not isinstance(elements, tuple):
        return _plain(value)
    if command in STREAMS and value.kind == "map":
        return Resp("array", tuple(Resp("array", (_plain(key), _plain(each))) for key, each in _paired(elements)))
    if _is_scored(command, arguments) and elements and all(_is_pair(each) for each in elements):
        flat = [part for each in elements if isinstance(each.value, tuple) for part in each.value]
        return Resp("array", tuple(_plain(part) for part in flat))
    return _plain(value)


def _plain(value: Resp) -> Resp:
    """Any RESP3 value in the kinds of RESP2."""
    content = value.value
    match value.kind:
        case "map" | "set" | "push" | "array":
            assert isinstance(content, tuple)
            return Resp("array", tuple(_plain(each) for each in content))
        case "double" | "big number":
            return Resp("bulk", str(content).encode())
        case "boolean":
            return Resp("integer", int(content is True))
        case "verbatim":
            assert isinstance(content, bytes)
            return Resp("bulk", content[4:])
        case "bulk error":
            return Resp("error", " ".join(str(content).split()))
        case _:
            return value


def _as_resp3(command: bytes, arguments: tuple[bytes, ...], value: Resp) -> Resp:
    elements = value.value
    if command in DOUBLES:
        return _double(value)
    if value.kind != "array" or not isinstance(elements, tuple):
        return value
    if command in MAPS and len(elements) % 2 == 0:
        return Resp("map", elements)
    if command in SETS:
        return Resp("set", elements)
    if command in STREAMS and all(_is_pair(each) for each in elements):
        return Resp("map", tuple(part for each in elements if isinstance(each.value, tuple) for part in each.value))
    if command in BLOCKING_POPS and len(elements) == 3:
        return Resp("array", (*elements[:2], _double(elements[2])))
    if command in POPPED and len(arguments) == 2 and len(elements) == 2:
        return Resp("array", (elements[0], _double(elements[1])))
    if _is_scored(command, arguments) and not any(_is_pair(each) for each in elements):
        return Resp("array", tuple(Resp("array", (member, _double(score))) for member, score in _paired(elements)))
    return value


def _is_scored(command: bytes, arguments: tuple[bytes, ...]) -> bool:
    if command in POPPED:
        return len(arguments) > 2
    return command in SCORED and b"WITHSCORES" in (argument.upper() for argument in arguments[2:])


def _is_pair(value: Resp) -> bool:
    return value.kind == "array" and isinstance(value.value, tuple) and len(value.value) == 2


def _paired(elements: tuple[Resp, ...]) -> list[tuple[Resp, Resp]]:
    return list(zip(elements[::2], elements[1::2], strict=False))


def _double(value: Resp) -> Resp:
    if value.kind == "array" and isinstance(value.value, tuple):
        return Resp("array", tuple(_double(each) for each in value.value))
    if value.kind == "bulk" and isinstance(value.value, bytes):
        return Resp("double", value.value.decode("latin-1"))
    return value
