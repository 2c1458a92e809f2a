"""The edge: sockets, bytes in any pieces, clients that do not speak the protocol."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowtape.capture.exchange import Column, SqlResult, SqlStatement
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.wire import serialize
from flowtape.replay.protocols.postgresql import server

Answering = Callable[..., AbstractContextManager[Any]]

START = serialize(pg.StartupMessage((("user", "ann"), ("database", "shop"))))
DIALOGUE = (
    serialize(pg.SSLRequest())
    + START
    + b"".join(
        map(
            serialize,
            [
                pg.Query("SELECT 1"),
                pg.Parse("", "SELECT 2"),
                pg.Bind("", ""),
                pg.Describe("P"),
                pg.Execute(),
                pg.Sync(),
                pg.Terminate(),
            ],
        )
    )
)


KEY = re.compile(rb"K\x00\x00\x00\x0c.{8}", re.DOTALL)
"""BackendKeyData: another for each connection."""


@contextmanager
def connected(address: Any) -> Iterator[socket.socket]:
    with socket.create_connection((address.host, address.port), timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield client


def patient(address: Any) -> psycopg.Connection[Any]:
    """A client that speaks the protocol."""
    return psycopg.connect(host=address.host, port=address.port, user="ann", autocommit=True)


def everything(client: socket.socket) -> bytes:
    """What the server says until it closes."""
    found = b""
    try:
        while data := client.recv(65536):
            found += data
    except ConnectionResetError:
        pass
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.sets(st.integers(1, len(DIALOGUE) - 1), max_size=12))
def test_bytes_come_in_any_pieces(answering: Answering, cuts: set[int]) -> None:
    with answering([]) as (address, _):
        with connected(address) as client:
            client.sendall(DIALOGUE)
            whole = everything(client)
        edges = [0, *sorted(cuts), len(DIALOGUE)]
        with connected(address) as client:
            for start, end in pairwise(edges):
                client.sendall(DIALOGUE[start:end])
            pieces = everything(client)
    assert KEY.sub(b"", pieces) == KEY.sub(b"", whole)
    assert whole.count(b"SELECT 1\0") == 2


@pytest.mark.parametrize("head", [b"", DIALOGUE[: 8 + len(START)]], ids=["from the start", "once started"])
def test_any_two_pieces_are_the_whole(talk: Any, head: bytes) -> None:
    answers = set()
    rest = DIALOGUE[len(head) :]
    for cut in range(len(rest)):
        talker, said = server.Answering(talk().session), b""
        for piece in (head, rest[:cut], rest[cut:]):
            said += talker.receive(piece)
        answers.add((said, talker.closing))
    assert len(answers) == 1
    said, closing = answers.pop()
    assert said.endswith(b"SELECT 1\0Z\0\0\0\x05I")
    assert closing


HOSTILE = {
    "http": b"GET / HTTP/1.1\r\n\r\n",
    "a first packet of 2 GiB": b"\x7f\xff\xff\xff\x00\x03\x00\x00",
    "a first packet of nothing": b"\x00\x00\x00\x00",
    "another version": b"\x00\x00\x00\x08\x00\x09\x00\x00",
    "a message of 2 GiB": START + b"Q\x7f\xff\xff\xff",
    "a message of nothing": START + b"Q\x00\x00\x00\x00",
    "a text without end": START + b"Q\x00\x00\x00\x06ab",
    "an unknown message": START + b"!\x00\x00\x00\x04",
    "a server's message": START + b"Z\x00\x00\x00\x05I",
    "a count of what is not there": START + b"B\x00\x00\x00\x0a\x00\x00\xff\xff\x00\x00",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_bytes_that_are_no_postgresql_close_that_connection_only(answering: Answering, data: bytes) -> None:
    with answering([]) as (address, _), patient(address) as other:
        with connected(address) as client:
            client.sendall(data)
            assert b"08P01" in everything(client)
        assert other.execute("SELECT 1").fetchone() == (1,)


def test_a_client_that_goes_in_the_middle_of_a_message(answering: Answering) -> None:
    with answering([]) as (address, record):
        with connected(address) as client:
            client.sendall(DIALOGUE[:20])
        with patient(address) as other:
            assert other.execute("SELECT 1").fetchone() == (1,)
        assert record.misses == []


def test_many_connections_have_names_of_their_own(answering: Answering) -> None:
    with answering([]) as (address, record):
        clients = [psycopg.connect(host=address.host, port=address.port, user="ann") for _ in range(5)]
        for client in clients:
            client.execute("SELECT 1")
        for client in clients:
            client.commit()
            client.close()
    assert len({name for name, _ in record.ended}) == 5


def test_an_answer_larger_than_any_buffer(answering: Answering, recorded: Any) -> None:
    rows = tuple((str(number), "x" * 1000) for number in range(5000))
    answer = SqlResult((Column("a", 23), Column("b", 25)), rows, "SELECT 5000")
    with answering([recorded(SqlStatement("SELECT a, b FROM t"), answer)]) as (address, _), patient(address) as client:
        assert len(client.execute("SELECT a, b FROM t").fetchall()) == 5000


def test_closing_ends_every_connection(answering: Answering) -> None:
    with answering([]) as (address, _):
        client = patient(address)
    with pytest.raises(psycopg.OperationalError):
        client.execute("SELECT 1")
    with pytest.raises(OSError, match=r"refused|reset"):
        socket.create_connection((address.host, address.port), timeout=10)
