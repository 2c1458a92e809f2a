"""Parameters and rows in text and binary."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import Column
from flowtape.replay.protocols.postgresql.errors import Refused
from flowtape.replay.protocols.postgresql.values import read_parameters, spread, write_row

INT4, TEXT, ENUM = Column("a", 23), Column("b", 25), Column("c", 70000)


def test_parameters_are_read_as_text_where_their_type_is_known() -> None:
    assert read_parameters((b"\x00\x00\x00\x05", None, b"x"), (1, 1, 0), (23, 23)) == ("5", None, "x")
    assert read_parameters((b"\x00\x05",), (1,), ()) == (b"\x00\x05",)
    assert read_parameters((b"\xff",), (), ()) == ("\udcff",)


def test_a_binary_value_of_another_type_is_refused() -> None:
    with pytest.raises(Refused) as raised:
        read_parameters((b"\x00",), (1,), (23,))
    assert raised.value.notice.field("C") == "22P03"


def test_rows_are_written_as_asked() -> None:
    assert write_row(("5", "x", "fine"), (INT4, TEXT, ENUM), (1, 0, 1)) == (b"\x00\x00\x00\x05", b"x", b"fine")
    assert write_row((None, b"raw", "\udcff"), (INT4, ENUM, TEXT), (1, 1, 0)) == (None, b"raw", b"\xff")


def test_what_the_record_cannot_say_in_binary_is_refused() -> None:
    with pytest.raises(Refused):
        write_row(("five",), (INT4,), (1,))
    with pytest.raises(ValueError, match="zip"):
        write_row(("5",), (INT4, TEXT), (0, 0))


def test_formats_spread_over_values() -> None:
    assert spread((), 2) == (0, 0)
    assert spread((1,), 2) == (1, 1)
    assert spread((1, 0), 2) == (1, 0)
    with pytest.raises(Refused):
        spread((1, 0), 3)


def test_text_is_in_the_clients_encoding() -> None:
    assert write_row(("é", "é"), (TEXT, TEXT), (0, 1), "latin-1") == (b"\xe9", b"\xe9")
    assert read_parameters((b"\xe9", b"\xe9"), (0, 1), (25, 25), "latin-1") == ("é", "é")
    with pytest.raises(Refused) as raised:
        write_row(("中",), (TEXT,), (0,), "latin-1")
    assert raised.value.notice.field("C") == "22P05"
