"""Single values; what the server prints is in test_values."""

from __future__ import annotations

import decimal
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.protocols.postgresql import scalars


@given(st.binary(max_size=30))
def test_bytea_there_and_back(data: bytes) -> None:
    assert scalars.bytea_binary(scalars.bytea_text(data)) == data


def test_bytea_in_its_older_format() -> None:
    assert scalars.bytea_binary(r"a\\b\000\377") == b"a\\b\x00\xff"
    with pytest.raises(ValueError, match="not a bytea"):
        scalars.bytea_binary(r"a\9")


@given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: abs(number.adjusted()) < 100))
def test_numerics_keep_their_value(number: decimal.Decimal) -> None:
    assert decimal.Decimal(scalars.numeric_text(scalars.numeric_binary(str(number)))) == number


@given(st.floats(allow_nan=False), st.floats(width=32, allow_nan=False))
def test_floats_keep_every_bit(number: float, small: float) -> None:
    assert float(scalars.float8_text(struct.pack(">d", number))) == number
    assert scalars.floating(">f")(scalars.float4_text(struct.pack(">f", small))) == struct.pack(">f", small)


@given(st.text("01", max_size=40))
def test_bit_strings_there_and_back(bits: str) -> None:
    assert scalars.bit_text(scalars.bit_binary(bits)) == bits


@pytest.mark.parametrize("text", ["32768", "-32769", "x", "", "1.5"])
def test_integers_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        scalars.integer(2)[1](text)


@pytest.mark.parametrize("text", ["", ".", "-", "e5", "1e", "0x1", "1_0.0_"])
def test_what_is_no_numeric_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        scalars.numeric_binary(text)


@pytest.mark.parametrize(("text", "data"), [("TRUE", b"\x01"), ("off", b"\x00"), (" y ", b"\x01")])
def test_bools_in_their_many_spellings(text: str, data: bytes) -> None:
    assert scalars.bool_binary(text) == data
