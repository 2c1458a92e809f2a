"""Text in another encoding than UTF-8."""

from __future__ import annotations

import pytest

from flowtape.capture.exchange import Column
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.wire import serialize
from flowtape.replay.protocols.postgresql.encoding import decoded, encoded, spoken, spoken_message
from flowtape.replay.protocols.postgresql.errors import Refused


def test_both_ways() -> None:
    assert encoded("é\udcff", "latin-1") == b"\xe9\xff"
    assert decoded(b"\xe9", "latin-1") == "é"
    assert decoded(b"\xff", "utf-8") == "\udcff"
    assert spoken("é", "latin-1") == "\udce9"
    assert spoken("é", "utf-8") == "é"


def test_what_the_encoding_lacks_is_refused() -> None:
    with pytest.raises(Refused) as raised:
        spoken("中", "latin-1")
    assert raised.value.notice.field("C") == "22P05"


def test_messages_hold_the_clients_bytes() -> None:
    columns = spoken_message(pg.RowDescription((Column("ça", 25),), (0,)), "latin-1")
    assert b"\xe7a\0" in serialize(columns)
    error = spoken_message(pg.ErrorResponse((("M", "é"), ("D", "中"), ("H", "\udce9"))), "latin-1")
    assert serialize(error)[5:] == b"M\xe9\0D?\0H\xe9\0\0"
    assert spoken_message(pg.ParseComplete(), "latin-1") == pg.ParseComplete()
