from __future__ import annotations

from typing import Any

import pytest

from flowtape.capture.configuration import Capture, Configuration, Dependency, Service
from flowtape.capture.correlate.spans.peers import LATE_INLINE_NS, Peer, Peers, peers


def of(service: Any, protocol: str, **attributes: str | int) -> str | None:
    told = {name.replace("__", "."): value for name, value in attributes.items()}
    found: str | None = service.peers.of(service.span(1, 0, 1, told), protocol)
    return found


@pytest.mark.parametrize(
    ("attributes", "dependency"),
    [
        ({"server__address": "DB.internal", "server__port": 5432}, "db"),
        ({"net__peer__name": "127.0.0.1", "net__peer__port": 5432}, "db"),
        ({"net__peer__name": "an-alias", "net__peer__port": 5432}, "db"),
        ({"net__peer__port": 5433}, None),
        ({}, "db"),
    ],
)
def test_a_database_is_found_by_its_address_or_by_what_only_it_can_be(
    service: Any, attributes: dict[str, str | int], dependency: str | None
) -> None:
    assert of(service, "postgresql", **attributes) == dependency


def test_an_http_peer_is_found_by_its_url(service: Any) -> None:
    assert of(service, "http", url__full="http://127.0.0.1:8001/charges") == "payments"
    assert of(service, "http", http__url="https://elsewhere/charges") is None
    assert of(service, "http", http__url="http://[broken/") == "payments"  # the only one it can be


def test_two_that_it_may_be_are_none() -> None:
    both = Peers([Peer("one", "redis", 6379, frozenset({"a"})), Peer("two", "redis", 6379, frozenset({"b"}))])
    from flowtape.capture.span import Span

    def span(host: str) -> Span:
        return Span(
            "1" * 32, "1" * 16, "", "client", "GET", 1, 2, attributes={"server.address": host, "server.port": 6379}
        )

    assert both.of(span("b"), "redis") == "two"
    assert both.of(span("c"), "redis") is None


def test_what_is_heard_in_the_path_is_known_by_two_addresses_and_its_times_are_late() -> None:
    configuration = Configuration(
        service=Service(name="shop"),
        dependencies={"db": Dependency(protocol="postgresql", address="127.0.0.1:5432")},
        capture=Capture(inline={"db": "127.0.0.1:15432", "service": "127.0.0.1:9000"}),
    )
    from flowtape.capture.span import Span

    found = peers(configuration, ["db", "service"])
    for port in (5432, 15432):
        span = Span(
            "1" * 32,
            "1" * 16,
            "",
            "client",
            "GET",
            1,
            2,
            attributes={"net.peer.name": "127.0.0.1", "net.peer.port": port},
        )
        assert found.of(span, "postgresql") == "db"
    assert (found.late("db"), found.entry_ports) == (LATE_INLINE_NS, False)
    assert (peers(configuration).late("db"), peers(configuration).entry_ports) == (0, True)
