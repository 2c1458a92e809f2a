"""What is asked of a dependency, and an answer, in one order: for questions that are equal but for the order of a list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowtape.capture.exchange import Answer, Question, RedisCommand, RedisReply, Resp, SqlResult
from flowtape.replay.bodies import Tree
from flowtape.replay.flowfile import Case
from flowtape.replay.match import Asked, asked
from flowtape.replay.unordered.arranging import all_lists, at, with_roots
from flowtape.replay.unordered.lists import ONE_REPLY_EACH
from flowtape.replay.unordered.places import within
from flowtape.replay.unordered.trees import each_list, key, told, without_variables


@dataclass(frozen=True, slots=True)
class _Known:
    """What items of a recorded list are known by, and the keys of those that are known as they are."""

    by: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    def order(self, items: Sequence[Tree]) -> list[int]:
        return sorted(range(len(items)), key=lambda index: self._rank(items[index]))

    def _rank(self, item: Tree) -> tuple[bool, str]:
        """What is known goes by its key, and what varies comes last, as it comes."""
        if isinstance(item, (dict, list)):
            return False, told(item, self.by)
        own = key(item)
        return (False, own) if own in self.keys else (True, "")


class Orders:
    """For what is asked of a dependency, the lists whose order says nothing: those of recorded calls that ask the same.

    `names` are the variables in a recorded leaf.
    """

    def __init__(self, case: Case, names: Callable[[Tree], Collection[str]]) -> None:
        self._names = names
        self._places: dict[tuple[str, str, str], dict[str, _Known]] = {}
        for index, call in enumerate(case.calls if case.unordered else ()):
            if paths := within(case.unordered, f"calls[{index}]"):
                known = self._places.setdefault(_place(call.dependency, asked(call.question)), {})
                for path, items in all_lists(call.question):
                    if path in paths:
                        known[path] = self._learned(known.get(path, _Known()), items)

    def _learned(self, known: _Known, items: Sequence[Tree]) -> _Known:
        by = frozenset(without_variables(self._names)("", items))
        keys = {key(item) for item in items if isinstance(item, (dict, list)) or not self._names(item)}
        return _Known(by & known.by if known.by else by, known.keys | keys)

    def meaning(self, dependency: str, question: Question) -> Asked:
        """What `question` asks, with such lists in one order."""
        meaning = asked(question)
        known = self._places.get(_place(dependency, meaning)) if self._places else None
        return meaning if known is None else asked(_sorted(question, known))

    def answer(self, dependency: str, recorded: Question, question: Question, answer: Answer) -> Answer:
        """The answer to `recorded` as it is to `question`, which has its meaning: what is answered for each item, in their order."""
        known = self._places.get(_place(dependency, asked(recorded))) if self._places else None
        for path, each in (known or {}).items():
            before, after = at(recorded, path), at(question, path)
            if before is not None and after is not None and len(before.items) == len(after.items):
                places = zip(each.order(after.items), each.order(before.items), strict=True)
                answer = _reordered(recorded, path, answer, [item for _, item in sorted(places)])
        return answer


def _place(dependency: str, meaning: Asked) -> tuple[str, str, str]:
    return dependency, meaning.fingerprint, meaning.subject if meaning.protocol == "http" else ""


def _sorted(question: Question, known: dict[str, _Known]) -> Any:
    for path, each in known.items():
        if (found := at(question, path)) is not None:
            question = found.put(each.order(found.items))

    def changed(path: str, items: list[Tree]) -> list[Tree]:
        return [items[index] for index in known[path].order(items)] if path in known else items

    return with_roots(question, lambda path, tree: each_list(tree, path, changed))


def _reordered(question: Question, path: str, answer: Answer, order: Sequence[int]) -> Answer:
    if isinstance(answer, SqlResult) and path == "values" and len(answer.rows) == len(order):
        return replace(answer, rows=tuple(answer.rows[index] for index in order))
    if isinstance(answer, RedisReply) and isinstance(question, RedisCommand):
        items = answer.value.value
        if question.arguments[0].upper() in ONE_REPLY_EACH and isinstance(items, tuple) and len(items) == len(order):
            return RedisReply(Resp(answer.value.kind, tuple(items[index] for index in order)))
    return answer
