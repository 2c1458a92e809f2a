from __future__ import annotations

import pytest

from flowtape.replay.bodies.elements import Elements, TooDeepError


def test_an_element_with_nothing_but_text_is_its_text() -> None:
    elements = Elements()
    elements.start("a", [])
    elements.start("b", [])
    elements.piece("one")
    elements.end()
    elements.start("b", [("id", "2")])
    assert elements.tree() == {"a": {"b": "one", "b:2": {"@id": "2"}}}


def test_the_order_of_unlike_children_is_kept() -> None:
    def tree(*names: str) -> object:
        elements = Elements()
        for name in names:
            elements.start(name, [])
            elements.end()
        return elements.tree()

    assert tree("i", "b") == {"i": "", "b": "", "(order)": "i b"}
    assert tree("i", "b") != tree("b", "i")


def test_nesting_has_an_end() -> None:
    def nested(depth: int) -> Elements:
        elements = Elements()
        for _ in range(depth):
            elements.start("a", [])
        return elements

    nested(50)
    with pytest.raises(TooDeepError):
        nested(10_000)


def test_a_tag_that_is_called_like_a_second_one_hides_nothing() -> None:
    elements = Elements()
    for name, text in (("a", "1"), ("a", "2"), ("a:2", "3")):
        elements.start(name, [])
        elements.piece(text)
        elements.end()
    assert elements.tree() == {"a": "1", "a:2": "2", "a:2:": "3", "(order)": "a a a:2"}
