"""Which live dependencies there are."""

from __future__ import annotations

import contextlib
import socket

import pytest
from samples.servers import Server

from flowtape.capture.configuration import Configuration, ConfigurationError, Dependency, Service
from flowtape.capture.exchange import Address
from flowtape.replay.live.addresses import Live, check, load, server


def configuration(**dependencies: Dependency) -> Configuration:
    return Configuration(service=Service(name="it"), dependencies=dependencies)


def test_what_is_told_is_read() -> None:
    live = Live({"db": "127.0.0.1:5433"}, {"DATABASE_URL": "postgresql://{db}/x"})
    assert load(live.dump()) == live
    assert load(Live().dump()) == Live()


@pytest.mark.parametrize(
    ("text", "protocol", "found"),
    [
        ("db.example:5433", "postgresql", Address("db.example", 5433)),
        ("https://pay.example/v1", "http", Address("pay.example", 443)),
        ("postgresql://db.example?sslmode=require", "postgresql", Address("db.example", 5432)),
        ("rediss://cache.example", "redis", Address("cache.example", 6379)),
        ("http://pay.example:8001", "http", Address("pay.example", 8001)),
    ],
)
def test_an_address_leads_to_a_server(text: str, protocol: str, found: Address) -> None:
    assert server(text, protocol) == found


@pytest.mark.parametrize("text", ["https://", "ftp://pay.example", "http://pay.example:many"])
def test_what_leads_to_no_server_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="names no server"):
        server(text, "http")


def test_a_dependency_that_is_none_and_one_that_does_not_answer_are_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        there = f"127.0.0.1:{listening.getsockname()[1]}"
        found = configuration(db=Dependency(protocol="postgresql", address=there))
        check(Live(), found)
        with pytest.raises(ConfigurationError, match=r"`cash` is no dependency of this service; flowtape.yaml has db"):
            check(Live({"cash": there}), found)
    with pytest.raises(
        ConfigurationError, match=r"db cannot be reached at 127\.0\.0\.1:\d+: .*--dependency db=HOST:PORT"
    ):
        check(Live(), found)


def test_a_live_server_is_asked_for_tls_where_its_address_wants_it(postgresql_server: Server) -> None:
    where = f"{postgresql_server.host}:{postgresql_server.port}"
    found = configuration(db=Dependency(protocol="postgresql", address="db.internal:5432"))
    check(Live({"db": f"postgresql://{where}"}), found)
    with pytest.raises(ConfigurationError, match=f"db cannot be reached at {where}: the server takes no TLS"):
        check(Live({"db": f"postgresql://{where}?sslmode=require"}), found)


@pytest.mark.parametrize(
    ("value", "insists"),
    [
        ("postgresql://me:secret@{db}/shop?sslmode=require", True),
        ("postgresql://me:secret@{db}/shop?a=b&sslmode=verify-full", True),
        ("host={db} sslmode=require", True),
        ("postgresql+asyncpg://{db}/shop?ssl=require", True),
        ("rediss://{db}/0", True),
        ("postgresql://me:secret@{db}/shop?sslmode=prefer", False),
        ("https://elsewhere?sslmode=require", False),
    ],
)
def test_a_service_that_is_told_to_insist_on_tls_cannot_be_played(value: str, insists: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        there = f"127.0.0.1:{listening.getsockname()[1]}"
        found = configuration(db=Dependency(protocol="postgresql", address=there))
        wanted = pytest.raises(ConfigurationError, match=r"URL asks for TLS at \{db\}.*sslmode=require")
        with wanted if insists else contextlib.nullcontext():
            check(Live(environment={"URL": value}), found)
