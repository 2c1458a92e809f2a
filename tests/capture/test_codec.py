"""The two sides of a connection; what is said of codecs in general is in protocols/test_codecs.py."""

from __future__ import annotations

from flowtape.capture.codec import Side


def test_each_side_has_another() -> None:
    assert Side.CLIENT.other is Side.SERVER
    assert Side.SERVER.other is Side.CLIENT
