"""What shapes have in common whose values hold others: tokens that anyone can read."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from flowtape.replay.bodies import Tree, json_body
from flowtape.replay.bodies.tree import leaves
from flowtape.replay.shapes.base import REFERENCE, Inner, Shape


class Claims(Shape):
    """`claims` is a JSON text, "" where nothing is asserted; a claim may be a variable."""

    __slots__ = ()
    claims: str

    @abstractmethod
    def content(self, text: str) -> Tree:
        """What `text` claims, numbers as they are written; None if it is no such token."""

    @abstractmethod
    def claiming(self, claims: str) -> Claims:
        """The same with other claims."""

    def inner(self, text: str) -> list[Inner]:
        found = self.content(text)
        if not self.claims or found is None:
            return []
        recorded = dict(leaves(json_body.read(self.claims.encode()), "claims"))
        observed = dict(leaves(found, "claims"))
        places = [*recorded, *(place for place in observed if place not in recorded)]
        return [(place, _json(recorded.get(place)), _json(observed.get(place))) for place in places]

    def refers(self) -> list[str]:
        return [found[2] for found in REFERENCE.finditer(self.claims) if not found[2][0].isdigit()]


def _json(leaf: Any) -> str:
    return json_body.write(leaf) if leaf is not None else "null"
