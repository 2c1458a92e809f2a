from __future__ import annotations

from flowtape.capture.correlate.remembered import Remembered


def test_the_last_ones_are_remembered() -> None:
    remembered = Remembered[str](2)
    for one in ("a", "b", "b", "c"):
        remembered.add(one)
    assert [one in remembered for one in "abc"] == [False, True, True]
