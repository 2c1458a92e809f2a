from __future__ import annotations

import pytest

from flowtape.replay.bodies import Tree
from flowtape.replay.shapes.claims import Claims


class Told(Claims):
    def __init__(self, claims: str) -> None:
        self.claims = claims

    def content(self, text: str) -> Tree:
        return {"a": text, "b": [text]} if text else None

    def claiming(self, claims: str) -> Told:
        return Told(claims)


@pytest.mark.parametrize(
    ("claims", "text", "inner"),
    [
        ('{"a":"$x"}', "1", [("claims.a", '"$x"', '"1"'), ("claims.b[0]", "null", '"1"')]),
        ('{"a":"$x","c":2}', "", []),
        ("", "1", []),
    ],
)
def test_each_claim_has_its_place_on_both_sides(claims: str, text: str, inner: list[tuple[str, str, str]]) -> None:
    assert Told(claims).inner(text) == inner


def test_it_refers_to_the_variables_in_it() -> None:
    assert Told('{"a":"$x ${y}","b":"$5"}').refers() == ["x", "y"]
