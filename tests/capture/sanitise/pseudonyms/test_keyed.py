from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise.pseudonyms.keyed import Draw, Keyed, mark


@given(st.text(), st.integers(1, 2**64))
def test_a_draw_is_below_its_limit_and_the_same_each_time(value: str, limit: int) -> None:
    keyed = Keyed(b"k" * 16)
    drawn = [keyed.draw("label", value).below(limit) for _ in range(2)]
    assert drawn[0] == drawn[1] < limit


def test_draws_do_not_run_out_and_spread() -> None:
    draw = Draw(b"seed")
    assert set(draw.bytes(8000)) == set(range(256))


def test_key_label_value_and_attempt_each_matter() -> None:
    keyed = Keyed(b"k" * 16)
    draws = [
        keyed.draw("a", "x"),
        keyed.draw("b", "x"),
        keyed.draw("a", "y"),
        keyed.draw("a", "x", 1),
        Keyed(b"l" * 16).draw("a", "x"),
    ]
    assert len({draw.below(2**60) for draw in draws}) == 5


def test_the_mark_needs_no_key() -> None:
    assert mark("x").below(1000) == mark("x").below(1000)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        Keyed(b"short")


def test_a_lone_surrogate_has_a_draw() -> None:
    assert Keyed(b"k" * 16).draw("a", "\ud800").below(10) < 10
