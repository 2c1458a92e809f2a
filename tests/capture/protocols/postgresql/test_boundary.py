"""Where a conversation may be taken up again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import wire
from flowtape.capture.protocols.postgresql.boundary import begins_batch, may_answer

BIND = (pg.Parse("", "SELECT $1"), pg.Bind("", "", (), (b"x",)), pg.Describe("P"), pg.Execute(), pg.Sync())


def said(*messages: Any) -> bytes:
    return b"".join(map(wire.serialize, messages))


@pytest.mark.parametrize("messages", [(pg.Query("SELECT 1"),), BIND, (pg.Sync(),), (pg.Close("S", "s"), pg.Sync())])
def test_a_whole_batch_begins_at_its_first_byte(messages: tuple[Any, ...]) -> None:
    assert begins_batch(said(*messages))


@pytest.mark.parametrize(
    "messages",
    [
        (), BIND[:-1], (pg.Query("a"), pg.Query("b")), (*BIND, *BIND), (pg.CopyData(b"x"), pg.Sync()), (pg.Terminate(),),
        (pg.PasswordMessage(),), (pg.Unknown(b"?", b""), pg.Sync()), (pg.Execute(), pg.Query("a")),
    ],
)  # fmt: skip
def test_what_is_not_one_batch_does_not(messages: tuple[Any, ...]) -> None:
    assert not begins_batch(said(*messages))


@given(st.integers(1, 200))
def test_a_part_of_a_batch_does_not(cut: int) -> None:
    whole = said(*BIND)
    if cut < len(whole) - 5:
        assert not begins_batch(whole[:cut])
    assert not begins_batch(b"\x00" + whole)


@given(st.binary(max_size=100))
def test_garbage_raises_nothing(data: bytes) -> None:
    begins_batch(data)
    may_answer(pg.Query(""), data)


def test_only_its_own_answers_answer_a_question() -> None:
    assert may_answer(pg.Query("SELECT 1"), said(pg.CommandComplete("SELECT 1")))
    assert may_answer(pg.Parse("", ""), said(pg.ErrorResponse(())))
    assert not may_answer(pg.Parse("", ""), said(pg.BindComplete()))
    assert not may_answer(pg.Query(""), said(pg.DataRow((b"1",))))
    assert not may_answer(pg.Query(""), b"C\x00\x00")
    assert not may_answer(pg.Query(""), b"C\x7f\xff\xff\xff")
