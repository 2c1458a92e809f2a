from __future__ import annotations

import socket

import pytest

from flowtape.capture.exchange import Address
from flowtape.replay.network import Refusal


def test_a_connection_is_refused_by_name_while_it_is_active() -> None:
    refusal = Refusal()
    with refusal.active(), pytest.raises(ConnectionRefusedError, match=r"192\.0\.2\.1:6379 is no dependency"):
        socket.create_connection(("192.0.2.1", 6379))
    with refusal.active(), pytest.raises(ConnectionRefusedError, match=r"payments\.example:443 .*flowtape\.yaml"):
        socket.create_connection(("payments.example", 443))
    assert list(refusal.refused) == ["192.0.2.1:6379", "payments.example:443"]


def test_what_is_allowed_and_what_is_no_network_is_let_through() -> None:
    refusal = Refusal()
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        refusal.allow(Address(host, port))
        with refusal.active():
            socket.create_connection(("127.0.0.1", port)).close()
            one, other = socket.socketpair()
            one.close()
            other.close()
    assert not refusal.refused


def test_nothing_is_refused_once_it_is_over() -> None:
    refusal = Refusal()
    with refusal.active():
        pass
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert not refusal.refused


def test_a_host_that_is_allowed_may_be_looked_up_and_connected_to() -> None:
    refusal = Refusal()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        refusal.allow_host(Address("localhost", port))
        with refusal.active():
            socket.create_connection(("localhost", port)).close()
    assert ("127.0.0.1", port) in refusal.allowed
    assert refusal.refused == {}
    with pytest.raises(OSError, match=r"nowhere|resol|known|Errno"):
        refusal.allow_host(Address("nowhere.invalid", 1))
