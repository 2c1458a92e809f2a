"""Which live dependencies there are."""

from __future__ import annotations

import socket

import pytest

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
