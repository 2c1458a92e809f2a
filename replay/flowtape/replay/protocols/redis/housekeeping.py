"""What the answering server says of itself: a plain Redis of its own, without a keyspace.

These answers are offered to the source, which may have a recorded one instead (the version that production runs).
"""

from __future__ import annotations

from flowtape.capture.exchange import Resp

OK = Resp("simple", "OK")
VERSION = "7.4.0"
INFORMATION = "\r\n".join(
    [
        "# Server", f"redis_version:{VERSION}", "redis_mode:standalone", "process_id:1", "tcp_port:6379", "uptime_in_seconds:1",
        "# Clients", "connected_clients:1", "# Memory", "used_memory:1", "# Persistence", "loading:0",
        "# Replication", "role:master", "connected_slaves:0", "# Cluster", "cluster_enabled:0", "# Keyspace", "",
    ]
)  # fmt: skip


def bulk(text: str) -> Resp:
    return Resp("bulk", text.encode())


def hello(version: int, number: int) -> Resp:
    told = {"server": bulk("redis"), "version": bulk(VERSION), "proto": Resp("integer", version)}
    told |= {
        "id": Resp("integer", number),
        "mode": bulk("standalone"),
        "role": bulk("master"),
        "modules": Resp("array", ()),
    }
    return Resp("map", tuple(part for name, value in told.items() for part in (bulk(name), value)))


def own_answer(arguments: tuple[bytes, ...], number: int, name: bytes) -> Resp | None:
    """The server's own answer to a command that only asks about the connection or the server; None if it does not."""
    words = [argument.upper() for argument in arguments]
    match words:
        case [b"PING"]:
            return Resp("simple", "PONG")
        case [b"PING" | b"ECHO", _]:
            return Resp("bulk", arguments[1])
        case [b"AUTH" | b"SELECT" | b"READONLY" | b"READWRITE" | b"ASKING" | b"UNWATCH", *_]:
            return OK
        case [b"CLIENT", *rest]:
            return _client(rest, number, name)
        case [b"COMMAND", *rest]:
            return _command(rest)
        case [b"INFO", *_]:
            return bulk(INFORMATION)
        case [b"ROLE"]:
            return Resp("array", (bulk("master"), Resp("integer", 0), Resp("array", ())))
        case [b"CLUSTER", *_]:
            return Resp("error", "ERR This instance has cluster support disabled")
        case _:
            return None


def _client(words: list[bytes], number: int, name: bytes) -> Resp:
    match words:
        case [b"ID"]:
            return Resp("integer", number)
        case [b"GETNAME"]:
            return Resp("bulk", name) if name else Resp("null")
        case [b"INFO" | b"LIST", *_]:
            return Resp("bulk", b"id=%d name=%b db=0\n" % (number, name))
        case [b"KILL" | b"UNBLOCK", *_]:
            return Resp("integer", 0)
        case []:
            return Resp("error", "ERR wrong number of arguments for 'client' command")
        case _:
            return OK


def _command(words: list[bytes]) -> Resp:
    match words:
        case [b"COUNT"]:
            return Resp("integer", 0)
        case [b"DOCS", *_]:
            return Resp("map", ())
        case [b"INFO", *names]:
            return Resp("array", (Resp("null"),) * len(names))
        case _:
            return Resp("array", ())
