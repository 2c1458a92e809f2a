"""Lists that came in another order from one replay to the next, with the same in them each time: sets, whose order says nothing.

Items that hold what varies, such as rows with identifiers of their own, are the same if all else in them is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flowtape.capture.exchange import HttpResponse
from flowtape.replay.bodies import Tree, child, leaves, read
from flowtape.replay.flowfile import Case
from flowtape.replay.unordered.arranging import arranged, roots
from flowtape.replay.unordered.lists import lists
from flowtape.replay.unordered.places import within
from flowtape.replay.unordered.trees import every, in_order_of_words, parts, told
from flowtape.replay.unordered.words import places_of_words, words
from flowtape.testgen.places import RESPONSE, Place, Run


@dataclass(frozen=True, slots=True)
class Sets:
    """`places` as a flow file names them; `steady` are the leaves of each one's items that did not vary."""

    places: tuple[str, ...] = ()
    steady: Mapping[str, frozenset[str]] = field(default_factory=dict)


def sets(case: Case, runs: Sequence[Run]) -> Sets:
    found = {f"response.{path}": by for path, by in _shuffled([run.response for run in runs])}
    for index in range(len(case.calls)):
        asked = [run.questions[index] for run in runs if index in run.questions]
        if len(asked) == len(runs):
            found |= {f"calls[{index}].{path}": by for path, by in _shuffled(asked)}
    return Sets(tuple(dict.fromkeys([*case.unordered, *found])), found)


def _shuffled(things: Sequence[Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """The paths of such lists, with the leaves that are steady in them."""
    flat = [{each.path: each.items for each in lists(thing)} for thing in things]
    for path in flat[0]:
        if all(path in one for one in flat) and (by := another_order([one[path] for one in flat])) is not None:
            yield path, by
    trees = [{path: tree for path, tree, _ in roots(thing)} for thing in things]
    for path in trees[0]:
        if all(path in one for one in trees):
            yield from _lists([one[path] for one in trees], path)
    if isinstance(things[0], HttpResponse):
        yield from _attributes(things)


def _lists(trees: Sequence[Tree], at: str) -> Iterator[tuple[str, frozenset[str]]]:
    if all(isinstance(tree, dict) for tree in trees):
        for name in trees[0]:
            if all(name in tree for tree in trees):
                yield from _lists([tree[name] for tree in trees], child(at, name))
    elif all(isinstance(tree, list) for tree in trees):
        by = another_order(trees)
        if by is not None:
            yield every(at), by
            return
        for index, items in enumerate(zip(*trees, strict=False)):
            yield from _lists(items, f"{at}[{index}]")


def _attributes(responses: Sequence[HttpResponse]) -> Iterator[tuple[str, frozenset[str]]]:
    """Texts in attributes that are lists, such as HTML's class."""
    bodies = [read(response.headers, response.body) for response in responses]
    found = [dict(leaves(body.tree, body.kind)) for body in bodies]
    for path, text in found[0].items():
        if any(one.get(path) != text for one in found) and (place := places_of_words(path)):
            texts = [one.get(path) for one in found]
            items = [words(each)[0] for each in texts if isinstance(each, str)]
            if len(items) == len(found) and (by := another_order(items)) is not None:
                yield place, by


def another_order(runs: Sequence[Sequence[Tree]]) -> frozenset[str] | None:
    """The leaves by which the items of each run's list are the same in another order; None if they are not."""
    if len({len(items) for items in runs}) > 1 or len(runs[0]) < 2:
        return None
    found = [[parts(item) for item in items] for items in runs]
    paths = {path for items in found for item in items for path in item}
    counted = {path: [Counter(item.get(path) for item in items) for items in found] for path in paths}
    by = frozenset(path for path, counts in counted.items() if all(count == counts[0] for count in counts))
    orders = [[told(item, by) for item in items] for items in runs] if by else []
    if all(order == orders[0] for order in orders) or any(Counter(order) != Counter(orders[0]) for order in orders):
        return None
    return by


def in_one_order(case: Case, runs: Sequence[Run], found: Sets) -> list[Run]:
    """`runs` with these lists in the record's order, and what is not in the record in the first run's."""
    model = Run(case.response, {index: call.question for index, call in enumerate(case.calls)})
    done: list[Run] = []
    for run in runs:
        questions = {
            index: _like(question, model.questions.get(index), f"calls[{index}]", found)
            for index, question in run.questions.items()
        }
        done.append(replace(run, response=_like(run.response, model.response, "response", found), questions=questions))
        model = done[0]
    return done


def _like(thing: Any, other: Any, owner: str, found: Sets) -> Any:
    if type(thing) is not type(other):
        return thing

    def telling(path: str, items: Sequence[Tree]) -> frozenset[str]:
        known = found.steady.get(f"{owner}.{every(path)}")
        return known if known is not None else frozenset(leaf for item in items for leaf in parts(item))

    return arranged(thing, other, within(found.places, owner), telling)


def in_one_wording(
    recorded: Mapping[Place, str], observed: Sequence[Mapping[Place, str]], found: Sets
) -> list[Mapping[Place, str]]:
    """The texts of `observed` with those that are lists in the record's order, and what is not in the record in the first run's."""
    paths = within(found.places, "response")
    done: list[Mapping[Place, str]] = []
    for one in observed:
        model = done[0] if done else recorded
        done.append(
            {
                place: in_order_of_words(text, model[place])
                if place.call == RESPONSE and place in model and places_of_words(place.path) in paths
                else text
                for place, text in one.items()
            }
        )
    return done
