"""Text in the client's encoding."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import Column
from flowtape.capture.protocols.postgresql.encoding import python_encoding, respoken, respoken_columns


@pytest.mark.parametrize(
    ("name", "python"),
    [("UTF8", "utf-8"), ("LATIN1", "iso8859-1"), ("LATIN9", "iso8859-15"), ("WIN1252", "cp1252"), ("EUC_JP", "euc_jp"),
     ("SQL_ASCII", "utf-8"), ("MULE_INTERNAL", "utf-8"), ("", "utf-8")],
)  # fmt: skip
def test_encodings_by_name(name: str, python: str) -> None:
    assert python_encoding(name) == python


def test_text_is_read_in_the_clients_encoding() -> None:
    read_as_utf8 = "é".encode("latin-1").decode("utf-8", "surrogateescape")
    assert respoken(read_as_utf8, "latin-1") == "é"
    assert respoken("é", "utf-8") == "é"
    assert respoken_columns((Column(read_as_utf8, 25), Column("a", 25)), "latin-1") == (
        Column("é", 25),
        Column("a", 25),
    )


def test_text_that_is_not_in_it_stays_recognisable() -> None:
    assert respoken("\udcff", "ascii").encode("utf-8", "surrogateescape") == b"\xff"
