"""Lists that came in another order from one replay to the next, with the same in them each time: sets, whose order says nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from flowtape.capture.exchange import HttpRequest, HttpResponse, Question
from flowtape.replay.bodies import Tree, child, json_body, read
from flowtape.replay.flowfile import Case
from flowtape.replay.unordered import INDEX, arranged, key, within
from flowtape.testgen.places import Run

Message = TypeVar("Message", HttpRequest, HttpResponse)


def unordered(case: Case, runs: Sequence[Run]) -> tuple[str, ...]:
    """The places of such lists, as a flow file names them."""
    found = [f"response.{path}" for path in _shuffled([run.response for run in runs])]
    for index in range(len(case.calls)):
        asked = [run.questions.get(index) for run in runs]
        requests = [each for each in asked if isinstance(each, HttpRequest)]
        if len(requests) == len(runs):
            found += [f"calls[{index}].{path}" for path in _shuffled(requests)]
    return tuple(dict.fromkeys([*case.unordered, *found]))


def _shuffled(messages: Sequence[HttpRequest | HttpResponse]) -> Iterator[str]:
    bodies = [read(message.headers, message.body) for message in messages]
    if all(body.kind == "json" for body in bodies):
        yield from _lists([body.tree for body in bodies], "json")


def _lists(trees: Sequence[Tree], at: str) -> Iterator[str]:
    if all(isinstance(tree, dict) for tree in trees):
        for name in trees[0]:
            if all(name in tree for tree in trees):
                yield from _lists([tree[name] for tree in trees], child(at, name))
    elif all(isinstance(tree, list) for tree in trees):
        orders = [[key(item) for item in tree] for tree in trees]
        if any(order != orders[0] for order in orders) and all(
            Counter(order) == Counter(orders[0]) for order in orders
        ):
            yield INDEX.sub("[]", at)
            return
        for index, items in enumerate(zip(*trees, strict=False)):
            yield from _lists(items, f"{at}[{index}]")


def in_one_order(case: Case, runs: Sequence[Run]) -> list[Run]:
    """`runs` with these lists in the record's order, and what is not in the record in the first run's."""
    model = Run(case.response, {index: call.question for index, call in enumerate(case.calls)})
    found: list[Run] = []
    for run in runs:
        questions = {
            index: _asked_like(question, model.questions.get(index), within(case.unordered, f"calls[{index}]"))
            for index, question in run.questions.items()
        }
        response = _like(run.response, model.response, within(case.unordered, "response"))
        found.append(replace(run, response=response, questions=questions))
        model = found[0]
    return found


def _asked_like(question: Question, other: Question | None, paths: frozenset[str]) -> Question:
    if isinstance(question, HttpRequest) and isinstance(other, HttpRequest):
        return _like(question, other, paths)
    return question


def _like(message: Message, other: Message, paths: frozenset[str]) -> Message:
    body = read(message.headers, message.body)
    if not paths or body.kind != "json":
        return message
    tree = arranged(body.tree, read(other.headers, other.body).tree, paths)
    return replace(message, body=json_body.write(tree).encode())
