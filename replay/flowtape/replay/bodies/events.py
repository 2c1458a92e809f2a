"""Server-sent events (HTML standard, section 9.2): a list of events, data that is JSON as structure."""

from __future__ import annotations

import re

from flowtape.replay.bodies import json_body
from flowtape.replay.bodies.tree import Tree

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
