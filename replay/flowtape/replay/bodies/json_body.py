"""JSON (RFC 8259), numbers as they are written, and JSON Lines: one JSON value a line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from flowtape.replay.bodies.tree import MAX_DEPTH, Number, Tree, too_deep

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*', re.DOTALL)
"""A string or a number, as either is written."""
_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=Number)


def read(content: bytes) -> Tree | None:
    """None where it is no JSON, or nested too deep. The JSON value null is no tree of its own: compared as text, it is equal."""
    try:
        tree = _DECODER.decode(content.decode(json.detect_encoding(content), "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    if content.count(b"[") + content.count(b"{") > MAX_DEPTH and too_deep(tree):
        return None
    return tree


def write(tree: Tree) -> str:
    """Compact JSON, numbers as they were written."""
    if isinstance(tree, Number):
        return str(tree)
    if isinstance(tree, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{write(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(map(write, tree)) + "]"
    return json.dumps(tree)


def read_lines(content: bytes) -> Tree | None:
    """A list of what the lines hold; empty lines do not count."""
    lines = [read(line) for line in content.splitlines() if line.strip()]
    return None if any(line is None for line in lines) else lines


def edited(text: str, of_string: Callable[[str], str], of_number: Callable[[str], str]) -> str | None:
    """JSON (or JSON Lines) with something done to each string, in its quotes as it is written, and to each number; None if it is none."""
    data = text.encode("utf-8", "surrogatepass")
    if text[:1] not in ("{", "[") or (read(data) is None and read_lines(data) is None):
        return None
    return TOKEN.sub(lambda found: (of_string if found[0][0] == '"' else of_number)(found[0]), text)
