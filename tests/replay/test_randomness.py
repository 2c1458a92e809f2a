from __future__ import annotations

import random
import sys
import types

import pytest

from flowtape.replay.randomness import seed


def test_the_same_number_gives_the_same_values_and_another_gives_others() -> None:
    before = random.getstate()
    try:
        drawn = []
        for number in (7, 7, 8):
            seed(number)
            drawn.append(random.random())
    finally:
        random.setstate(before)
    assert drawn[0] == drawn[1] != drawn[2]


def test_numpy_is_seeded_where_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    numpy = types.SimpleNamespace(random=types.SimpleNamespace(seed=told.append))
    monkeypatch.setitem(sys.modules, "numpy", numpy)
    before = random.getstate()
    seed(2**32 + 5)
    random.setstate(before)
    assert told == [5]
