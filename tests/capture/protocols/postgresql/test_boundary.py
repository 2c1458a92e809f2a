"""Where a conversation may be taken up again."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowtape.capture.codec import Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Column, Connection, Exchange, SqlResult, SqlStatement
from flowtape.capture.protocols.opaque import OpaqueCodec as Opaque
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import wire
from flowtape.capture.protocols.postgresql.boundary import begins_batch, may_answer
from flowtape.capture.protocols.postgresql.codec import PostgresqlCodec

MILLISECOND = 1_000_000
CONNECTION = Connection("c1", Address("10.0.0.1", 50000), Address("10.0.0.2", 5432), "db")
Spoken = list[tuple[Side, bytes]]
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


# -- conversations with holes in them


def asked(exchange: Exchange) -> SqlStatement:
    assert isinstance(exchange.question, SqlStatement)
    return exchange.question


def told(exchange: Exchange) -> SqlResult:
    assert isinstance(exchange.answer, SqlResult)
    return exchange.answer


def client(*messages: Any) -> tuple[Side, bytes]:
    return Side.CLIENT, b"".join(map(wire.serialize, messages))


def server(*messages: Any) -> tuple[Side, bytes]:
    return Side.SERVER, b"".join(map(wire.serialize, messages))


def ready(status: Any = "I") -> pg.ReadyForQuery:
    return pg.ReadyForQuery(status)


def column(name: str = "a", type_: int = 25, code: int = 0) -> pg.RowDescription:
    return pg.RowDescription((Column(name, type_),), (code,))


def row(value: bytes | None) -> pg.DataRow:
    return pg.DataRow((value,))


START: Spoken = [
    client(pg.StartupMessage((("user", "u"),))),
    server(pg.AuthenticationOk(), pg.ParameterStatus("client_encoding", "UTF8"), pg.BackendKeyData(1), ready()),
]


def batch(number: int, *, simple: bool) -> Spoken:
    """A question whose answer names it: SELECT 'n' gives n; the rows of distinct questions differ."""
    text = f"SELECT {number} FROM t"
    answer = (row(str(number).encode()), pg.CommandComplete("SELECT 1"), ready())
    if simple:
        return [client(pg.Query(text)), server(column(), *answer)]
    questions = (pg.Parse("", text), pg.Bind("", ""), pg.Describe("P", ""), pg.Execute(), pg.Sync())
    return [client(*questions), server(pg.ParseComplete(), pg.BindComplete(), column(), *answer)]


def named(number: int, *, parse: bool) -> Spoken:
    """As `batch`, with a named statement, that is prepared by its first use and again, differently, later."""
    answer = (column(), row(str(number).encode()), pg.CommandComplete("SELECT 1"), ready())
    use = (pg.Bind("", "s"), pg.Describe("P", ""), pg.Execute(), pg.Sync())
    if not parse:
        return [client(*use), server(pg.BindComplete(), *answer)]
    questions = (pg.Close("S", "s"), pg.Parse("s", f"SELECT {number} FROM t"), *use)
    return [client(*questions), server(pg.CloseComplete(), pg.ParseComplete(), pg.BindComplete(), *answer)]


KINDS = ["simple", "extended", "named", "again", "ahead"]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_loss_anywhere_never_gives_a_wrong_exchange(data: st.DataObject) -> None:
    numbers = itertools.count(1)
    spoken = list(START) if data.draw(st.booleans()) else []
    joined = not spoken
    current = 0
    for kind in data.draw(st.lists(st.sampled_from(KINDS), min_size=3, max_size=12)):
        number = next(numbers)
        if kind in ("simple", "extended"):
            spoken += batch(number, simple=kind == "simple")
        elif kind == "ahead":  # the client does not wait for its answers
            batches = [
                batch(number, simple=False),
                batch(next(numbers), simple=False),
                batch(next(numbers), simple=True),
            ]
            spoken += [chunk for side in (0, 1) for chunk in (each[side] for each in batches)]
        else:
            current = number if kind == "named" or not current else current
            spoken += named(current, parse=current == number)
    lost = data.draw(st.sets(st.integers(0, len(spoken) - 1), max_size=3))
    gaps = data.draw(
        st.lists(st.sampled_from([1, 10 * MILLISECOND, 10**9]), min_size=len(spoken), max_size=len(spoken))
    )
    conversation = Conversation(CONNECTION, [PostgresqlCodec, Opaque], hint="postgresql", joined=joined)
    at = 10**18
    for index, ((side, chunk), gap) in enumerate(zip(spoken, gaps, strict=True)):
        at += gap
        if index not in lost:
            conversation.hear(side, chunk, at)
            continue
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(chunk))] * 2)))
        conversation.hear(side, chunk[:start], at)
        if start < end:
            conversation.lose(side, end - start, at)
        conversation.hear(side, chunk[end:], at)
    conversation.close(at)
    for exchange in conversation.exchanges():
        if isinstance(exchange.question, SqlStatement) and not exchange.incomplete and not exchange.session:
            own = exchange.question.text.split()[1]
            assert told(exchange).rows == ((own,),)
            assert told(exchange).tag == "SELECT 1"


def test_a_statement_that_was_prepared_anew_unheard_is_forgotten() -> None:
    conversation = Conversation(CONNECTION, [PostgresqlCodec, Opaque], hint="postgresql")
    at = 10**18
    for index, (side, chunk) in enumerate(
        [
            *START,
            *named(1, parse=True),
            *named(2, parse=True),
            *batch(3, simple=True),
            *batch(4, simple=True),
            *named(2, parse=False),
        ]
    ):
        at += 10 * MILLISECOND
        if index in (4, 5):
            conversation.lose(side, len(chunk), at)
        else:
            conversation.hear(side, chunk, at)
    exchange = conversation.exchanges()[-1]
    assert (told(exchange).rows, exchange.incomplete) == ((("2",),), "prepared before capture began")


def test_a_connection_joined_in_the_middle_is_taken_up_again() -> None:
    conversation = Conversation(CONNECTION, [PostgresqlCodec, Opaque], hint="postgresql", joined=True)
    at = 10**18
    for number in range(1, 7):
        for side, chunk in batch(number, simple=number % 2 == 0):
            at += 10 * MILLISECOND
            conversation.hear(side, chunk, at)
    exchanges = conversation.exchanges()
    assert [bool(exchange.incomplete) for exchange in exchanges] == [True, True, False, False, False, False]
    assert conversation.counters["resumed"] == 2


def test_a_statement_prepared_before_capture_is_never_guessed() -> None:
    conversation = Conversation(CONNECTION, [PostgresqlCodec, Opaque], hint="postgresql", joined=True)
    at = 10**18
    for side, chunk in [*batch(1, simple=True), *batch(2, simple=True), *named(3, parse=False), *named(4, parse=True)]:
        at += 10 * MILLISECOND
        conversation.hear(side, chunk, at)
    *_, unknown, known = conversation.exchanges()
    assert unknown.incomplete == "prepared before capture began"
    assert (known.incomplete, asked(known).text) == ("", "SELECT 4 FROM t")
