"""Elements, attributes and text put together to a tree, as XML and HTML have them.

`p` is the first child of that name and `p:2` the second; `@href` is an attribute, `text()` what stands between the elements. An
element with nothing but text is its text. Where children of several names stand in one element, `(order)` says in which order.
"""

from __future__ import annotations

from collections.abc import Iterable

from flowtape.replay.bodies.tree import MAX_DEPTH, Tree


class TooDeepError(ValueError):
    """Elements are nested deeper than a tree is walked."""


class Elements:
    """Told of each start, end and text in turn; `tree` is what came of it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Of the elements that are open, the outermost first."""
        self._open: list[tuple[dict[str, str], list[tuple[str, Tree]]]] = [({}, [])]

    def start(self, name: str, attributes: Iterable[tuple[str, str]]) -> None:
        if len(self._open) > MAX_DEPTH // 2:
            raise TooDeepError
        self.names.append(name)
        self._open.append(({f"@{key}": value for key, value in attributes}, []))

    def end(self) -> None:
        attributes, children = self._open.pop()
        self._open[-1][1].append((self.names.pop(), _element(attributes, children)))

    def piece(self, text: str, name: str = "text()") -> None:
        """Text between the elements, or a comment or the like under a name of its own."""
        self._open[-1][1].append((name, text))

    def tree(self) -> Tree:
        while self.names:
            self.end()
        return _element({}, self._open[0][1])


def _element(attributes: dict[str, str], children: list[tuple[str, Tree]]) -> Tree:
    if not attributes and all(name == "text()" for name, _ in children) and len(children) < 2:
        return children[0][1] if children else ""
    found: dict[str, Tree] = dict(sorted(attributes.items()))
    seen: dict[str, int] = {}
    for name, tree in children:
        seen[name] = seen.get(name, 0) + 1
        key = name if seen[name] == 1 else f"{name}:{seen[name]}"
        while key in found:  # a tag that is itself called so
            key += ":"
        found[key] = tree
    if len(seen) > 1:
        found["(order)"] = " ".join(name for name, _ in children)
    return found
