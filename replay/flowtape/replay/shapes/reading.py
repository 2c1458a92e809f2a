"""From what stands in a flow file under `variables:` to a shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from flowtape.replay.shapes import digest, duration, identifier, jwt, number, password_hash, signed, timestamp, token
from flowtape.replay.shapes.anything import Anything, Pinned
from flowtape.replay.shapes.base import Shape

Reader: TypeAlias = Callable[[Any, dict[str, Any]], Shape]
"""Is given the value beside the shape's name and the keys beside it, from which it takes those that it knows."""

READERS: dict[str, Reader] = {
    "uuid": identifier.read,
    "timestamp": timestamp.read,
    "duration": duration.read,
    "token": token.read,
    "integer": number.read,
    "digest": digest.read,
    "etag": digest.read_etag,
    "password_hash": password_hash.read,
    "jwt": jwt.read,
    "signed": signed.read,
    "any": lambda _value, _rest: Anything(),
}

NAMES = f"{', '.join(READERS)}, or `value` for one that is pinned"


def shape(data: Any) -> Shape:
    """The shape that stands in a flow file. Raises ValueError that says what is wrong with it."""
    if isinstance(data, str):
        return Pinned(data)
    if not isinstance(data, dict):
        raise ValueError(f"a shape is a mapping of one of {NAMES}")
    rest = dict(data)
    pinned = rest.pop("value", None)
    kinds = [kind for kind in READERS if kind in rest]
    if len(kinds) > 1:
        raise ValueError(f"two shapes at once, `{kinds[0]}` and `{kinds[1]}`: a variable has one")
    found = READERS[kinds[0]](rest.pop(kinds[0]), rest) if kinds else None
    if rest:
        raise ValueError(f"unknown shape or key `{min(rest)}`; a shape is one of {NAMES}")
    if pinned is None:
        if found is None:
            raise ValueError(f"a shape is one of {NAMES}")
        return found
    return _pinned(pinned, found)


def contradiction(shapes: Mapping[str, Shape]) -> tuple[str, str]:
    """The name of a variable that contradicts another one, and how; two empty texts if there is none."""
    for name, each in shapes.items():
        for other in each.refers():
            if other not in shapes:
                return name, f"`${other}` stands in it, and no variable `{other}` is declared"
            if _stands_in(name, other, shapes, set()):
                return name, f"`{name}` and `{other}` each stand inside of the other"
    return "", ""


def _stands_in(name: str, outer: str, shapes: Mapping[str, Shape], seen: set[str]) -> bool:
    """Whether the variable `name` is, or is a part of, the variable `outer`."""
    if name == outer:
        return True
    if outer in seen or outer not in shapes:
        return False
    seen.add(outer)
    return any(_stands_in(name, inner, shapes, seen) for inner in shapes[outer].refers())


def _pinned(value: Any, of: Shape | None) -> Pinned:
    if not isinstance(value, str):
        raise ValueError("a pinned `value` is text or a number")
    if of is not None and not of.written(str(value)):
        raise ValueError(f"the pinned value `{value}` is no {next(iter(of.dump()))} such as this")
    return Pinned(str(value), of)
