"""A body is read to its end and never past it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.protocols.postgresql import fields
from flowtape.capture.protocols.postgresql.fields import Fields
from flowtape.capture.stream import DecodeError

CELLS = st.lists(st.none() | st.binary(max_size=20), max_size=8).map(tuple)


@given(CELLS)
def test_cells_are_read_as_written(cells: tuple[bytes | None, ...]) -> None:
    body = Fields(fields.cells(cells), "test")
    assert body.cells() == cells
    body.done()


@given(CELLS.filter(bool), st.data())
def test_cells_cut_off_are_an_error(cells: tuple[bytes | None, ...], data: st.DataObject) -> None:
    whole = fields.cells(cells)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(DecodeError):
        Fields(cut, "test").cells()


@given(st.binary(max_size=60))
def test_any_bytes_are_cells_or_a_decode_error(data: bytes) -> None:
    try:
        Fields(data, "test").cells()
    except DecodeError:
        return


@given(st.binary(max_size=20).filter(lambda data: b"\x00" not in data))
def test_text_of_any_encoding_survives(data: bytes) -> None:
    text = Fields(data + b"\x00", "test").text()
    assert fields.text(text) == data + b"\x00"


def test_a_zero_byte_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="zero byte"):
        fields.text("a\x00b")


def test_a_string_without_its_end_is_an_error() -> None:
    with pytest.raises(DecodeError, match="zero byte"):
        Fields(b"abc", "test").text()


def test_counts_are_held_against_what_is_there() -> None:
    with pytest.raises(DecodeError, match="65535 items"):
        Fields(b"\xff\xff", "test").cells()
    with pytest.raises(DecodeError, match="items"):
        Fields(b"\x7f\xff\xff\xff", "test").fits(0x7FFFFFFF, 1)
    with pytest.raises(DecodeError):
        Fields(b"\x00\x01\xff\xff\xff\xfe", "test").cells()


def test_a_format_is_text_or_binary() -> None:
    assert Fields(b"\x00\x02\x00\x00\x00\x01", "test").formats() == (0, 1)
    with pytest.raises(DecodeError, match="format"):
        Fields(b"\x00\x01\x00\x02", "test").formats()


def test_leftovers_are_an_error() -> None:
    with pytest.raises(DecodeError, match="1 bytes too many"):
        Fields(b"x", "test").done()
