from __future__ import annotations

from flowtape.replay.shapes import Anything, Pinned, Timestamp, Uuid


def test_anything_is_anything() -> None:
    assert Anything().matches("\x00", 0)


def test_a_pinned_value_is_that_value_in_any_way_of_writing_it() -> None:
    pinned = Pinned("b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", Uuid(4))
    assert pinned.matches("B7E3C9E25F6A4D3B8A7E1F2D3C4B5A69", 0)
    assert not pinned.matches("00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69", 0)
    assert Pinned("2026-11-20T10:11:12Z", Timestamp()).matches("2026-11-20 11:11:12+01", 0)
    assert Pinned("a.b").matches("a.b", 0)
    assert not Pinned("a.b").matches("axb", 0)
    assert Pinned("1", None).numeric is False
