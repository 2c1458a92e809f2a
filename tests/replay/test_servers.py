from __future__ import annotations

import socket
import subprocess
import sys

import pytest
import redis

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, RedisReply, Resp
from flowtape.replay.application.outcome import BrokenError
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.servers import PLAYERS, Servers, Switch
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


def test_what_answers_in_one_protocol_need_not_know_how_others_are_heard() -> None:
    program = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(*sys.modules)"
    names = ["flowtape.replay.suite", PLAYERS["postgresql"], PLAYERS["redis"]]
    done = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, text=True, check=True)
    assert set(names) <= set(done.stdout.split())
    assert "flowtape.capture.protocols.codecs" not in done.stdout.split()
