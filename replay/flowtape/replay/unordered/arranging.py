"""All lists of a question or a response, and both in the order of another one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.replay.bodies import Tree, json_body, read
from flowtape.replay.unordered.lists import Listed, Thing, lists
from flowtape.replay.unordered.trees import Telling, arranged_tree, in_order_of, tree_lists

Root: TypeAlias = tuple[str, Tree, Callable[[Tree], Thing]]
"""Where a JSON document stands, what it says, and the whole with another one in its place."""


def roots(thing: Thing) -> Iterator[Root]:
    match thing:
        case HttpRequest() | HttpResponse():
            body = read(thing.headers, thing.body)
            if body.kind == "json":
                yield "json", body.tree, lambda tree: replace(thing, body=json_body.write(tree).encode())
        case SqlStatement():
            yield from _in_values(thing.parameters, "parameters", lambda values: replace(thing, parameters=values))
        case RedisCommand():
            yield from _in_values(thing.arguments, "arguments", RedisCommand)


def _in_values(values: Sequence[Any], name: str, made: Callable[[tuple[Any, ...]], Thing]) -> Iterator[Root]:
    for index, value in enumerate(values):
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        tree = json_body.read(data) if data and data[:1] in (b"{", b"[") else None
        if tree is not None:
            yield f"{name}[{index}].json", tree, partial(_put, values, index, made)


def _put(values: Sequence[Any], index: int, made: Callable[[tuple[Any, ...]], Thing], tree: Tree) -> Thing:
    text = json_body.write(tree)
    return made((*values[:index], text if isinstance(values[index], str) else text.encode(), *values[index + 1 :]))


def with_roots(thing: Thing, change: Callable[[str, Tree], Tree]) -> Thing:
    """`thing` with each JSON document in it as `change` makes it of its path and itself."""
    for path in [path for path, _, _ in roots(thing)]:
        tree, put = next((tree, put) for other, tree, put in roots(thing) if other == path)
        if (changed := change(path, tree)) != tree:
            thing = put(changed)
    return thing


def arranged(thing: Thing, like: Thing, paths: Collection[str], telling: Telling) -> Thing:
    """`thing` with the lists at `paths` in the order that they have in `like`."""
    for path in paths:
        before, after = at(thing, path), at(like, path)
        if before is not None and after is not None:
            thing = before.put(in_order_of(before.items, after.items, telling(path, before.items)))
    others = {path: tree for path, tree, _ in roots(like)}
    return with_roots(thing, lambda path, tree: arranged_tree(tree, others.get(path), paths, path, telling))


def at(thing: Thing, path: str) -> Listed | None:
    return next((each for each in lists(thing) if each.path == path), None)


def all_lists(thing: Thing) -> Iterator[tuple[str, list[Tree]]]:
    """Each list by its path, `[]` for every index in JSON."""
    yield from ((each.path, each.items) for each in lists(thing))
    for path, tree, _ in roots(thing):
        yield from tree_lists(tree, path)
