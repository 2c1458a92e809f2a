"""Bodies and JSON values: as structure where that loses nothing, else as text, else as base64."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile.document import MAX_DEPTH, NUMBER, Place, bytes_in, bytes_out, decode64

LAYOUTS = ("", "spaced", "ascii", "spaced ascii", "indent 2", "indent 2 ascii", "indent 4", "indent 4 ascii")
"""How JSON is written: compact unless spaced or indented, UTF-8 unless ascii; each also with a newline at its end."""
BODY_KEYS = ("json", "layout", "form", "protobuf", "text", "base64")


def json_out(text: str) -> dict[str, Any] | None:
    """`{"json": structure, "layout": …}` from which `json_in` makes the same text again, or None if there is no such."""
    if text[:1] not in '{["-0123456789tfn' or not text:
        return None
    try:
        data = json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if _too_deep(data, MAX_DEPTH - 20):
        return None
    for layout in LAYOUTS:
        for end in ("", "newline"):
            words = " ".join(filter(None, (layout, end)))
            if json_text(data, words) == text and not _has_surrogates(text, layout):
                return {"json": data, "layout": words} if words else {"json": data}
    return None


def _has_surrogates(text: str, layout: str) -> bool:
    return "ascii" in layout and "\\ud" in text.lower() and _undecodable(text)


def _undecodable(text: str) -> bool:
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode()
    except ValueError:
        return True
    return False


def _number(text: str) -> Number:
    if not NUMBER.match(text):
        raise ValueError(text)
    return Number(text)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _too_deep(data: Any, left: int) -> bool:
    if left == 0:
        return True
    parts: Iterable[Any] = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return any(_too_deep(part, left - 1) for part in parts)


def json_in(fields: dict[str, Place]) -> str:
    layout = fields["layout"].text() if "layout" in fields else ""
    if layout.removesuffix("newline").strip() not in LAYOUTS:
        raise fields["layout"].wrong(f"unknown layout `{layout}`")
    return json_text(fields["json"].value, layout)


def json_text(data: Any, layout: str) -> str:
    """A document's data as JSON in one of LAYOUTS, perhaps with `newline` after it."""
    indent = int(layout.split()[1]) if layout.startswith("indent") else None
    parts: list[str] = []
    quoted = encode_basestring_ascii if "ascii" in layout else encode_basestring
    colon = ": " if layout.startswith(("spaced", "indent")) else ":"
    _put(data, parts, quoted=quoted, colon=colon, comma=", " if "spaced" in layout else ",", indent=indent)
    return "".join(parts) + ("\n" if layout.endswith("newline") else "")


def _put(
    data: Any,
    parts: list[str],
    *,
    quoted: Callable[[str], str],
    colon: str,
    comma: str,
    indent: int | None,
    depth: int = 0,
) -> None:
    if isinstance(data, str):
        parts.append(data if isinstance(data, Number) else quoted(data))
    elif not isinstance(data, (dict, list)):
        parts.append(json.dumps(data))
    elif not data:
        parts.append("{}" if isinstance(data, dict) else "[]")
    else:
        inner = "" if indent is None else "\n" + " " * indent * (depth + 1)
        opening, closing = "{}" if isinstance(data, dict) else "[]"
        parts.append(opening)
        for index, item in enumerate(data):
            parts.append((comma if index else "") + inner)
            if isinstance(data, dict):
                parts.append(quoted(item) + colon)
                item = data[item]  # noqa: PLW2901 - the value beside the key just written
            _put(item, parts, quoted=quoted, colon=colon, comma=comma, indent=indent, depth=depth + 1)
        parts.append(("" if indent is None else "\n" + " " * indent * depth) + closing)


def body_out(body: bytes, content_type: str = "") -> dict[str, Any]:
    """The keys that hold `body` in a flow file; none for an empty one."""
    if not body:
        return {}
    if "protobuf" in content_type.lower() and (told := _message_told(body)):
        return told
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": bytes_out(body)["base64"]}  # type: ignore[index] # not UTF-8, so it is base64
    if "urlencoded" in content_type.lower():
        pairs = parse_qsl(text, keep_blank_values=True)
        form = dict(pairs)
        if len(form) == len(pairs) and urlencode(pairs, safe="$") == text:
            return {"form": form}
    return json_out(text) or {"text": text}


def body_in(fields: dict[str, Place]) -> bytes:
    """The body that the keys hold; b"" if there is none of them. Raises WrongAt where there are two."""
    found = [key for key in ("json", "form", "protobuf", "text", "base64") if key in fields]
    if len(found) > 1:
        raise fields[found[1]].wrong(f"there is a body already, in `{found[0]}`")
    if not found:
        return b""
    place = fields[found[0]]
    if found[0] == "json":
        return json_in(fields).encode()
    if found[0] == "form":
        return urlencode([(name, value.text()) for name, value in place.items().items()], safe="$").encode()
    if found[0] == "protobuf":
        return _message_in(place)
    return decode64(place) if found[0] == "base64" else bytes_in(place)


def _message_told(body: bytes) -> dict[str, Any]:
    """{"protobuf": the message by its fields}, or {} where that would lose anything."""
    from flowtape.replay.bodies import protobuf

    message = protobuf.read(body)
    return {"protobuf": _message_out(message)} if message and protobuf.write(message) == body else {}


def _message_out(tree: Any) -> Any:
    """A message's tree with bytes as {base64: …}."""
    if isinstance(tree, dict):
        return {key: _message_out(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_message_out(value) for value in tree]
    return {"base64": base64.b64encode(tree).decode()} if isinstance(tree, bytes) else tree


def _message_in(place: Place) -> bytes:
    from flowtape.replay.bodies import protobuf

    try:
        return protobuf.write(_message_tree(place))
    except (ValueError, OverflowError) as error:
        raise place.wrong(f"no protobuf message: {error}") from None


def _message_tree(place: Place) -> Any:
    if isinstance(place.value, dict) and list(place.value) == ["base64"]:
        return decode64(place.items()["base64"])
    if isinstance(place.value, dict):
        return {key: _message_tree(value) for key, value in place.items().items()}
    return [_message_tree(each) for each in place.list()] if isinstance(place.value, list) else place.value
