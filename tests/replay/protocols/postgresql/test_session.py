"""Sessions as transcripts: what the client says, what the server says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowtape.capture.exchange import Column, Exchange, SqlNotice, SqlResult, SqlStatement
from flowtape.capture.protocols.postgresql import messages as pg

A, B = Column("a", 23, size=4), Column("b", 25)
ROWS = SqlResult((A, B), (("1", "x"), ("2", None), ("3", "z")), "SELECT 3")
UNIQUE = SqlNotice((("S", "ERROR"), ("C", "23505"), ("M", "duplicate"), ("n", "t_key")))
SELECT = "SELECT a, b FROM t WHERE a > $1"
Talk = Callable[..., Any]


def told(answer: Any) -> str:
    """One message in a word or two."""
    match answer:
        case pg.ReadyForQuery():
            return f"ready {answer.status}"
        case pg.ErrorResponse() | pg.NoticeResponse():
            return f"{type(answer).__name__[:-8].lower()} {dict(answer.fields)['C']}"
        case pg.CommandComplete():
            return answer.tag
        case pg.DataRow():
            return " ".join(
                "NULL" if cell is None else cell.decode("latin-1").translate({0: "\\0", 1: "\\1", 2: "\\2", 3: "\\3"})
                for cell in answer.values
            )
        case pg.ParameterStatus():
            return f"{answer.name}={answer.value}"
        case pg.RowDescription():
            return "columns " + ",".join(f"{c.name}{f}" for c, f in zip(answer.columns, answer.formats, strict=True))
    return type(answer).__name__


def told_all(answers: list[Any]) -> str:
    return "; ".join(map(told, answers))


@pytest.fixture
def exchanges(recorded: Any) -> list[Exchange]:
    return [
        recorded(SqlStatement(SELECT, ("0",), (23,)), ROWS),
        recorded(SqlStatement("INSERT INTO t VALUES ($1)", ("1",), (23,)), SqlResult(tag="INSERT 0 1")),
        recorded(SqlStatement("INSERT INTO t VALUES ($1)", ("2",), (23,)), SqlResult(error=UNIQUE)),
        recorded(SqlStatement("COPY t (a) FROM STDIN", copy_in=b"1\n2\n"), SqlResult(tag="COPY 2")),
        recorded(SqlStatement("COPY t (a) TO STDOUT"), SqlResult(tag="COPY 2", copy_out=b"1\n2\n")),
    ]


def query(*parameters: str, limit: int = 0, results: tuple[int, ...] = (), text: str = SELECT) -> list[Any]:
    values = tuple(value.encode() for value in parameters)
    return [
        pg.Parse("", text),
        pg.Bind("", "", (), values, results),
        pg.Describe("P"),
        pg.Execute("", limit),
        pg.Sync(),
    ]


def test_the_start(talk: Talk) -> None:
    client = talk()
    client.session.hear(pg.SSLRequest())
    client.session.hear(pg.GSSENCRequest())
    assert client.session.out == [b"N", b"N"]
    client.session.out.clear()
    parameters = (("user", "ann"), ("TimeZone", "Asia/Tokyo"), ("_pq_.x", "1"))
    told = client.say(pg.StartupMessage(parameters, 3, 2))
    assert told[:2] == [pg.NegotiateProtocolVersion(3 << 16, ("_pq_.x",)), pg.AuthenticationOk()]
    assert pg.ParameterStatus("TimeZone", "Asia/Tokyo") in told
    assert told[-2:] == [pg.BackendKeyData(7), pg.ReadyForQuery("I")]


def test_a_cancel_request_closes(talk: Talk) -> None:
    client = talk()
    assert client.say(pg.CancelRequest(7)) == []
    assert client.session.closed


def test_simple_queries(talk: Talk, exchanges: list[Exchange]) -> None:
    client = talk(*exchanges).started()
    text = "BEGIN; SELECT a, b FROM t WHERE a > 0; SET TimeZone = 'X';; COMMIT"
    assert told_all(client.say(pg.Query(text))) == (
        "BEGIN; columns a0,b0; 1 x; 2 NULL; 3 z; SELECT 3; SET; COMMIT; TimeZone=X; ready I"
    )
    assert told_all(client.say(pg.Query(" -- nothing"))) == "EmptyQueryResponse; ready I"
    assert told_all(client.say(pg.Query("SELECT 1; SELECT nothing; SELECT 2"))) == (
        "columns ?column?0; 1; SELECT 1; error FT000; ready I"
    )


def test_extended_queries(talk: Talk, exchanges: list[Exchange]) -> None:
    client = talk(*exchanges).started()
    assert told_all(client.say(*query("0", results=(1, 0)))) == (
        "ParseComplete; BindComplete; columns a1,b0; \\0\\0\\0\\1 x; \\0\\0\\0\\2 NULL; \\0\\0\\0\\3 z; SELECT 3; ready I"
    )
    assert client.record.asked[-1][0].parameters == ("0",)


def test_a_statement_is_described_before_it_is_bound(talk: Talk, exchanges: list[Exchange]) -> None:
    client = talk(*exchanges).started()
    told = client.say(pg.Parse("s", SELECT), pg.Describe("S", "s"), pg.Sync())
    assert told[1:3] == [pg.ParameterDescription((23,)), pg.RowDescription((A, B), (0, 0))]
    bind = pg.Bind("", "s", (1,), (b"\0\0\0\0",))
    assert told_all(client.say(bind, pg.Execute(), pg.Sync())) == "BindComplete; 1 x; 2 NULL; 3 z; SELECT 3; ready I"


def test_a_binary_parameter_is_read_by_its_recorded_type(talk: Talk, exchanges: list[Exchange]) -> None:
    client = talk(*exchanges).started()
    told = client.say(pg.Parse("", SELECT), pg.Bind("", "", (1,), (b"\0\0\0\0",)), pg.Execute(), pg.Sync())
    assert told_all(told).endswith("SELECT 3; ready I")


def test_row_limits_suspend_a_portal(talk: Talk, exchanges: list[Exchange]) -> None:
    client = talk(*exchanges).started()
    client.say(pg.Query("BEGIN"))
    told = client.say(pg.Parse("", SELECT), pg.Bind("p", "", (), (b"0",)), pg.Execute("p", 2), pg.Sync())
    assert told_all(told) == "ParseComplete; BindComplete; 1 x; 2 NULL; PortalSuspended; ready T"
    assert told_all(client.say(pg.Execute("p", 2), pg.Sync())) == "3 z; SELECT 1; ready T"
    assert told_all(client.say(pg.Execute("p", 2), pg.Sync())) == "SELECT 0; ready T"
    assert told_all(client.say(pg.Close("P", "p"), pg.Execute("p"), pg.Sync())) == "CloseComplete; error 34000; ready E"


def test_more_rows_than_were_ever_fetched_are_a_miss(talk: Talk, recorded: Any) -> None:
    part = SqlResult((A,), (("1",), ("2",)), suspended=True)
    client = talk(recorded(SqlStatement("SELECT a FROM t"), part)).started()
    told = client.say(*query(text="SELECT a FROM t", limit=2)[:-1], pg.Execute("", 2), pg.Sync())
    assert told_all(told) == "ParseComplete; BindComplete; columns a0; 1; 2; PortalSuspended; error FT000; ready I"


def test_portals_end_with_their_transaction(talk: Talk, exchanges: list[Exchange]) -> None:
    client = talk(*exchanges).started()
    client.say(pg.Parse("", SELECT), pg.Bind("p", "", (), (b"0",)), pg.Sync())
    assert told_all(client.say(pg.Execute("p"), pg.Sync())) == "error 34000; ready I"


def test_an_error_skips_to_sync(talk: Talk, exchanges: list[Exchange]) -> None:
    client = talk(*exchanges).started()
    insert = [pg.Parse("i", "INSERT INTO t VALUES ($1)"), pg.Bind("", "i", (), (b"1",)), pg.Execute()]
    fails = [
        pg.Bind("", "i", (), (b"2",)),
        pg.Execute(),
        pg.Bind("", "i", (), (b"1",)),
        pg.Execute(),
        pg.Query("BEGIN"),
    ]
    assert told_all(client.say(*insert, *fails, pg.Sync(), pg.Query("SELECT 1"))) == (
        "ParseComplete; BindComplete; INSERT 0 1; BindComplete; error 23505; ready I; "
        "columns ?column?0; 1; SELECT 1; ready I"
    )


def test_a_recorded_error_comes_with_all_its_fields_and_fails_the_transaction(
    talk: Talk, exchanges: list[Exchange]
) -> None:
    client = talk(*exchanges).started()
    told = client.say(pg.Query("BEGIN; INSERT INTO t VALUES (2); SELECT 1"))
    assert told[1:] == [pg.ErrorResponse(UNIQUE.fields), pg.ReadyForQuery("E")]
    assert told_all(client.say(*query("0"))) == "error 25P02; ready E"
    assert told_all(client.say(pg.Query("SELECT 1"))) == "error 25P02; ready E"
    assert told_all(client.say(*query(text="ROLLBACK"))) == "ParseComplete; BindComplete; NoData; ROLLBACK; ready I"
    assert client.record.ended == [("db-1", False)]


def test_a_miss_names_the_question(talk: Talk) -> None:
    told = talk().started().say(pg.Query("SELECT a FROM t WHERE b = 5"))
    fields = dict(told[0].fields)
    assert fields["C"] == "FT000"
    assert "SELECT a FROM t WHERE b = 5" in fields["M"]
    assert "that is all" in fields["D"]


def test_names_that_do_not_exist_or_do_twice(talk: Talk) -> None:
    client = talk().started()
    assert told_all(client.say(pg.Bind("", "s"), pg.Sync())) == "error 26000; ready I"
    assert told_all(client.say(pg.Describe("P", "p"), pg.Sync())) == "error 34000; ready I"
    assert told_all(client.say(pg.Parse("s", "SELECT 1"), pg.Parse("s", "SELECT 1"), pg.Sync())) == (
        "ParseComplete; error 42P05; ready I"
    )
    assert told_all(client.say(pg.Parse("", "SELECT 1; SELECT 2"), pg.Sync())) == "error 42601; ready I"
    assert told_all(client.say(pg.Query("DEALLOCATE s"), pg.Bind("", "s"), pg.Sync())) == (
        "DEALLOCATE; ready I; error 26000; ready I"
    )
    assert told_all(client.say(pg.Close("S", "never"), pg.Flush(), pg.Sync())) == "CloseComplete; ready I"


def test_copy_in(talk: Talk, exchanges: list[Exchange]) -> None:
    client = talk(*exchanges).started()
    told = client.say(pg.Query("COPY t (a) FROM STDIN; SELECT 1"))
    assert told == [pg.CopyInResponse(0, (0,))]
    assert client.say(pg.CopyData(b"1\n2"), pg.CopyData(b"\n"), pg.Flush()) == []
    assert told_all(client.say(pg.CopyDone())) == "COPY 2; columns ?column?0; 1; SELECT 1; ready I"


def test_copy_in_by_the_extended_protocol_ignores_sync_within(talk: Talk, exchanges: list[Exchange]) -> None:
    client = talk(*exchanges).started()
    assert told_all(client.say(*query(text="COPY t (a) FROM STDIN"))) == (
        "ParseComplete; BindComplete; NoData; CopyInResponse"
    )
    assert told_all(client.say(pg.CopyData(b"1\n2\n"), pg.CopyDone(), pg.Sync())) == "COPY 2; ready I"


def test_copy_in_that_the_client_gives_up(talk: Talk) -> None:
    client = talk().started()
    client.say(pg.Query("BEGIN; COPY t (a) FROM STDIN; SELECT 1"))
    told = client.say(pg.CopyFail("why not"))
    assert told_all(told) == "error 57014; ready E"
    assert "why not" in dict(told[0].fields)["M"]
    assert client.say(pg.CopyData(b"late"), pg.CopyDone()) == []
    assert client.record.misses == []


def test_something_else_during_copy(talk: Talk) -> None:
    client = talk().started()
    client.say(pg.Query("COPY t (a) FROM STDIN"))
    assert told_all(client.say(pg.Query("SELECT 1"))) == "error 08P01; ready I"


def test_copy_out(talk: Talk, exchanges: list[Exchange]) -> None:
    told = talk(*exchanges).started().say(pg.Query("COPY t (a) TO STDOUT"))
    assert told[:4] == [pg.CopyOutResponse(0, (0,)), pg.CopyData(b"1\n"), pg.CopyData(b"2\n"), pg.CopyDone()]
    assert told_all(told[4:]) == "COPY 2; ready I"


def test_notices_come_first(talk: Talk, recorded: Any) -> None:
    warning = SqlNotice((("S", "WARNING"), ("C", "01000"), ("M", "mind")))
    answer = SqlResult(tag="DO", notices=(warning,))
    client = talk(recorded(SqlStatement("DO $$ x $$"), answer)).started()
    assert told_all(client.say(pg.Query("DO $$ x $$"))) == "notice 01000; DO; ready I"


def test_a_record_edited_by_hand_is_an_error_not_a_crash(talk: Talk, recorded: Any) -> None:
    broken = [
        SqlResult((A,), (("1", "2"),), "SELECT 1"),
        SqlResult((Column("a\0b", 23),), (), "SELECT 0"),
        SqlResult((Column("a", 1 << 40),), (), "SELECT 0"),
        SqlResult(None, (), "a\0b"),
    ]
    for answer in broken:
        client = talk(recorded(SqlStatement("SELECT a FROM t"), answer)).started()
        assert told_all(client.say(pg.Query("SELECT a FROM t"))).endswith("error XX000; ready I")
        assert told_all(client.say(pg.Query("SELECT 1"))).endswith("SELECT 1; ready I")


def test_what_is_no_message_of_a_client_ends_the_session(talk: Talk) -> None:
    client = talk().started()
    assert told_all(client.say(pg.Unknown(b"!", b""))) == "error 08P01"
    assert client.session.closed


def test_function_calls_are_not_in_the_record(talk: Talk) -> None:
    assert told_all(talk().started().say(pg.FunctionCall(1))) == "error FT000; ready I"


def test_a_connection_that_is_lost_rolls_back(talk: Talk) -> None:
    client = talk().started()
    client.say(pg.Query("BEGIN"), pg.Terminate())
    assert client.session.closed
    client.session.lost()
    assert client.record.ended == [("db-1", False)]


def test_an_error_is_said_even_where_the_encoding_lacks_a_character(talk: Talk) -> None:
    told = talk().started(client_encoding="LATIN1").say(pg.Query("SELECT \udce9"), pg.Query("SELECT 中"))
    assert [type(message) for message in told] == [pg.ErrorResponse, pg.ReadyForQuery] * 2
    assert "SELECT \udce9" in dict(told[0].fields)["M"]
