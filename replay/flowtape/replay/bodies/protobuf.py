"""Protobuf without its schema, by wire fields (protobuf.dev/programming-guides/encoding).

A message is a mapping of field numbers, a repeated field a list. A varint is a `Number`; {"fixed32": …} and {"fixed64": …} are
numbers of these sizes. What has a length is text, a message where it reads as one to its end and is not printable, or
bytes. `write` makes a message of a tree again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flowtape.replay.bodies.form import by_name
from flowtape.replay.bodies.tree import Number, Tree, plainly_edited

MAX_NESTED = 32
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
SIZES = {"fixed32": (FIXED32, 4), "fixed64": (FIXED64, 8)}


class _BrokenError(ValueError):
    """These bytes are no message."""


def read(content: bytes, depth: int = 0) -> dict[str, Tree] | None:
    if depth > MAX_NESTED:
        return None
    try:
        return by_name([(str(number), _value(wire, raw, depth)) for number, wire, raw in _fields(content)])
    except _BrokenError:
        return None


def _fields(content: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        number, wire = key >> 3, key & 7
        if not 0 < number < 1 << 29:
            raise _BrokenError
        if wire == VARINT:
            value, position = _varint(content, position)
            yield number, wire, value
            continue
        size = {FIXED64: 8, FIXED32: 4}.get(wire, -1)
        if wire == LENGTH:
            size, position = _varint(content, position)
        if size < 0 or position + size > len(content):
            raise _BrokenError
        yield number, wire, content[position : position + size]
        position += size


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(content) and shift < 70:
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise _BrokenError


def _value(wire: int, raw: int | bytes, depth: int) -> Tree:
    if isinstance(raw, int):
        return Number(str(raw))
    if wire != LENGTH:
        return {"fixed64" if wire == FIXED64 else "fixed32": Number(str(int.from_bytes(raw, "little")))}
    nested = read(raw, depth + 1)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw if nested is None else nested
    if nested and (not text.isprintable() or _only_lengths(raw)):
        return nested
    return text


def _only_lengths(raw: bytes) -> bool:
    """Whether these bytes, printable as they are, are a message all the same: no text has the right lengths in it by chance."""
    return all(wire == LENGTH and isinstance(inner, bytes) and len(inner) > 7 for _, wire, inner in _fields(raw))


def write(tree: dict[str, Tree]) -> bytes:
    """The message of `tree`, its fields by their numbers. Raises ValueError for what is no tree of `read`."""
    found = bytearray()
    for name, value in sorted(tree.items(), key=lambda field: int(field[0])):
        for each in value if isinstance(value, list) else [value]:
            wire, raw = _raw(each)
            found += _varint_out(int(name) << 3 | wire) + raw
    return bytes(found)


def _raw(value: Tree) -> tuple[int, bytes]:
    if isinstance(value, Number):
        return VARINT, _varint_out(int(value))
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, dict):
        if len(value) == 1 and (sized := SIZES.get(next(iter(value)))):
            return sized[0], int(next(iter(value.values()))).to_bytes(sized[1], "little")
        value = write(value)
    if not isinstance(value, bytes):
        raise ValueError(f"no field of a protobuf message: {type(value).__name__}")
    return LENGTH, _varint_out(len(value)) + value


def _varint_out(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def edited(content: bytes, edit: Callable[[str], str]) -> bytes:
    """The message with `edit` done to each of its texts, and the lengths as they then are."""
    tree = read(content)
    if tree is None:
        return plainly_edited(content, edit)
    changed = _each(tree, edit)
    return content if changed == tree else write(changed)


def _each(tree: Tree, edit: Callable[[str], str]) -> Tree:
    if isinstance(tree, dict):
        return {key: _each(value, edit) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_each(value, edit) for value in tree]
    return edit(tree) if type(tree) is str else tree
