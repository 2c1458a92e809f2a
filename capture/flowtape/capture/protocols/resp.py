"""RESP, the Redis serialization protocol, versions 2 and 3: its values and commands, read and written.

Source: redis.io, "Redis serialization protocol specification"; streamed strings and aggregates from the RESP3 specification.
"""

from __future__ import annotations

import re
from typing import Final

from flowtape.capture.exchange import RedisCommand, Resp, RespKind
from flowtape.capture.stream import MAX_MESSAGE, DecodeError, Reading, Stream

LINE_LIMIT = 64 * 1024
DEPTH_LIMIT = 32
ELEMENTS_LIMIT = 1 << 20
"""Elements in one message, at any depth: the limit that Redis has for a command's arguments."""

NULL: Final = Resp("null")
INTEGER = re.compile(rb"[+-]?[0-9]{1,20}")
BIG_NUMBER = re.compile(rb"[+-]?[0-9]{1,4000}")
DOUBLE = re.compile(rb"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?(?:[eE][+-]?[0-9]{1,5})?|inf|nan)", re.IGNORECASE)
STRINGS: dict[int, RespKind] = {ord("$"): "bulk", ord("!"): "bulk error", ord("="): "verbatim"}
AGGREGATES: dict[int, RespKind] = {
    ord("*"): "array", ord("%"): "map", ord("~"): "set", ord(">"): "push", ord("|"): "attribute",
}  # fmt: skip
LINES: dict[int, tuple[RespKind, re.Pattern[bytes]]] = {
    ord(":"): ("integer", INTEGER), ord(","): ("double", DOUBLE), ord("("): ("big number", BIG_NUMBER),
    ord("+"): ("simple", re.compile(rb"(?s).*")), ord("-"): ("error", re.compile(rb"(?s).*")),
}  # fmt: skip
END = Resp("simple", ".end of a streamed aggregate")
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}
INLINE_ARGUMENT = re.compile(
    rb"""[ \t\r\n\v\f]*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^ \t\r\n\v\f"']+))(?=[ \t\r\n\v\f]|$)""", re.DOTALL
)


class ValueReader:
    """Reads one value, whatever its depth; counts what it holds against the limits."""

    __slots__ = ("_elements", "_start", "_stream")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._start = stream.taken
        self._elements = 0

    def read(self, depth: int = 0) -> Reading[Resp]:
        """Raises DecodeError for what is no RESP value, and for one that is too deep, too long or has too many elements."""
        while True:
            value = yield from self._read(depth)
            if depth == 0 or value.kind != "attribute":
                return value  # an attribute within an aggregate only comments on the element behind it

    def _read(self, depth: int) -> Reading[Resp]:
        stream = self._stream
        line = stream.ready(b"\r\n", LINE_LIMIT) or (yield from stream.until(b"\r\n", LINE_LIMIT))
        tag, rest = line[0], line[1:-2]
        if tag in LINES:
            kind, pattern = LINES[tag]
            if pattern.fullmatch(rest) is None:
                raise DecodeError(f"{rest[:40]!r} where a RESP {kind} should be")
            return Resp(kind, int(rest) if kind == "integer" else text(rest))
        if tag in STRINGS:
            if rest == b"-1":
                return NULL
            content = yield from (self._pieces() if rest == b"?" else self._string(length(rest, MAX_MESSAGE)))
            return Resp(STRINGS[tag], text(content) if tag == ord("!") else content)
        if tag in AGGREGATES:
            return (yield from self._aggregate(AGGREGATES[tag], rest, depth))
        if line == b"_\r\n":
            return NULL
        if line in {b"#t\r\n", b"#f\r\n"}:
            return Resp("boolean", line == b"#t\r\n")
        if line == b".\r\n" and depth:
            return END
        raise DecodeError(f"{line[:40]!r} where a RESP value should be")

    def _string(self, size: int) -> Reading[bytes]:
        if self._stream.taken - self._start + size > MAX_MESSAGE:
            raise DecodeError(f"a RESP value longer than {MAX_MESSAGE} bytes")
        data = self._stream.ready_exactly(size + 2) or (yield from self._stream.exactly(size + 2, MAX_MESSAGE + 2))
        if not data.endswith(b"\r\n"):
            raise DecodeError(f"{data[-2:]!r} where a RESP string should end")
        return data[:-2]

    def _pieces(self) -> Reading[bytes]:
        """A streamed string: pieces, each with its length, up to one of length 0."""
        content = bytearray()
        while True:
            line = yield from self._stream.until(b"\r\n", LINE_LIMIT)
            if line[:1] != b";":
                raise DecodeError(f"{line[:40]!r} where a piece of a streamed string should be")
            size = length(line[1:-2], MAX_MESSAGE)
            if size == 0:
                return bytes(content)
            content += yield from self._string(size)

    def _aggregate(self, kind: RespKind, rest: bytes, depth: int) -> Reading[Resp]:
        if rest == b"-1":
            return NULL
        if depth >= DEPTH_LIMIT:
            raise DecodeError(f"RESP values nested more than {DEPTH_LIMIT} deep")
        streamed = rest == b"?"
        pairs = kind in {"map", "attribute"}
        size = ELEMENTS_LIMIT + 1 if streamed else length(rest, ELEMENTS_LIMIT) * (2 if pairs else 1)
        elements: list[Resp] = []
        while len(elements) < size:
            value = yield from self.read(depth + 1)
            if value is END:
                if not streamed or (pairs and len(elements) % 2):
                    raise DecodeError(f"the end of a streamed aggregate within a RESP {kind}")
                break
            self._count()
            elements.append(value)
        return Resp(kind, tuple(elements))

    def _count(self) -> None:
        self._elements += 1
        if self._elements > ELEMENTS_LIMIT or self._stream.taken - self._start > MAX_MESSAGE:
            raise DecodeError(f"a RESP value of more than {ELEMENTS_LIMIT} elements or {MAX_MESSAGE} bytes")


def length(digits: bytes, limit: int) -> int:
    if not digits.isdigit() or len(digits) > 10 or int(digits) > limit:
        raise DecodeError(f"{digits[:40]!r} where a length of 0 to {limit} should be")
    return int(digits)


def text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_command(stream: Stream) -> Reading[RedisCommand]:
    """The next command, an array of bulk strings or an inline one. What a server passes over (empty commands) is passed over."""
    while True:
        start = stream.taken
        line = stream.ready(b"\n", LINE_LIMIT) or (yield from stream.until(b"\n", LINE_LIMIT))
        if line[:1] != b"*":
            arguments = inline(line)
        elif line == b"*-1\r\n":
            continue
        else:
            arguments = []
            if not line.endswith(b"\r\n"):
                raise DecodeError(f"{line[:40]!r} where a command should begin")
            # Nothing is made for what is merely announced: `range` counts.
            for _ in range(length(line[1:-2], ELEMENTS_LIMIT)):
                line = stream.ready(b"\r\n", LINE_LIMIT) or (yield from stream.until(b"\r\n", LINE_LIMIT))
                if line[:1] != b"$":
                    raise DecodeError(f"{line[:40]!r} where a command's argument should be")
                size = length(line[1:-2], MAX_MESSAGE - stream.taken + start)
                data = stream.ready_exactly(size + 2) or (yield from stream.exactly(size + 2, MAX_MESSAGE + 2))
                if data[-2:] != b"\r\n":
                    raise DecodeError(f"{data[-2:]!r} where a command's argument should end")
                arguments.append(data[:-2])
        if arguments:
            return RedisCommand(tuple(arguments))


def inline(line: bytes) -> list[bytes]:
    """The arguments of an inline command, quoted as redis-cli does it. Raises DecodeError."""
    arguments, position, line = [], 0, line.rstrip()
    while position < len(line):
        found = INLINE_ARGUMENT.match(line, position)
        if found is None:
            raise DecodeError(f"unbalanced quotes in an inline command: {line[:40]!r}")
        double, single, plain = found.groups()
        if double is not None:
            arguments.append(re.sub(rb"\\(x[0-9A-Fa-f]{2}|.)", _unescape, double, flags=re.DOTALL))
        else:
            arguments.append(plain if plain is not None else single.replace(b"\\'", b"'"))
        position = found.end()
    return arguments


def _unescape(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code[1:], 16)]) if len(code) == 3 else ESCAPES.get(code, code)


def write_command(command: RedisCommand) -> bytes:
    parts = [b"*%d\r\n" % len(command.arguments)]
    parts += [b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in command.arguments]
    return b"".join(parts)


def write_value(value: Resp, *, resp3: bool) -> bytes:
    """The value as it is; only null depends on the version. Raises ValueError for a line that would not be one."""
    content = value.value
    match value.kind:
        case "null":
            return b"_\r\n" if resp3 else b"$-1\r\n"
        case "boolean":
            return b"#t\r\n" if content else b"#f\r\n"
        case "bulk" | "verbatim" | "bulk error":
            data = content.encode() if isinstance(content, str) else content
            assert isinstance(data, bytes)
            return b"%b%d\r\n%b\r\n" % (_TAGS[value.kind], len(data), data)
        case "simple" | "error" | "integer" | "double" | "big number":
            line = str(content).encode()
            if b"\r\n" in line:
                raise ValueError(f"a line end within a RESP {value.kind}: {line[:40]!r}")
            return b"%b%b\r\n" % (_TAGS[value.kind], line)
        case _:
            assert isinstance(content, tuple)
            size = len(content) // 2 if value.kind in {"map", "attribute"} else len(content)
            elements = b"".join(write_value(element, resp3=resp3) for element in content)
            return b"%b%d\r\n%b" % (_TAGS[value.kind], size, elements)


_TAGS = {kind: bytes([tag]) for table in (STRINGS, AGGREGATES) for tag, kind in table.items()} | {
    kind: bytes([tag]) for tag, (kind, _) in LINES.items()
}
