"""Portals: an answer handed out in parts."""

from __future__ import annotations

import pytest

from flowtape.capture import sql
from flowtape.capture.exchange import Column, SqlNotice, SqlResult
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.replay.protocols.postgresql.backend import Bound
from flowtape.replay.protocols.postgresql.errors import Refused
from flowtape.replay.protocols.postgresql.portal import Portal

A = (Column("a", 23),)
NOTICE = SqlNotice((("C", "01000"),))
ERROR = SqlNotice((("C", "22012"),))


def portal(answer: SqlResult, text: str = "SELECT a FROM t", formats: pg.Formats = ()) -> Portal:
    return Portal(Bound(text, sql.read(text)), formats, answer)


def test_all_at_once() -> None:
    answer = SqlResult(A, (("1",), ("2",)), "SELECT 2", notices=(NOTICE,))
    assert list(portal(answer).messages(0)) == [
        pg.NoticeResponse(NOTICE.fields),
        pg.DataRow((b"1",)),
        pg.DataRow((b"2",)),
        pg.CommandComplete("SELECT 2"),
    ]


def test_in_parts_notices_come_once() -> None:
    one = portal(SqlResult(A, (("1",), ("2",)), "SELECT 2", notices=(NOTICE,)), formats=(1,))
    assert [type(message) for message in one.messages(2)][-1] is pg.PortalSuspended
    assert list(one.messages(2)) == [pg.CommandComplete("SELECT 0")]
    assert one.description() == pg.RowDescription(A, (1,))


def test_an_error_comes_after_the_rows_before_it() -> None:
    one = portal(SqlResult(A, (("1",),), error=ERROR))
    messages = one.messages(0)
    assert next(messages) == pg.DataRow((b"1",))
    with pytest.raises(Refused):
        next(messages)


def test_no_columns_is_no_data_or_the_error() -> None:
    assert portal(SqlResult(tag="DO")).description() == pg.NoData()
    with pytest.raises(Refused):
        portal(SqlResult(error=ERROR)).description()


def test_what_was_left_suspended_has_no_more() -> None:
    one = portal(SqlResult(A, (("1",),), suspended=True))
    assert list(one.messages(1))[-1] == pg.PortalSuspended()
    with pytest.raises(Refused) as raised:
        list(one.messages(1))
    assert raised.value.notice.field("C") == "FT000"


def test_copy_out() -> None:
    answer = SqlResult(tag="COPY 1", copy_out=b"1\t2\n")
    assert list(portal(answer, "COPY t TO STDOUT").messages(0)) == [
        pg.CopyOutResponse(0, (0, 0)),
        pg.CopyData(b"1\t2\n"),
        pg.CopyDone(),
        pg.CommandComplete("COPY 1"),
    ]
