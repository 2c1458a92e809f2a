"""Lists in a tree, and putting them into an order: that of another tree, or one that is the same for every order.

An item that is a list or a mapping is known by those of its leaves that do not vary from run to run; so a row is found again
although its identifier is a new one.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from flowtape.replay.bodies import Number, Tree, child, leaves
from flowtape.replay.unordered.words import joined, words

INDEX = re.compile(r"\[\d+\]")
Telling: TypeAlias = Callable[[str, Sequence[Tree]], Collection[str]]
"""From a list's path and what is in it to the paths of the leaves that its items are known by."""


def every(path: str) -> str:
    """The path with `[]` for the indexes in JSON: `parameters[1].json[].tags`."""
    head, json, inside = path.partition("json")
    return head + json + INDEX.sub("[]", inside)


def key(tree: Tree) -> str:
    """A text that is equal for trees that are the same."""
    if isinstance(tree, Number):
        fraction = any(mark in tree for mark in ".eE")
        return f"n{Decimal(tree).normalize()}f" if fraction and len(tree) < 300 else f"n{tree}"
    if isinstance(tree, dict):
        return "{" + ",".join(f"{name!r}:{key(tree[name])}" for name in sorted(tree)) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(map(key, tree)) + "]"
    return repr(tree)


def parts(item: Tree) -> dict[str, str]:
    """The keys of an item's leaves by their paths in it; of a leaf its own under ""."""
    return {path: key(leaf) for path, leaf in leaves(item, "")}


def told(item: Tree, by: Collection[str]) -> str:
    """What an item is known by: its leaves at the paths `by`; of a leaf all."""
    if not isinstance(item, (dict, list)):
        return key(item)
    return repr([(path, each) for path, each in sorted(parts(item).items()) if path in by])


def without_variables(names: Callable[[Tree], Collection[str]]) -> Telling:
    """Items are known by what no variable stands in; `names` are those in a leaf."""

    def telling(_path: str, items: Sequence[Tree]) -> frozenset[str]:
        found = [(path, leaf) for item in items for path, leaf in leaves(item, "")]
        return frozenset(path for path, _ in found) - {path for path, leaf in found if names(leaf)}

    return telling


def in_order_of(items: Sequence[Tree], like: Sequence[Tree], by: Collection[str]) -> list[int]:
    """The indexes of `items` in the order that `like` has; what is not there takes the places that are left, and comes last."""
    left: dict[str, deque[int]] = defaultdict(deque)
    for index, item in enumerate(items):
        left[told(item, by)].append(index)
    taken = [left[each].popleft() if left[each] else None for each in (told(item, by) for item in like)]
    used = {index for index in taken if index is not None}
    rest = deque(index for index in range(len(items)) if index not in used)
    filled = [index if index is not None else rest.popleft() if rest else None for index in taken]
    return [index for index in [*filled, *rest] if index is not None]


def in_order_of_words(text: str, like: str) -> str:
    """A text that is a list in the order of another one."""
    items, between = words(text)
    return joined([items[index] for index in in_order_of(items, words(like)[0], ())], between)


def tree_lists(tree: Tree, at: str) -> Iterator[tuple[str, list[Tree]]]:
    """Each list by its path, `[]` for every index."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from tree_lists(value, child(at, name))
    elif isinstance(tree, list):
        yield every(at), tree
        for index, item in enumerate(tree):
            yield from tree_lists(item, f"{at}[{index}]")


def arranged_tree(tree: Tree, like: Tree, paths: Collection[str], at: str, telling: Telling) -> Tree:
    """`tree` with each list, or text that is one, at one of `paths` in the order that it has in `like`."""
    if isinstance(tree, dict):
        other = like if isinstance(like, dict) else {}
        return {
            name: arranged_tree(value, other.get(name), paths, child(at, name), telling) for name, value in tree.items()
        }
    if not isinstance(tree, list):
        alike = type(tree) is type(like) is str and every(at) in paths
        return in_order_of_words(tree, like) if alike else tree
    items = like if isinstance(like, list) else []
    if every(at) in paths:
        tree = [tree[index] for index in in_order_of(tree, items, telling(at, tree))]
    return [
        arranged_tree(item, items[index] if index < len(items) else None, paths, f"{at}[{index}]", telling)
        for index, item in enumerate(tree)
    ]


def each_list(tree: Tree, at: str, changed: Callable[[str, list[Tree]], list[Tree]]) -> Tree:
    """`tree` with each list, the innermost first, as `changed` makes it of its path (`[]` for every index) and itself."""
    if isinstance(tree, dict):
        return {name: each_list(value, child(at, name), changed) for name, value in tree.items()}
    if not isinstance(tree, list):
        return tree
    return changed(every(at), [each_list(item, f"{at}[{i}]", changed) for i, item in enumerate(tree)])
