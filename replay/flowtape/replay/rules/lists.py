"""Values of a list in which neither order nor repetition matters: those of `a IN (…)` and of `a = ANY(…)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from flowtape.capture.exchange import Value
from flowtape.capture.protocols.postgresql.containers import array_elements

Match: TypeAlias = Callable[[Value, Value, Mapping[str, str]], dict[str, str] | None]
"""Whether a recorded value with variables in it is an observed one: what is bound by that, or None (`Variables.match`)."""
NAME = re.compile(r".* in(?: \(\d+\))?", re.DOTALL)
MAX_TRIED = 2000
"""So many pairs are tried to find which unknown value is which: a list that takes more is no match."""


def list_name(name: str) -> str:
    """What the argument is called that is the list of values of `name`."""
    return f"{name} in"


def is_list(name: str, value: Value) -> bool:
    return isinstance(value, str) and value[:1] == "{" and NAME.fullmatch(name) is not None


def list_value(array: Value, value: Callable[[Value], Value]) -> Value:
    """One way of writing the text of an array: sorted, each element once, quoted. Any other value stays as it is."""
    if not isinstance(array, str):
        return array
    try:
        elements = array_elements(array)
    except ValueError:
        return array
    return "{" + ",".join(sorted({_quoted(value(element)) for element in elements})) + "}"


def _quoted(element: Value) -> str:
    if element is None:
        return "NULL"
    text = str(element).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def match_list(template: str, observed: Value, bound: Mapping[str, str], match: Match) -> dict[str, str] | None:
    """What variables are bound where a recorded list, some elements of which have variables, is `observed`; None if it is not."""
    if not isinstance(observed, str):
        return None
    try:
        before, after = array_elements(template), array_elements(observed)
    except ValueError:
        return match(template, observed, bound)
    common = set(before) & set(after)
    left = [each for each in before if each not in common]
    right = [each for each in after if each not in common]
    return _assigned(left, right, bound, match, [MAX_TRIED]) if len(left) == len(right) else None


def _assigned(
    left: list[str | None], right: list[str | None], bound: Mapping[str, str], match: Match, tries: list[int]
) -> dict[str, str] | None:
    """The first way to give each of `left` another one of `right`. `tries` holds how many may still be tried."""
    if not left:
        return {}
    for index, each in enumerate(right):
        tries[0] -= 1
        if tries[0] < 0:
            return None
        new: dict[str, str] | None = match(left[0], each, bound)
        if new is None:
            continue
        rest = _assigned(left[1:], right[:index] + right[index + 1 :], {**bound, **new}, match, tries)
        if rest is not None:
            return new | rest
    return None
