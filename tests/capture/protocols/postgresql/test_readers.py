"""Values of the bytes on the wire."""

from __future__ import annotations

import pytest

from flowtape.capture.protocols.postgresql.readers import expand, reader


def test_formats_are_spread_over_the_values() -> None:
    assert expand((), 2) == (0, 0)
    assert expand((1,), 2) == (1, 1)
    assert expand((0, 1), 2) == (0, 1)
    assert expand((0, 1), 3) is None
    assert expand((), 0) == ()
    assert expand((1,), 0) == ()


@pytest.mark.parametrize(
    ("type_", "code", "cell", "value"),
    [
        (23, 0, b"7", "7"), (23, 1, b"\x00\x00\x00\x07", "7"), (25, 1, "é".encode(), "é"), (16384, 1, b"sad", b"sad"),
        (16384, 0, b"sad", "sad"), (23, 1, b"\x07", b"\x07"), (0, 1, b"\x07", b"\x07"),
    ],
)  # fmt: skip
def test_values(type_: int, code: int, cell: bytes, value: object) -> None:
    assert reader(type_, code, "utf-8")(cell) == value


@pytest.mark.parametrize("code", [0, 1])
def test_text_in_another_encoding_is_not_guessed(code: int) -> None:
    with pytest.raises(UnicodeDecodeError):
        reader(25, code, "utf-8")(b"\xff")
    assert reader(25, code, "latin-1")(b"\xe9") == "é"
