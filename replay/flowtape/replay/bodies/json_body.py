"""JSON (RFC 8259), numbers as they are written, and JSON Lines: one JSON value a line."""

from __future__ import annotations

import json

from flowtape.replay.bodies.tree import MAX_DEPTH, Number, Tree, too_deep


def read(content: bytes) -> Tree | None:
    """None where it is no JSON, or nested too deep. The JSON value null is no tree of its own: compared as text, it is equal."""
    try:
        tree = json.loads(content, parse_int=Number, parse_float=Number, parse_constant=Number)
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
