from __future__ import annotations

import socket

import pytest
import redis

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.servers import Servers, Switch
from flowtape.replay.tape import Tape


def tape(value: bytes) -> Tape:
    call = RecordedCall("cache", RedisCommand((b"GET", b"a")), RedisReply(Resp("bulk", value)))
    return Tape(Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200), (call,)), Session())


def test_one_connection_is_answered_from_tape_to_tape() -> None:
    switch = Switch(tape(b"between"))
    servers = Servers(switch)
    servers.start()
    try:
        address = servers.play("cache", "redis")
        client = redis.Redis(address.host, address.port)
        for value in (b"one", b"two"):
            switch.to(tape(value))
            assert client.get("a") == value
        switch.to(None)
        assert client.get("a") == b"between"
        client.close()
    finally:
        servers.stop()
    with pytest.raises(OSError):
        socket.create_connection((address.host, address.port), timeout=5)


def test_a_protocol_that_nobody_plays_is_named() -> None:
    servers = Servers(Switch(tape(b"")))
    servers.start()
    try:
        with pytest.raises(BrokenError, match="db: flowtape cannot answer for the protocol mysql"):
            servers.play("db", "mysql")
    finally:
        servers.stop()
