"""What a developer gave to a flow's variables by hand, carried over to what was heard and learned anew.

- **Names**: a variable that stands where the file has one is called what that one is.
- **Shapes**: it is of that one's shape, too, be it wider or pinned.
- What does not vary any more, and is of the shape of the variable that the file has there, **stays a variable**.
- A **value written out** in the file, where something of its shape varies now, stands there again.

Of a name all is seen at once. Whether the rest still holds only replays can tell: it is *on trial*.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from flowtape.replay.flowfile import Case
from flowtape.replay.match import asked
from flowtape.replay.shapes import REFERENCE, Claims, Pinned, Shape
from flowtape.replay.unordered.places import kept
from flowtape.replay.variables import Variables
from flowtape.testgen.name import variable_name
from flowtape.testgen.places import RESPONSE, Place, all_texts, edited, places, recorded_questions
from flowtape.testgen.placing import placed

LEVEL = 2
"""The highest level: 2 is all, 1 is without values written out (what merely varies since looks like them), 0 is names alone."""
HEADER = re.compile(r"headers\[\d+\]")
Key: TypeAlias = tuple[int, str]
"""A place by what its call asks, so that it is the same in both cases."""


@dataclass(frozen=True, slots=True)
class Carried:
    """`lost` says what could not be kept. `tried` is the highest level of what is on trial in `case`, 0 if nothing is."""

    case: Case
    tried: int = 0
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Trial:
    """Something that may still hold, from which level on it is tried (never, if that is 0), and how it is said that it does not."""

    level: int
    words: str
    variables: Mapping[str, Shape] = field(default_factory=dict)
    texts: Mapping[Place, str] = field(default_factory=dict)


def carried(before: Case, now: Case, level: int) -> Carried:
    """`now`, learned anew, with what `before`, the file's case, has by hand, as far as `level` goes."""
    index = _aligned(before, now)
    now = _named(before, now, index)
    lost, tried = [], 0
    for each in _trials(before, now, index):
        changed = _with(now, each) if 0 < each.level <= level else None
        if changed is None:
            lost.append(each.words)
        else:
            now, tried = changed, max(tried, each.level)
    return Carried(_ordered(before, now, index), tried, (*lost, *_budgets(before, now)))


def _ordered(before: Case, now: Case, index: Mapping[int, int]) -> Case:
    """Variables in the file's order, those that still stand somewhere, and its lists in any order."""
    used = {found[2] for found in REFERENCE.finditer(all_texts(now))}
    used |= {name for shape in now.variables.values() for name in shape.refers()}
    order = [name for name in (*before.variables, *now.variables) if name in now.variables and name in used]
    variables = {name: now.variables[name] for name in order}
    calls = [(index.get(number, -1), call.question) for number, call in enumerate(now.calls)]
    lists = kept(before.unordered, now.response, calls)
    return replace(now, variables=variables, unordered=tuple(dict.fromkeys([*now.unordered, *lists])))


def _budgets(before: Case, now: Case) -> list[str]:
    """Those of questions that are not asked any more."""
    still = {(call.dependency, asked(call.question).fingerprint) for call in now.calls}
    gone = [(call, asked(call.question)) for call in before.calls if call.budget > 1]
    return [
        f"budget {call.budget}: `{_shortened(meant.words)}` is not asked any more"
        for call, meant in gone
        if (call.dependency, meant.fingerprint) not in still
    ]


def _with(case: Case, trial: _Trial) -> Case | None:
    for place, text in trial.texts.items():
        changed = placed(case, place, text)
        if changed is None:
            return None
        case = changed
    return replace(case, variables={**case.variables, **trial.variables})


# -- which place is which


def _aligned(before: Case, now: Case) -> dict[int, int]:
    """The index that each call of `now` had in `before`: the same question, as often as it was asked before it."""
    indexes = {key: index for index, key in enumerate(_keys(before))}
    return {index: indexes[key] for index, key in enumerate(_keys(now)) if key in indexes}


def _keys(case: Case) -> Iterator[tuple[str, ...]]:
    seen: Counter[tuple[str, ...]] = Counter()
    for call in case.calls:
        meant = asked(call.question)
        kind = call.dependency, meant.fingerprint, meant.subject if meant.protocol == "http" else ""
        seen[kind] += 1
        yield *kind, str(seen[kind])


def _texts(case: Case, index: Mapping[int, int] | None = None) -> dict[Key, tuple[Place, str]]:
    """What stands at each place, calls by `index`, where they have one; a header's place in the order does not count."""
    found: dict[Key, tuple[Place, str]] = {}
    for place, text in places(case.response, recorded_questions(case)).items():
        call = place.call if index is None or place.call == RESPONSE else index.get(place.call)
        if call is not None:
            found[call, HEADER.sub("headers", place.path)] = place, text
    return found


def _references(case: Case, text: str) -> list[str]:
    return [found[2] for found in REFERENCE.finditer(text) if found[2] in case.variables]


# -- names


def _named(before: Case, now: Case, index: Mapping[int, int]) -> Case:
    """`now` with the names that `before` has at the same places, unless such a name is a text of the flow itself."""
    old, new = _texts(before), _texts(now, index)
    votes: Counter[tuple[str, str]] = Counter()
    for key in old.keys() & new.keys():
        ours, theirs = _references(now, new[key][1]), _references(before, old[key][1])
        if len(ours) == len(theirs):
            votes.update(zip(ours, theirs, strict=True))
    texts = {found[2] for found in REFERENCE.finditer(all_texts(now))} - now.variables.keys()
    names: dict[str, str] = {}
    for (name, given), _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0])):
        if name not in names and given not in names.values() and given not in texts:
            names[name] = given
    for name in now.variables:
        if name not in names:
            names[name] = _unused(name, {*names.values(), *(now.variables.keys() - names.keys() - {name})})
    return _renamed(now, names)


def _unused(name: str, taken: set[str]) -> str:
    base, number = name, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def _renamed(case: Case, names: Mapping[str, str]) -> Case:
    def reference(found: re.Match[str]) -> str:
        return found[0].replace(found[2], names[found[2]]) if found[2] in names else found[0]

    def edit(text: str) -> str:
        return REFERENCE.sub(reference, text)

    variables = {
        names[name]: shape.claiming(edit(shape.claims)) if isinstance(shape, Claims) else shape
        for name, shape in case.variables.items()
    }
    return replace(edited(case, edit, {}, edit), variables=variables)


# -- what is on trial


def _trials(before: Case, now: Case, index: Mapping[int, int]) -> Iterator[_Trial]:
    old, new = _texts(before), _texts(now, index)
    both = [(old[key], new[key]) for key in new if key in old]
    yield from _shapes(before, now)
    gone = [name for name in before.variables if name not in now.variables]
    for name in gone:
        yield from _steady(name, before, now, both)
    for (_, text), there in both:
        yield from _written_out(before, now, text, there)


def _shapes(before: Case, now: Case) -> Iterator[_Trial]:
    """Where they differ. A token's claims are the live dependencies': they are learned anew, but for a list of their names."""
    for name, shape in now.variables.items():
        old = before.variables.get(name)
        if old is None or old == shape or (isinstance(old, Claims) and old.claims):
            continue
        yield _Trial(1, f"{name}: {_said(old)}, learned anew as {_said(shape)}", {name: old})


def _steady(
    name: str, before: Case, now: Case, both: Iterable[tuple[tuple[Place, str], tuple[Place, str]]]
) -> Iterator[_Trial]:
    """What stands where the file's variable `name` stood alone, if that is one value of its shape."""
    variables = Variables(before.variables, now.captured.at)
    said = f"{name}: {_said(before.variables[name])}"
    texts: dict[Place, str] = {}
    for (_, template), (place, text) in both:
        if name not in (names := _references(before, template)):
            continue
        if names != [name] or _references(now, text) or not variables.unify(template, text):
            if _by_hand(name, before):
                yield _Trial(0, f"{said}, and {place} is {_shortened(text)} now")
            return
        texts[place] = template
    if texts:
        yield _Trial(1, said, {name: before.variables[name]}, texts)
    elif _by_hand(name, before):
        yield _Trial(0, f"{said}, and nothing stands where it stood")


def _by_hand(name: str, before: Case) -> bool:
    """Whether the variable is pinned, or has another name than it would be given."""
    if isinstance(before.variables[name], Pinned):
        return True
    texts = places(before.response, recorded_questions(before))
    where = [place for place, text in texts.items() if name in _references(before, text)]
    base = variable_name(before, where, before.variables[name], lambda _: False, texts)
    return re.fullmatch(rf"{re.escape(base)}(_\d+)?", name) is None


def _written_out(before: Case, now: Case, text: str, there: tuple[Place, str]) -> Iterator[_Trial]:
    place, template = there
    names = _references(now, template)
    if not names or _references(before, text):
        return
    if Variables(now.variables, now.captured.at).match(template, text) is not None:
        yield _Trial(2, f"{place}: {_shortened(text)} was written there, and ${names[0]} varies", texts={place: text})


def _said(shape: Shape) -> str:
    told = shape.dump()
    if set(told) == {"value"}:
        return f"pinned to {_shortened(told['value'])}"
    return "{" + ", ".join(f"{key}: {value}" for key, value in told.items()) + "}"


def _shortened(text: str, limit: int = 60) -> str:
    return str(text) if len(text) <= limit else text[: limit - 1] + "…"
