from __future__ import annotations

from collections.abc import Iterable

import pytest

from flowtape.capture.configuration import Configuration, Dependency, Service
from flowtape.capture.exchange import Address
from flowtape.capture.routes import Route, Routes, resolve

KNOWN = {"db.internal": ["10.0.0.2", "fd00::2"], "pay.internal": ["10.0.0.3"]}


def lookup(host: str, port: int) -> Iterable[str]:
    return [host] if host[0].isdigit() else KNOWN.get(host, [])


@pytest.fixture
def configuration() -> Configuration:
    return Configuration(
        service=Service(name="shop", listen="0.0.0.0:8000"),
        dependencies={
            "db": Dependency(protocol="postgresql", address="db.internal:5432"),
            "payments": Dependency(protocol="http", address="https://pay.internal"),
            "gone": Dependency(protocol="redis", address="gone.internal:6379"),
        },
    )


def test_a_server_is_known_by_each_of_its_addresses(configuration: Configuration) -> None:
    routes = Routes(configuration, lookup)
    assert routes.of(Address("10.0.0.2", 5432)) == Route("db", "postgresql", "db.internal")
    assert routes.of(Address("fd00::2", 5432)) == Route("db", "postgresql", "db.internal")
    assert routes.of(Address("10.0.0.3", 443)) == Route("payments", "http1", "pay.internal")
    assert routes.of(Address("10.0.0.2", 5433)) is None


def test_a_service_that_listens_everywhere_is_known_by_its_port(configuration: Configuration) -> None:
    route = Routes(configuration, lookup).of(Address("192.168.7.7", 8000))
    assert route is not None
    assert route.dependency is None


def test_a_name_that_nobody_knows_is_told(configuration: Configuration) -> None:
    routes = Routes(configuration, lookup)
    assert routes.unresolved == ["gone.internal"]
    assert routes.ports == {5432, 443, 8000}


def test_what_something_else_hears_is_left_out(configuration: Configuration) -> None:
    routes = Routes(configuration, lookup, without={"service", "db", "gone"})
    assert routes.ports == {443}
    assert routes.unresolved == []


def test_an_address_is_itself_and_a_name_that_is_none_is_nothing() -> None:
    assert list(resolve("127.0.0.1", 1)) == ["127.0.0.1"]
    assert list(resolve("::1", 1)) == ["::1"]
    assert list(resolve("no.such.host.invalid", 1)) == []
