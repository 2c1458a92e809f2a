"""A form as browsers send it (application/x-www-form-urlencoded): fields by name; a repeated field keeps its order."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, quote_plus

from flowtape.replay.bodies.tree import Tree, plainly_edited


def read(content: bytes) -> Tree | None:
    try:
        pairs = parse_qsl(content.decode(), keep_blank_values=True)
    except ValueError:  # no UTF-8 among them
        return None
    return by_name(pairs)


def by_name(pairs: list[tuple[str, Tree]]) -> dict[str, Tree]:
    """What comes once by its name, what comes again as a list under it."""
    found: dict[str, list[Tree]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def edited(content: bytes, edit: Callable[[str], str]) -> bytes:
    """The form with `edit` done to each value as it reads unescaped; `$` stays bare, so that a variable is seen."""
    try:
        pairs = parse_qsl(content.decode(), keep_blank_values=True)
    except ValueError:
        return plainly_edited(content, edit)
    changed = [(name, edit(value)) for name, value in pairs]
    if changed == pairs:
        return content
    return "&".join(f"{quote_plus(name)}={quote_plus(value, safe='$')}" for name, value in changed).encode()
