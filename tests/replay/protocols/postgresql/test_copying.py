"""COPY's formats, and its pieces."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.protocols.postgresql.copying import SIGNATURE, copy_format, pieces

FORMATS = {
    "COPY t (a, b) FROM STDIN": (0, 2),
    'COPY "s"."t" ("a,)", b, c) FROM STDIN WITH (FORMAT binary)': (1, 3),
    "COPY t FROM STDIN": (0, 0),
    "COPY t (a) TO STDOUT WITH BINARY": (1, 1),
    "COPY (SELECT a, b FROM t) TO STDOUT": (0, 0),
    "COPY t (a) FROM STDIN WITH (DELIMITER 'binary')": (0, 1),
}


@pytest.mark.parametrize(("text", "expected"), FORMATS.items())
def test_formats_as_the_text_lists_them(text: str, expected: tuple[int, int]) -> None:
    code, formats = copy_format(text)
    assert (code, len(formats)) == expected
    assert set(formats) <= {code}


def rows(*rows: tuple[bytes | None, ...]) -> list[bytes]:
    return [
        struct.pack(">h", len(row)) + b"".join(struct.pack(">i", -1 if c is None else len(c)) + (c or b"") for c in row)
        for row in rows
    ]


BINARY = rows((b"a", None), (b"", b"bc"))
HEAD = SIGNATURE + bytes(8)


def test_formats_as_the_data_has_them() -> None:
    query = "COPY (SELECT 1) TO STDOUT"
    assert len(copy_format(query, b"a\tb\tc\nd\te\tf\n")[1]) == 3
    assert len(copy_format(query + " (FORMAT csv)", b'"a,b",c\n')[1]) == 2
    assert len(copy_format(query + " (FORMAT binary)", HEAD + b"".join(BINARY))[1]) == 2
    assert len(copy_format(query + " (FORMAT binary)", HEAD + b"\xff\xff")[1]) == 0
    assert len(copy_format(query, b"")[1]) == 0


def test_each_row_is_a_piece() -> None:
    assert list(pieces(b"a\tb\nc\td\n", "COPY t TO STDOUT")) == [b"a\tb\n", b"c\td\n"]
    assert list(pieces(b'"a\nb",c\nd,e\n', "COPY t TO STDOUT CSV")) == [b'"a\nb",c\n', b"d,e\n"]
    assert list(pieces(HEAD + b"".join(BINARY) + b"\xff\xff", "")) == [HEAD + BINARY[0], BINARY[1], b"\xff\xff"]
    assert list(pieces(b"", "COPY t TO STDOUT")) == []


@given(st.binary(max_size=60), st.booleans())
def test_pieces_are_the_whole_whatever_it_is(data: bytes, binary: bool) -> None:
    data = HEAD + data if binary else data
    assert b"".join(pieces(data, "COPY t TO STDOUT")) == data
    assert b"".join(pieces(data, "COPY t TO STDOUT CSV")) == data
