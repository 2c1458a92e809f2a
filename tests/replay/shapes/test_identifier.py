from __future__ import annotations

import pytest

from flowtape.replay.shapes import Uuid


@pytest.mark.parametrize(
    ("of", "text", "matches"),
    [
        (Uuid(4), "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", True),
        (Uuid(4), "B7E3C9E25F6A4D3B8A7E1F2D3C4B5A69", True),
        (Uuid(4), "b7e3c9e2-5f6a-1d3b-8a7e-1f2d3c4b5a69", False),
        (Uuid(0), "b7e3c9e2-5f6a-1d3b-8a7e-1f2d3c4b5a69", True),
        (Uuid(7), "b7e3c9e2-5f6a-7d3b-8a7e-1f2d3c4b5a69\n", False),
    ],
)
def test_a_uuid_is_of_its_version(of: Uuid, text: str, *, matches: bool) -> None:
    assert of.matches(text, 0) is matches


def test_two_ways_of_writing_one_are_the_same() -> None:
    assert Uuid().canonical("B7-E3") == Uuid().canonical("b7e3")
