from __future__ import annotations

import pytest

from flowtape.replay.shapes import Duration, shape


@pytest.mark.parametrize(
    ("of", "text", "matches"),
    [(Duration("ms"), "12", True), (Duration("ms"), "1.5e-05", True), (Duration("ms"), "60001", False), (Duration("s"), "-0.1", False),
     (Duration("s"), "59.9", True), (Duration("s"), "soon", False), (Duration("us", 0.5, 1), "600000", True)],
)  # fmt: skip
def test_a_duration_is_within_its_bounds(of: Duration, text: str, *, matches: bool) -> None:
    assert of.matches(text, 0) is matches


@pytest.mark.parametrize(
    "data", [{"duration": "weeks"}, {"duration": "ms", "from": "2s", "to": "1s"}, {"duration": "s", "to": "5"}]
)
def test_what_is_no_duration_is_refused(data: object) -> None:
    with pytest.raises(ValueError):
        shape(data)
