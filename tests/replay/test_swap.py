from __future__ import annotations

from types import SimpleNamespace

from flowtape.replay.swap import Swap


class Parent:
    colour = "red"

    @staticmethod
    def sound() -> str:
        return "moo"


class Child(Parent):
    pass


def test_it_goes_on_and_off_as_often_as_one_likes() -> None:
    place = SimpleNamespace(value=1)
    swap = Swap(place, "value", 2)
    for _ in range(2):
        with swap:
            assert place.value == 2
        assert place.value == 1


def test_what_was_inherited_is_inherited_again() -> None:
    swap = Swap(Child, "colour", "blue")
    with swap:
        assert (Child.colour, Parent.colour) == ("blue", "red")
    assert "colour" not in vars(Child)
    assert Child.colour == "red"


def test_a_static_method_stays_one() -> None:
    swap = Swap(Parent, "sound", lambda: "baa")
    with swap:
        assert Parent.sound() == "baa"
    assert Parent().sound() == "moo"


def test_one_on_top_of_another_comes_off_first() -> None:
    place = SimpleNamespace(value=1)
    lower, upper = Swap(place, "value", 2), Swap(place, "value", 3)
    with lower:
        with upper:
            assert place.value == 3
        assert place.value == 2
    assert place.value == 1
