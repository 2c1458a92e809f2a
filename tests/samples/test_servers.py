"""The sample servers start, answer and are gone afterwards."""

from __future__ import annotations

import socket

import psycopg
import pytest
from samples import servers


def test_postgresql_answers_and_asks_for_the_password(postgresql_server: servers.Server) -> None:
    with psycopg.connect(postgresql_server.url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("flowtape",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgresql_server.url.replace(postgresql_server.password, "wrong"))


def test_redis_is_gone_after_its_block() -> None:
    with servers.redis() as server, socket.create_connection((server.host, server.port)) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(16) == b"+PONG\r\n"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port))


def test_a_program_that_ends_at_once_is_reported_with_its_last_words() -> None:
    command = ["python3", "-c", "raise SystemExit('no such database')"]
    with pytest.raises(servers.ServerError, match="no such database"), servers.program(command, 1, {}, "broken"):
        pass
