"""Lists whose order says nothing: compared as what is in them, each as often as it is there.

A flow file names them by their places, `response.json.items[].tags` or `calls[3].json.ids`, with `[]` for every index. They have
come in another order from one replay to the next, as sets do; every other list is compared in its order.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from flowtape.capture.exchange import HttpRequest, HttpResponse, Question
from flowtape.replay.bodies import Number, Tree, child, json_body, read

PLACE = re.compile(r"(response|calls\[\d{1,6}\])\.(json(?:[.\[].*)?)", re.DOTALL)
INDEX = re.compile(r"\[\d+\]")
Message = TypeVar("Message", HttpRequest, HttpResponse)


def within(places: Iterable[str], owner: str) -> frozenset[str]:
    """The paths below `owner`, which is `response` or `calls[3]`."""
    found = (PLACE.fullmatch(place) for place in places)
    return frozenset(match[2] for match in found if match is not None and match[1] == owner)


def wrong(place: str, response: HttpResponse, questions: Sequence[Question]) -> str:
    """Why `place` is no list of a flow, "" if it is one."""
    match = PLACE.fullmatch(place)
    if match is None:
        return "a list's place is written `response.json.tags` or `calls[0].json.items[].ids`"
    message: object = response
    if match[1] != "response":
        index = int(match[1][6:-1])
        message = questions[index] if index < len(questions) else None
    if isinstance(message, HttpRequest | HttpResponse):
        body = read(message.headers, message.body)
        if body.kind == "json" and match[2] in set(_lists(body.tree, "json")):
            return ""
    return f"no list stands at `{place}`"


def kept(places: Iterable[str], response: HttpResponse, calls: Sequence[tuple[int, Question]]) -> tuple[str, ...]:
    """Those of `places` at which a list still stands, where of the calls only these are left, each with its former index."""
    names = {f"calls[{before}]": f"calls[{now}]" for now, (before, _) in enumerate(calls)}
    found = []
    for place in places:
        match = PLACE.fullmatch(place)
        owner = None if match is None else names.get(match[1], match[1] if match[1] == "response" else None)
        if match is not None and owner is not None:
            found.append(f"{owner}.{match[2]}")
    return tuple(place for place in found if not wrong(place, response, [question for _, question in calls]))


def _lists(tree: Tree, at: str) -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from _lists(value, child(at, name))
    elif isinstance(tree, list):
        yield INDEX.sub("[]", at)
        for index, item in enumerate(tree):
            yield from _lists(item, f"{at}[{index}]")


def arranged(tree: Tree, like: Tree, paths: Collection[str], at: str = "json") -> Tree:
    """`tree` with each list at one of `paths` in the order that it has in `like`; what is not there comes last."""
    if isinstance(tree, dict):
        other = like if isinstance(like, dict) else {}
        return {key: arranged(value, other.get(key), paths, child(at, key)) for key, value in tree.items()}
    if not isinstance(tree, list):
        return tree
    items = like if isinstance(like, list) else []
    if INDEX.sub("[]", at) in paths:
        tree = _in_order_of(tree, items)
    return [
        arranged(item, items[index] if index < len(items) else None, paths, f"{at}[{index}]")
        for index, item in enumerate(tree)
    ]


def _in_order_of(items: list[Tree], like: list[Tree]) -> list[Tree]:
    left: dict[str, deque[int]] = defaultdict(deque)
    for index, item in enumerate(items):
        left[key(item)].append(index)
    taken = [left[each].popleft() if left[each] else None for each in map(key, like)]
    rest = deque(index for index in range(len(items)) if index not in set(taken))
    filled = [index if index is not None else rest.popleft() if rest else None for index in taken]
    return [items[index] for index in [*filled, *rest] if index is not None]


def sorted_lists(message: Message, paths: Collection[str]) -> Message:
    """`message` with the lists at `paths` of its JSON body sorted, so that two orders of one list are the same."""
    body = read(message.headers, message.body)
    if body.kind != "json":
        return message
    return replace(message, body=json_body.write(_sorted(body.tree, paths, "json")).encode())


def _sorted(tree: Tree, paths: Collection[str], at: str) -> Tree:
    if isinstance(tree, dict):
        return {key: _sorted(value, paths, child(at, key)) for key, value in tree.items()}
    if not isinstance(tree, list):
        return tree
    found = [_sorted(item, paths, f"{at}[{index}]") for index, item in enumerate(tree)]
    return sorted(found, key=key) if INDEX.sub("[]", at) in paths else found


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


class Orders:
    """For each dependency the lists in what it is asked whose order says nothing."""

    def __init__(self, places: Collection[str], dependencies: list[str]) -> None:
        self._paths: dict[str, frozenset[str]] = {}
        for index, dependency in enumerate(dependencies if places else ()):
            if paths := within(places, f"calls[{index}]"):
                self._paths[dependency] = self._paths.get(dependency, frozenset()) | paths

    def plain(self, dependency: str, question: Question) -> Question:
        """`question` with such lists sorted."""
        if not self._paths or not isinstance(question, HttpRequest) or dependency not in self._paths:
            return question
        return sorted_lists(question, self._paths[dependency])
