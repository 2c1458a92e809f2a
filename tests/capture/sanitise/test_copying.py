from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise.copying import SIGNATURE, copied
from flowtape.capture.sanitise.visitor import Visitor


def cell(place: int, value: str) -> str:
    return f"a\tb\\{place}" if value == "raw" else value


@pytest.mark.parametrize(
    ("statement", "data", "expected"),
    [
        ("COPY c FROM STDIN", "1\traw\t\\N\nx\\ty\t2\n\\.\n", "1\ta\\tb\\\\1\t\\N\nx\\ty\t2\n\\.\n"),
        ("COPY c FROM STDIN DELIMITER '|'", "1|raw\n", "1|a\\tb\\\\1\n"),
        ("COPY c TO STDOUT WITH (FORMAT csv)", '1,raw\n"x,y",2\n', '1,a\tb\\1\n"x,y",2\n'),
        ("COPY c TO STDOUT CSV", "1,2\r\n", "1,2\r\n"),
        ("COPY c FROM STDIN", "", ""),
    ],
)
def test_rows_are_read_and_written(marking: Visitor, statement: str, data: str, expected: str) -> None:
    assert copied(marking, statement, data.encode(), cell).decode() == expected


def binary(*values: bytes | None) -> bytes:
    fields = b"".join(struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v for v in values)
    return SIGNATURE + bytes(8) + struct.pack("!h", len(values)) + fields + b"\xff\xff"


def test_binary_rows_count_anew(marking: Visitor) -> None:
    assert copied(marking, "COPY c FROM STDIN BINARY", binary(b"raw", None, b"\0\xff"), cell) == binary(
        b"a\tb\\0", None, b"??"
    )


@given(st.integers(0, 49))
def test_binary_that_is_cut_off_keeps_no_half_rows(size: int) -> None:
    whole = binary(b"raw", b"raw and more of it")

    class Nothing:
        def data(self, value: bytes) -> bytes:
            return b""

    made = copied(Nothing(), "COPY c FROM STDIN BINARY", whole[:size], cell)  # type: ignore[arg-type]
    assert b"raw" not in made
