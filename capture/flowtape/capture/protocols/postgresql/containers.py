"""Arrays, vectors, ranges and multiranges in binary and in text, over the two directions of their element.

PostgreSQL documentation, "Array Input and Output Syntax" and "Range Input/Output"; source arrayfuncs.c, rangetypes.c.
All raise ValueError where the value is not one of its type.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import TypeAlias, Union

from flowtape.capture.protocols.postgresql.scalars import ToBinary, ToText

MAX_DIMENSIONS = 6
"""PostgreSQL's MAXDIM."""

Items: TypeAlias = list[Union[str, "Items", None]]

_PLAIN = re.compile(r'[^ \t\n\r\v\f"\\{},]+')
_PLAIN_BOUND = re.compile(r'[^ \t\n\r\v\f"\\()\[\],]+')
_BOUNDS = re.compile(r"((?:\[[+-]?\d{1,10}:[+-]?\d{1,10}\])+)=", re.ASCII)
_TOKEN = re.compile(
    r'[{},]|"((?:[^"\\]|\\.)*)"|((?:[^ \t\n\r\v\f"\\{},]|\\.)(?:(?:[^"\\{},]|\\.)*(?:[^ \t\n\r\v\f"\\{},]|\\.))?)',
    re.DOTALL,
)
_EMPTY, _LOWER_IN, _UPPER_IN, _LOWER_INFINITE, _UPPER_INFINITE = 1, 2, 4, 8, 16
_BOUND = r'((?:"(?:[^"\\]|\\.)*"|\\.|[^"\\,()\[\]])*)'
_RANGE = re.compile(rf"([\[(]){_BOUND},{_BOUND}([\])])", re.DOTALL)


def _parts(data: bytes, at: int) -> Iterator[bytes | None]:
    """The values from `at` on, each with its length in front."""
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], signed=True)
        at += 4
        if size < -1 or at + max(size, 0) > len(data):
            raise ValueError("a value that is longer than what holds it")
        yield None if size < 0 else data[at : at + size]
        at += max(size, 0)


def array_text(data: bytes, element: ToText, oid: int) -> str:
    """The text of an array whose elements have the type `oid`."""
    if len(data) < 12:
        raise ValueError("an array without its head")
    dimensions, _, found = struct.unpack(">iiI", data[:12])
    if found != oid:
        raise ValueError(f"an array of type {found}, where {oid} is")
    if dimensions == 0 and len(data) == 12:
        return "{}"
    if not 1 <= dimensions <= MAX_DIMENSIONS or len(data) < 12 + 8 * dimensions:
        raise ValueError(f"an array of {dimensions} dimensions")
    head = struct.unpack(f">{2 * dimensions}i", data[12 : 12 + 8 * dimensions])
    sizes, lows = head[::2], head[1::2]
    if min(sizes) == 0 and len(data) == 12 + 8 * dimensions:
        return "{}"  # asyncpg's, which PostgreSQL takes for one without dimensions (array_recv)
    cells = [
        "NULL" if part is None else _quote(element(part), _PLAIN, null=True)
        for part in _parts(data, 12 + 8 * dimensions)
    ]
    for size in reversed(sizes):
        if size < 1 or len(cells) % size:
            raise ValueError("an array whose dimensions do not hold its elements")
        cells = [f"{{{','.join(cells[at : at + size])}}}" for at in range(0, len(cells), size)]
    if len(cells) != 1:
        raise ValueError("an array whose dimensions do not hold its elements")
    if all(low == 1 for low in lows):
        return cells[0]
    return "".join(f"[{low}:{low + size - 1}]" for size, low in zip(sizes, lows, strict=True)) + "=" + cells[0]


def array_binary(text: str, element: ToBinary, oid: int) -> bytes:
    lows: list[int] = []
    if bounds := _BOUNDS.match(text):
        lows = [int(low) for low in re.findall(r"\[([+-]?\d+):", bounds[1])]
        text = text[bounds.end() :]
    items = _read_items(text)
    sizes, flat = _flatten(items)
    if not flat:
        return struct.pack(">iiI", 0, 0, oid)
    if lows and len(lows) != len(sizes):
        raise ValueError("an array whose bounds do not fit its dimensions")
    pairs = [number for pair in zip(sizes, lows or [1] * len(sizes), strict=True) for number in pair]
    nulls = any(item is None for item in flat)
    head = struct.pack(f">iiI{len(pairs)}i", len(sizes), nulls, oid, *pairs)
    return head + b"".join(_cell(None if item is None else element(item)) for item in flat)


def _cell(data: bytes | None) -> bytes:
    return b"\xff\xff\xff\xff" if data is None else len(data).to_bytes(4) + data


def array_elements(text: str) -> list[str | None]:
    """What an array of one dimension holds. Raises ValueError for any other text."""
    items = _read_items(text)
    elements = [item for item in items if not isinstance(item, list)]
    if len(elements) != len(items):
        raise ValueError("an array of several dimensions")
    return elements


def _read_items(text: str) -> Items:
    """Nested lists of what the braces hold."""
    root: Items = []
    stack: list[Items] = [root]
    at, wants_item = 0, True
    while at < len(text):
        if text[at] in " \t\n\r\v\f":
            at += 1
            continue
        token = _TOKEN.match(text, at)
        if token is None or (len(stack) == 1 and root):
            raise ValueError("not an array")
        at = token.end()
        if token[0] == "}":
            if len(stack) == 1 or (wants_item and stack[-1]):
                raise ValueError("not an array")
            stack.pop()
            wants_item = False
        elif token[0] == ",":
            if wants_item or len(stack) == 1:
                raise ValueError("not an array")
            wants_item = True
        else:
            if not wants_item or (token[0] != "{" and len(stack) == 1) or len(stack) > MAX_DIMENSIONS + 1:
                raise ValueError("not an array")
            _add(stack, token)
            wants_item = token[0] == "{"
    if len(stack) != 1 or not root:
        raise ValueError("not an array")
    inner = root[0]
    assert isinstance(inner, list)
    return inner


def _add(stack: list[Items], token: re.Match[str]) -> None:
    if token[0] == "{":
        inner: Items = []
        stack[-1].append(inner)
        stack.append(inner)
    elif token[1] is not None:
        stack[-1].append(_unescape(token[1]))
    else:
        stack[-1].append(None if token[2].upper() == "NULL" else _unescape(token[2]))


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _flatten(items: Items) -> tuple[list[int], list[str | None]]:
    """The sizes of the dimensions, and the elements in their order."""
    lists = [item for item in items if isinstance(item, list)]
    if not lists:
        return [len(items)], [item for item in items if not isinstance(item, list)]
    if len(lists) != len(items):
        raise ValueError("an array of unequal depth")
    below = [_flatten(item) for item in lists]
    if any(sizes != below[0][0] for sizes, _ in below):
        raise ValueError("an array of unequal length")
    return [len(items), *below[0][0]], [item for _, flat in below for item in flat]


def _quote(text: str, plain: re.Pattern[str], *, null: bool = False, double: bool = False) -> str:
    if plain.fullmatch(text) and not (null and text.upper() == "NULL"):
        return text
    replaced = text.replace("\\", "\\\\").replace('"', '""' if double else '\\"')
    return f'"{replaced}"'


def vector_text(data: bytes, element: ToText, oid: int) -> str:
    """int2vector and oidvector: an array from 0 on, printed with blanks between."""
    if data == struct.pack(">iiIii", 1, 0, oid, 0, 0):
        return ""
    return array_text(data, element, oid).partition("=")[2].strip("{}").replace(",", " ")


def vector_binary(text: str, element: ToBinary, oid: int) -> bytes:
    parts = text.split()
    head = struct.pack(">iiIii", 1, 0, oid, len(parts), 0)
    return head + b"".join(_cell(element(part)) for part in parts)


def range_text(data: bytes, element: ToText) -> str:
    flags = data[0] if data else _EMPTY
    if flags & _EMPTY:
        if len(data) != 1:
            raise ValueError("not a range")
        return "empty"
    bounds = list(_parts(data, 1))
    wanted = [flags & _LOWER_INFINITE == 0, flags & _UPPER_INFINITE == 0]
    if len(bounds) != sum(wanted) or None in bounds:
        raise ValueError("not a range")
    found = iter(bounds)
    texts = [_quote(element(next(found) or b""), _PLAIN_BOUND, double=True) if bound else "" for bound in wanted]
    return f"{'[' if flags & _LOWER_IN else '('}{texts[0]},{texts[1]}{']' if flags & _UPPER_IN else ')'}"


def range_binary(text: str, element: ToBinary) -> bytes:
    if text.lower() == "empty":
        return bytes((_EMPTY,))
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(f"not a range: {text!r}")
    flags = (_LOWER_IN if found[1] == "[" else 0) | (_UPPER_IN if found[4] == "]" else 0)
    flags |= (0 if found[2] else _LOWER_INFINITE) | (0 if found[3] else _UPPER_INFINITE)
    return bytes((flags,)) + b"".join(_cell(element(_bound(part))) for part in found.group(2, 3) if part)


def _bound(text: str) -> str:
    """A bound less its quoting: quoted stretches, in which a quote is doubled, and backslashes."""
    found: list[str] = []
    quoted, at = False, 0
    while at < len(text):
        char = text[at]
        if char == "\\" or (quoted and char == '"' and text[at + 1 : at + 2] == '"'):
            at += 1
            found.append(text[at])
        elif char == '"':
            quoted = not quoted
        else:
            found.append(char)
        at += 1
    return "".join(found)


def multirange_text(data: bytes, element: ToText) -> str:
    parts = list(_parts(data, 4))
    if len(data) < 4 or int.from_bytes(data[:4]) != len(parts):
        raise ValueError("not a multirange")
    return f"{{{','.join(range_text(part or b'', element) for part in parts)}}}"


def multirange_binary(text: str, element: ToBinary) -> bytes:
    if not (text.startswith("{") and text.endswith("}")):
        raise ValueError(f"not a multirange: {text!r}")
    inner, at, ranges = text[1:-1], 0, []
    while at < len(inner):
        found = _RANGE.match(inner, at)
        if found is None or inner[found.end() : found.end() + 1] not in ("", ","):
            raise ValueError(f"not a multirange: {text!r}")
        ranges.append(_cell(range_binary(found[0], element)))
        at = found.end() + 1
    return len(ranges).to_bytes(4) + b"".join(ranges)
