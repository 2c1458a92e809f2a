"""Server-sent events (HTML standard, section 9.2): a list of events, data that is JSON as structure."""

from __future__ import annotations

import re
from collections.abc import Callable

from flowtape.replay.bodies import json_body
from flowtape.replay.bodies.tree import Tree

FIELD = re.compile(r"^([A-Za-z]+: ?)([^\r\n]*)", re.MULTILINE)
LINE = re.compile(r"\r\n|\n|\r")


def read(text: str) -> Tree:
    """Comments, which keep a connection open, do not count; nor does an event with nothing in it."""
    found: list[Tree] = []
    event: dict[str, list[str]] = {}
    for line in [*LINE.split(text.removeprefix("\ufeff")), ""]:
        if not line:
            if event:
                found.append({name: _value(name, values) for name, values in event.items()})
            event = {}
            continue
        name, _, value = line.partition(":")
        if name:
            event.setdefault(name, []).append(value.removeprefix(" "))
    return found


def _value(name: str, values: list[str]) -> Tree:
    text = "\n".join(values)
    if name == "data" and text[:1] in ("{", "["):
        tree = json_body.read(text.encode())
        return text if tree is None else tree
    return text


def edited(content: bytes, edit: Callable[[str], str]) -> bytes:
    """The events with `edit` done to each field by itself, so that data which is JSON is edited as JSON."""
    text = content.decode("utf-8", "surrogateescape")
    return FIELD.sub(lambda found: found[1] + edit(found[2]), text).encode("utf-8", "surrogateescape")
