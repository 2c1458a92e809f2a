"""Redis commands and replies in a flow file."""

from __future__ import annotations

import re
from typing import Any

from flowtape.capture.exchange import RedisCommand, RedisReply, Resp
from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile.body import json_in, json_out
from flowtape.replay.flowfile.document import NUMBER, Place, bytes_in, bytes_out, decode64, integer

MAX_LINE = 100
PLAIN = re.compile(r"[^\s\"'\\]+\Z")
ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
ESCAPED = {"n": b"\n", "r": b"\r", "t": b"\t", "a": b"\a", "b": b"\b"}
# One argument of a line: quoted as redis-cli does, or plain; then a space or the end.
ARGUMENT = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|([^\s"\'\\]+))(?: |\Z)', re.DOTALL)
TEXT_KINDS = {"simple", "error", "double", "big number", "bulk error"}
LIST_KINDS = {"set", "push"}
PAIR_KINDS = {"map", "attribute"}


def command_out(command: RedisCommand) -> str | list[Any]:
    """One line as redis-cli takes it; a list where a line would be hard to read."""
    line = " ".join(quoted(argument) for argument in command.arguments)
    if command.arguments and len(line) <= MAX_LINE and "\\" not in line:
        return line
    return [_bulk_out(argument) for argument in command.arguments]


def quoted(argument: bytes) -> str:
    """The argument as redis-cli would take it: plain, or in double quotes with escapes."""
    text = argument.decode("utf-8", "surrogateescape")
    if PLAIN.match(text) and text.isprintable():
        return text
    return '"' + "".join(_escape(character) for character in text) + '"'


def _escape(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def command_in(place: Place) -> RedisCommand:
    if isinstance(place.value, list):
        return RedisCommand(tuple(_bulk_in(argument) for argument in place.list()))
    line, at, arguments = place.text(), 0, []
    while at < len(line):
        found = ARGUMENT.match(line, at)
        if not found:
            raise place.wrong(
                f"not a Redis command from character {at + 1} on; put arguments in double quotes, or write a list"
            )
        arguments.append(found[2].encode() if found[1] is None else _unescaped(found[1]))
        at = found.end()
    return RedisCommand(tuple(arguments))


def _unescaped(text: str) -> bytes:
    parts: list[bytes] = []
    for found in re.finditer(r"\\x([0-9a-fA-F]{2})|\\(.)|([^\\]+)", text, re.DOTALL):
        if found[1]:
            parts.append(bytes.fromhex(found[1]))
        elif found[2]:
            parts.append(ESCAPED.get(found[2], found[2].encode()))
        else:
            parts.append(found[3].encode())
    return b"".join(parts)


def _bulk_out(data: bytes) -> Any:
    text = bytes_out(data)
    if isinstance(text, str):
        if NUMBER.match(text):
            return Number(text)
        if text[:1] in ("{", "[") and (found := json_out(text)):
            return found
    return text


def _bulk_in(place: Place) -> bytes:
    if isinstance(place.value, dict):
        fields = place.fields(("json", "layout", "base64"))
        return json_in(fields).encode() if "json" in fields else bytes_in(place)
    return place.text().encode()


def reply_out(reply: RedisReply) -> Any:
    return _value_out(reply.value)


def _value_out(value: Resp) -> Any:
    inner: Any = value.value
    if value.kind in ("null", "boolean"):
        return inner
    if value.kind == "integer":
        return integer(inner)
    if value.kind == "bulk":
        found = _bulk_out(inner)
        return str(found) if isinstance(found, Number) else found
    if value.kind == "verbatim":
        return {"verbatim": bytes_out(inner)}
    if value.kind == "array":
        return [_value_out(item) for item in inner]
    if value.kind in LIST_KINDS:
        return {value.kind: [_value_out(item) for item in inner]}
    if value.kind in PAIR_KINDS:
        return {value.kind: _pairs_out(inner)}
    return {value.kind: _text_out(inner)}


def _text_out(text: str) -> Any:
    try:
        text.encode()
    except UnicodeEncodeError:
        return bytes_out(text.encode("utf-8", "surrogateescape"))
    return text


def _pairs_out(items: tuple[Resp, ...]) -> Any:
    """Keys and values: a mapping where the keys are different texts, else a list of keys and values in turn."""
    keys = [
        bytes_out(item.value) if isinstance(item.value, bytes) and item.kind == "bulk" else None for item in items[::2]
    ]
    if (
        len(items) % 2 == 0
        and all(isinstance(key, str) for key in keys)
        and len({str(key) for key in keys}) == len(keys)
    ):
        return {str(key): _value_out(item) for key, item in zip(keys, items[1::2], strict=True)}
    return [_value_out(item) for item in items]


def reply_in(place: Place) -> RedisReply:
    return RedisReply(_value_in(place))


def _value_in(place: Place) -> Resp:
    value = place.value
    if value is None:
        return Resp("null")
    if isinstance(value, bool):
        return Resp("boolean", value)
    if isinstance(value, Number):
        return Resp("integer", place.integer())
    if isinstance(value, str):
        return Resp("bulk", value.encode())
    if isinstance(value, list):
        return Resp("array", tuple(_value_in(item) for item in place.list()))
    return _marked_in(place)


def _marked_in(place: Place) -> Resp:
    """A mapping whose key says the kind."""
    known = (*TEXT_KINDS, *LIST_KINDS, *PAIR_KINDS, "verbatim", "json", "layout", "base64")
    fields = place.fields(known)
    if "json" in fields or "base64" in fields:
        return Resp("bulk", _bulk_in(place))
    if len(fields) != 1:
        raise place.wrong(f"one key that names the kind is wanted: {', '.join(sorted(known))}")
    ((kind, inner),) = fields.items()
    if kind == "verbatim":
        return Resp("verbatim", bytes_in(inner))
    if kind in TEXT_KINDS:
        raw = decode64(inner.fields((), ["base64"])["base64"]) if isinstance(inner.value, dict) else None
        return Resp(kind, raw.decode("utf-8", "surrogateescape") if raw is not None else inner.text())  # type: ignore[arg-type]
    if kind in PAIR_KINDS and isinstance(inner.value, dict):
        pairs = inner.items().items()
        return Resp(kind, tuple(part for key, item in pairs for part in (Resp("bulk", key.encode()), _value_in(item))))  # type: ignore[arg-type]
    return Resp(kind, tuple(_value_in(item) for item in inner.list()))  # type: ignore[arg-type]
