"""The tree that every kind of body is read into: mappings and lists down to leaves, each leaf with a path.

A leaf is text, a `Number` as it is written, true, false, null, bytes, or an empty mapping or list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

Tree: TypeAlias = Any
"""dict[str, Tree] | list[Tree] | str | Number | bool | None | bytes"""

MAX_DEPTH = 200
NOTHING: Any = object()
"""Stands where there is no value at all; None is a value."""
PLAIN = re.compile(r"[\w@(][\w():-]*\Z")
FRACTION = re.compile(r"[.eE]")


class Number(str):
    """A number by the text that it is written in."""

    __slots__ = ()


@lru_cache(maxsize=4096)
def _step(key: str) -> str:
    return f".{key}" if PLAIN.match(key) else f"[{json.dumps(key, ensure_ascii=False)}]"


def child(path: str, key: str) -> str:
    """The path of the value under `key`: `json.total`, `json["a b"]`."""
    return path + _step(key)


def leaves(tree: Tree, path: str) -> Iterator[tuple[str, Tree]]:
    """Each leaf by its path, in the order in which they stand."""
    waiting = [(path, tree)]
    while waiting:
        path, tree = waiting.pop()
        if isinstance(tree, dict) and tree:
            waiting += [(path + _step(key), value) for key, value in reversed(tree.items())]
        elif isinstance(tree, list) and tree:
            waiting += [(f"{path}[{index}]", tree[index]) for index in range(len(tree) - 1, -1, -1)]
        else:
            yield path, tree


def too_deep(tree: Tree) -> bool:
    """Whether a walk of `tree` by recursion could run out of stack."""
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return True
        inner = [value for value in level if isinstance(value, (dict, list))]
        level = [part for value in inner for part in (value.values() if isinstance(value, dict) else value)]
    return False


def same(old: Tree, new: Tree) -> bool:
    """Whether two leaves are equal by value and type: 19.90 is 19.9, 1 is not 1.0, "1" is not 1."""
    if isinstance(old, Number) and isinstance(new, Number):
        if str(old) == str(new):
            return True
        kinds = bool(FRACTION.search(old)) == bool(FRACTION.search(new))
        return (
            kinds and max(len(old), len(new)) < 400 and _finite(old) and _finite(new) and Decimal(old) == Decimal(new)
        )
    return type(old) is type(new) and bool(old == new)


def _finite(number: Number) -> bool:
    return number.lstrip("-")[:1].isdigit()  # JSON as Python writes it has NaN and Infinity too


def plainly_edited(body: bytes, edit: Callable[[str], str]) -> bytes:
    """`body` with `edit` done to it as one text; bytes that are no UTF-8 pass through as they are."""
    return edit(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
