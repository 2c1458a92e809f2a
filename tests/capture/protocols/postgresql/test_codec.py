"""Real drivers' traffic against a real server becomes exchanges by meaning; and no split or loss makes a wrong one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncpg
import psycopg
import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowtape.capture.codec import Side
from flowtape.capture.conversation import Conversation
from flowtape.capture.exchange import Address, Connection, Exchange, SqlResult, SqlStatement
from flowtape.capture.protocols.opaque import OpaqueCodec as Opaque
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import wire
from flowtape.capture.protocols.postgresql.codec import PostgresqlCodec

Relay = Any
"""conftest's Relay, which cannot be imported from here."""

MILLISECOND = 1_000_000
CONNECTION = Connection("c1", Address("10.0.0.1", 50000), Address("10.0.0.2", 5432), "db")
Spoken = list[tuple[Side, bytes]]


def asked(exchange: Exchange) -> SqlStatement:
    assert isinstance(exchange.question, SqlStatement)
    return exchange.question


def told(exchange: Exchange) -> SqlResult:
    assert isinstance(exchange.answer, SqlResult)
    return exchange.answer


def brief(exchanges: list[Exchange]) -> list[tuple[Any, ...]]:
    """Text, parameters, tag and rows of what is not session traffic; all must be whole."""
    assert [exchange.incomplete for exchange in exchanges] == [""] * len(exchanges)
    return [
        (asked(e).text, asked(e).parameters, told(e).tag, told(e).rows)
        for e in exchanges
        if not e.session and not asked(e).describe
    ]


# -- real drivers


def test_psycopg_in_a_transaction(relay: Relay) -> None:
    with psycopg.connect(relay.url) as connection:
        connection.execute("CREATE TEMP TABLE t (id int, name text)")
        connection.execute("INSERT INTO t VALUES (%s, %s)", (1, "é"))
        for _ in range(7):  # long enough for psycopg to prepare it
            connection.execute("SELECT name, id FROM t WHERE id = %s", (1,)).fetchall()
    exchanges = relay.exchanges()
    question = ("SELECT name, id FROM t WHERE id = $1", ("1",), "SELECT 1", (("é", "1"),))
    assert brief(exchanges) == [
        ("BEGIN", (), "BEGIN", ()),
        ("CREATE TEMP TABLE t (id int, name text)", (), "CREATE TABLE", ()),
        ("INSERT INTO t VALUES ($1, $2)", ("1", "é"), "INSERT 0 1", ()),
        *[question] * 7,
        ("COMMIT", (), "COMMIT", ()),
    ]
    own = [exchange for exchange in exchanges if not exchange.session]
    assert {exchange.transaction for exchange in own} == {"c1/1"}
    assert [told(exchange).transaction for exchange in own] == ["active"] * 10 + ["idle"]
    assert all(e.started <= e.asked < e.answered <= e.ended for e in exchanges)


def test_the_start_up_tells_the_servers_settings(relay: Relay) -> None:
    psycopg.connect(relay.url).close()
    (startup,) = relay.exchanges()
    assert startup.session
    assert asked(startup).text == "-- startup"
    assert ("client_encoding", "UTF8") in told(startup).rows
    assert told(startup).transaction == "idle"


def test_no_secret_is_in_any_message(relay: Relay, conversation_of: Callable[..., Conversation]) -> None:
    psycopg.connect(relay.url).close()
    conversation = conversation_of()
    messages = [message for side, data in relay.spoken() for message in conversation.hear(side, data, 1)]
    assert any(isinstance(message, pg.SASLInitialResponse) for message in messages)
    for message in messages:
        assert getattr(message, "secret", pg.NO_SECRET) == pg.NO_SECRET
        assert not getattr(message, "data", b"")
        assert not getattr(message, "password", "")


def test_psycopg_pipeline_with_an_error(relay: Relay) -> None:
    with psycopg.connect(relay.url, autocommit=True) as connection:
        with connection.pipeline() as pipeline:
            connection.execute("SELECT %s::int + 1", (1,))
            connection.execute("SELECT %s::text || 'y'", ("x",))
            pipeline.sync()
            connection.execute("SELECT 3 + 4")
        with suppress(psycopg.Error), connection.pipeline():
            connection.execute("SELECT 5 + 6")
            connection.execute("SELECT * FROM nowhere WHERE a = %s", (1,))
            connection.execute("SELECT 'skipped'")
        connection.execute("SELECT 7 + 8")
    exchanges = relay.exchanges()
    assert brief(exchanges) == [
        ("SELECT $1::int + 1", ("1",), "SELECT 1", (("2",),)),
        ("SELECT $1::text || 'y'", ("x",), "SELECT 1", (("xy",),)),
        ("SELECT 3 + 4", (), "SELECT 1", (("7",),)),
        ("SELECT 5 + 6", (), "SELECT 1", (("11",),)),
        ("SELECT * FROM nowhere WHERE a = $1", ("1",), "", ()),
        ("SELECT 7 + 8", (), "SELECT 1", (("15",),)),
    ]
    error = told(exchanges[-2]).error
    assert error is not None
    assert error.field("C") == "42P01"


def test_binary_and_text_results_are_the_same(relay: Relay) -> None:
    query = (
        "SELECT 1::int, 1.50::numeric, 'x'::text, NULL::int, '{1,2}'::int[], '2020-01-02'::date, true, '\\x00'::bytea"
    )
    with psycopg.connect(relay.url, autocommit=True) as connection:
        connection.execute(query, binary=True)
        connection.execute(query, binary=False)
    *_, binary, text = relay.exchanges()
    assert told(binary).rows == told(text).rows == (("1", "1.50", "x", None, "{1,2}", "2020-01-02", "t", "\\x00"),)
    assert told(binary).columns == told(text).columns


def test_copies(relay: Relay) -> None:
    with psycopg.connect(relay.url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE t (id int, name text)")
        with connection.cursor().copy("COPY t FROM STDIN") as copy:
            copy.write_row((1, "a"))
            copy.write_row((2, "b"))
        with connection.cursor().copy("COPY t TO STDOUT") as copy:
            assert len(list(copy)) == 2
        with pytest.raises(ValueError, match="stop"), connection.cursor().copy("COPY t FROM STDIN") as copy:
            raise ValueError("stop")
        with pytest.raises(psycopg.Error), connection.cursor().copy("COPY t FROM STDIN") as copy:
            copy.write("x\ty\n")
        connection.execute("SELECT count(*) FROM t")
    exchanges = [exchange for exchange in relay.exchanges() if not exchange.session][1:]
    assert [(asked(e).copy_in, told(e).copy_out, told(e).tag) for e in exchanges] == [
        (b"1\ta\n2\tb\n", None, "COPY 2"),
        (None, b"1\ta\n2\tb\n", "COPY 2"),
        (b"", None, ""),
        (b"x\ty\n", None, ""),
        (None, None, "SELECT 1"),
    ]
    assert told(exchanges[2]).error is not None
    assert told(exchanges[3]).error is not None
    assert brief(exchanges)[-1][3] == (("2",),)


def test_notices_belong_to_their_statement(relay: Relay) -> None:
    with psycopg.connect(relay.url, autocommit=True) as connection:
        connection.execute("DO $$ BEGIN RAISE NOTICE 'one; two'; END $$")
        connection.execute("SELECT 1 + 1")
    _, first, second = relay.exchanges()
    assert [notice.field("M") for notice in told(first).notices] == ["one; two"]
    assert told(second).notices == ()


def test_psycopg2_sends_several_statements_at_once(relay: Relay) -> None:
    connection = psycopg2.connect(relay.url)
    cursor = connection.cursor()
    cursor.execute("CREATE TEMP TABLE t (a text); INSERT INTO t VALUES ('x;y'); SELECT a FROM t /* ; */; ")
    connection.rollback()
    with pytest.raises(psycopg2.Error):
        cursor.execute("SELECT 1 + 1; SELEC 2")
    connection.close()
    exchanges = relay.exchanges()
    assert brief(exchanges) == [
        ("BEGIN", (), "BEGIN", ()),
        ("CREATE TEMP TABLE t (a text)", (), "CREATE TABLE", ()),
        ("INSERT INTO t VALUES ('x;y')", (), "INSERT 0 1", ()),
        ("SELECT a FROM t /* ; */", (), "SELECT 1", (("x;y",),)),
        ("ROLLBACK", (), "ROLLBACK", ()),
        ("BEGIN", (), "BEGIN", ()),
        ("SELECT 1 + 1; SELEC 2", (), "", ()),
    ]
    assert [e.transaction for e in exchanges[1:]] == ["c1/1"] * 5 + ["c1/2"] * 2


def test_asyncpg_prepares_describes_and_resets(relay: Relay) -> None:
    async def talk() -> None:
        async with asyncpg.create_pool(relay.url, min_size=1, max_size=1) as pool, pool.acquire() as connection:
            for number in (5, 6):
                assert await connection.fetch("SELECT $1::int * 2 AS double", number)
            await connection.fetchval("SELECT $1::int[]", [1, 2])
            await connection.executemany("SELECT $1::text || 'z'", [("a",), ("b",)])

    asyncio.run(talk())
    exchanges = relay.exchanges()
    assert brief(exchanges) == [
        ("SELECT $1::int * 2 AS double", ("5",), "SELECT 1", (("10",),)),
        ("SELECT $1::int * 2 AS double", ("6",), "SELECT 1", (("12",),)),
        ("SELECT $1::int[]", ("{1,2}",), "", (("{1,2}",),)),
        ("SELECT $1::text || 'z'", ("a",), "SELECT 1", (("az",),)),
        ("SELECT $1::text || 'z'", ("b",), "SELECT 1", (("bz",),)),
    ]
    assert asked(exchanges[1]).parameter_types == (23,)
    session = [asked(exchange).text.strip() for exchange in exchanges if exchange.session]
    assert any(text.startswith("WITH RECURSIVE typeinfo_tree") for text in session)
    assert session[-4:] == ["SELECT pg_advisory_unlock_all()", "CLOSE ALL", "UNLISTEN *", "RESET ALL"]


def test_a_portal_run_in_parts_is_one_exchange(relay: Relay) -> None:
    async def talk() -> None:
        connection = await asyncpg.connect(relay.url)
        async with connection.transaction():
            assert len([row async for row in connection.cursor("SELECT generate_series(1, 5)", prefetch=2)]) == 5
            cursor = await connection.cursor("SELECT generate_series(1, 9)")
            await cursor.fetch(3)
        await connection.close()

    asyncio.run(talk())
    runs = [e for e in relay.exchanges() if "generate_series" in asked(e).text and not asked(e).describe]
    assert [(len(told(e).rows), told(e).tag, told(e).suspended) for e in runs] == [
        (5, "SELECT 1", False),
        (3, "", True),
    ]
    assert [e.incomplete for e in runs] == ["", ""]
    assert [e.transaction for e in runs] == ["c1/1", "c1/1"]


def test_every_split_gives_the_same(relay: Relay, heard: Callable[[Spoken], list[Exchange]]) -> None:
    with psycopg.connect(relay.url, autocommit=True) as connection:
        connection.execute("SELECT %s::int + 1", (1,), prepare=True)
        connection.execute("SELECT 'a'; SELECT 'b'", prepare=False)
    spoken = relay.spoken()
    bytewise = [(side, data[at : at + 1]) for side, data in spoken for at in range(len(data))]

    def timeless(exchanges: list[Exchange]) -> list[tuple[Any, ...]]:
        return [(e.question, e.answer, e.transaction, e.session, e.incomplete) for e in exchanges]

    assert timeless(heard(bytewise)) == timeless(heard(spoken))


# -- what a server would say, said by hand


def client(*messages: Any) -> tuple[Side, bytes]:
    return Side.CLIENT, b"".join(map(wire.serialize, messages))


def server(*messages: Any) -> tuple[Side, bytes]:
    return Side.SERVER, b"".join(map(wire.serialize, messages))


def ready(status: Any = "I") -> pg.ReadyForQuery:
    return pg.ReadyForQuery(status)


def column(name: str = "a", type_: int = 25, code: int = 0) -> pg.RowDescription:
    from flowtape.capture.exchange import Column

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


def listen(spoken: Spoken) -> list[Exchange]:
    conversation = Conversation(CONNECTION, [PostgresqlCodec, Opaque], hint="postgresql")
    for at, (side, chunk) in enumerate([*START, *spoken], 1):
        conversation.hear(side, chunk, at * MILLISECOND)
    conversation.close((len(spoken) + 3) * MILLISECOND)
    return [exchange for exchange in conversation.exchanges() if asked(exchange).text != "-- startup"]


def test_tls_goes_on_as_opaque() -> None:
    conversation = Conversation(CONNECTION, [PostgresqlCodec, Opaque], hint="postgresql")
    conversation.hear(*client(pg.SSLRequest()), 1)
    conversation.hear(Side.SERVER, b"S", 2)
    conversation.hear(Side.CLIENT, b"\x16\x03\x01\x02\x00", 3)
    conversation.close(4)
    (exchange,) = conversation.exchanges()
    assert (exchange.protocol, exchange.incomplete) == ("opaque", "encrypted with TLS")


def test_refused_encryption_goes_on_in_the_clear() -> None:
    refused = [client(pg.GSSENCRequest()), (Side.SERVER, b"N"), client(pg.SSLRequest()), (Side.SERVER, b"N")]
    conversation = Conversation(CONNECTION, [PostgresqlCodec, Opaque])
    for at, (side, chunk) in enumerate([*refused, *START, *batch(1, simple=True)], 1):
        conversation.hear(side, chunk, at)
    assert [exchange.incomplete for exchange in conversation.exchanges()] == ["", ""]


def test_replication_goes_on_as_opaque() -> None:
    exchanges = Conversation(CONNECTION, [PostgresqlCodec, Opaque])
    spoken = [client(pg.Query("START_REPLICATION 0/0")), server(pg.CopyBothResponse(0, ())), (Side.SERVER, b"d...")]
    for at, (side, chunk) in enumerate([*START, *spoken], 1):
        exchanges.hear(side, chunk, at)
    assert exchanges.protocol == "opaque"


def test_a_cancel_request_is_no_exchange() -> None:
    conversation = Conversation(CONNECTION, [PostgresqlCodec, Opaque])
    conversation.hear(*client(pg.CancelRequest(7)), 1)
    conversation.close(2)
    assert conversation.exchanges() == []


def test_a_function_call() -> None:
    call = pg.FunctionCall(1598, (1,), (b"\x01", None), 1)
    (exchange,) = listen([client(call), server(pg.FunctionCallResponse(b"\x02"), ready())])
    assert asked(exchange).text == "-- function call 1598"
    assert asked(exchange).parameters == (b"\x01", None)
    assert told(exchange).rows == ((b"\x02",),)


def test_an_answer_that_cannot_be_the_questions_is_no_exchange() -> None:
    (exchange,) = listen([client(pg.Query("SELECT 1 FROM t")), server(pg.ParseComplete(), ready())])
    assert exchange.incomplete
    (exchange,) = listen([client(pg.Query("SELECT 1 FROM t")), server(pg.CommandComplete("INSERT 0 1"), ready())])
    assert exchange.incomplete == "a statement SELECT was answered with INSERT"
    (exchange,) = listen(
        [client(pg.Query("SELECT 1 FROM t")), server(column(), row(b"1"), pg.CommandComplete("SELECT 2"), ready())]
    )
    assert exchange.incomplete == "1 rows were heard of 2"


def test_a_question_without_an_answer_is_incomplete() -> None:
    (exchange,) = listen([client(pg.Query("SELECT 1 FROM t"))])
    assert (exchange.answer, exchange.incomplete) == (None, "the connection was closed")
    questions = (pg.Parse("", "SELECT $1"), pg.Bind("", "", (), (b"x",)), pg.Execute(), pg.Sync())
    (exchange,) = listen([client(*questions)])
    assert (asked(exchange).text, asked(exchange).parameters) == ("SELECT $1", ("x",))


def test_the_servers_last_word_is_an_answer() -> None:
    fatal = pg.ErrorResponse((("S", "FATAL"), ("V", "FATAL"), ("C", "57P01"), ("M", "terminating")))
    (exchange,) = listen([client(pg.Query("SELECT 1 FROM t")), server(fatal)])
    assert exchange.incomplete == ""
    error = told(exchange).error
    assert error is not None
    assert error.field("C") == "57P01"


def test_asides_are_no_answers() -> None:
    asides = (pg.NotificationResponse(1, "c", "p"), pg.ParameterStatus("TimeZone", "UTC"))
    answer = (column(), row(b"1"), *asides, pg.CommandComplete("SELECT 1"), ready())
    (exchange,) = listen(
        [server(*asides), client(pg.Query("SELECT 1 FROM t")), server(*asides, *answer), server(*asides)]
    )
    assert (exchange.incomplete, told(exchange).rows) == ("", (("1",),))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_garbage_raises_nothing(garbage: bytes, from_server: bool) -> None:
    listen([client(pg.Query("SELECT 1 FROM t")), (Side.SERVER if from_server else Side.CLIENT, garbage)])


def test_a_length_of_two_gibibytes_is_not_waited_for() -> None:
    conversation = Conversation(CONNECTION, [PostgresqlCodec, Opaque])
    for at, (side, chunk) in enumerate([*START, (Side.CLIENT, b"Q\x7f\xff\xff\xff")], 1):
        conversation.hear(side, chunk, at)
    assert conversation.silent == set(Side)


@pytest.mark.parametrize(
    ("data", "claim"),
    [
        (b"", None), (b"\x00", None), (b"\x00\x00\x00\x08\x04\xd2\x16\x2f", True), (b"\x00\x00\x00\x08\x04\xd2\x16\x30", True),
        (b"\x00\x00\x00\x29\x00\x03\x00\x00user", True), (b"\x00\x00\x00\x29\x00\x03\x00\x02user", True),
        (b"\x00\x00\x00\x10\x04\xd2\x16\x2e", True), (b"\x00\x00\x00\x09\x04\xd2\x16\x2f", False), (b"GET / HTTP/1.1", False),
        (b"\x16\x03\x01", False), (b"*1\r\n", False), (b"\x00\x00\x00\x29\x00\x02\x00\x00", False), (b"\x00\x00\xff\xff\x00\x03\x00\x00", False),
    ],
)  # fmt: skip
def test_claims(data: bytes, claim: bool | None) -> None:
    assert PostgresqlCodec.claims(data) is claim
