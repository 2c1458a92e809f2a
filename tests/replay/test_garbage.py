from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from flowtape.replay.garbage import kept


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


class Circle:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_made_meanwhile_is_never_looked_through() -> None:
    with kept():
        assert not gc.isenabled()
        made = [Circle()]
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert not any(each is made for each in gc.get_objects())


def test_what_is_made_later_is_collected_as_ever() -> None:
    with kept():
        pass
    gone = weakref.ref(Circle())
    gc.collect()
    assert gone() is None


def test_the_collector_is_on_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), kept():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_a_collector_that_is_off_is_let_alone() -> None:
    gc.disable()
    with kept():
        pass
    assert not gc.isenabled()
    assert gc.get_freeze_count() == 0
