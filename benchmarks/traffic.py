"""Captures to measure with: whole TCP connections of realistic HTTP and PostgreSQL traffic, written as pcap.

Every number that matters is in the file's text, so that a figure can be reproduced anywhere: 20 exchanges a connection,
segments of at most 1448 bytes, each side's data acknowledged by the other.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

EXCHANGES_PER_CONNECTION = 20
SEGMENT = 1448
SERVER = bytes((10, 0, 0, 2))
START = 1_700_000_000
HEADER = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)
_ETHERNET = bytes(12) + b"\x08\0"
_SYN, _FIN, _ACK, _PUSH = 2, 1, 16, 8

Turn = tuple[bytes, bytes]


@dataclass
class Side:
    address: bytes
    port: int
    sequence: int


class Wire:
    """Writes the packets of one connection after another; `place` names the offsets at which a client's address stands."""

    def __init__(self, file: BinaryIO, *, gap: int = 100_000) -> None:
        self.file = file
        self.now = START * 1_000_000_000
        self.gap = gap
        self.packets = 0

    def packet(self, source: Side, destination: Side, flags: int, data: bytes = b"") -> None:
        self.now += self.gap
        self.packets += 1
        size = 54 + len(data)
        seconds, rest = divmod(self.now, 1_000_000_000)
        ip = struct.pack("!BBHHHBBH", 0x45, 0, size - 14, 0, 0x4000, 64, 6, 0) + source.address + destination.address
        ports = (source.port, destination.port)
        tcp = struct.pack("!HHIIBBHHH", *ports, source.sequence, destination.sequence, 0x50, flags, 65535, 0, 0)
        self.file.write(struct.pack("<IIII", seconds, rest, size, size) + _ETHERNET + ip + tcp + data)
        source.sequence = (source.sequence + len(data) + bool(flags & (_SYN | _FIN))) & 0xFFFFFFFF

    def say(self, source: Side, destination: Side, data: bytes) -> None:
        for at in range(0, len(data), SEGMENT):
            self.packet(source, destination, _ACK | _PUSH, data[at : at + SEGMENT])
            if at % (2 * SEGMENT):
                self.packet(destination, source, _ACK)

    def connection(self, client: Side, server: Side, turns: Iterator[Turn], *, close: bool = True) -> None:
        self.packet(client, server, _SYN)
        self.packet(server, client, _SYN | _ACK)
        self.packet(client, server, _ACK)
        for question, answer in turns:
            if question:
                self.say(client, server, question)
            self.say(server, client, answer)
            self.packet(client, server, _ACK)
        if close:
            self.packet(client, server, _FIN | _ACK)
            self.packet(server, client, _FIN | _ACK)
            self.packet(client, server, _ACK)


def http(number: int, *, body: int = 900) -> Turn:
    """Two reads, then a write. The answer's JSON body has about `body` bytes."""
    order = {"id": number, "customer": f"customer-{number % 977}", "total": "19.90", "lines": []}
    lines = [{"sku": f"sku-{number}-{line}", "count": line, "price": "4.95"} for line in range(body // 52)]
    answer = json.dumps(order | {"lines": lines}).encode()
    headers = (
        f"Host: shop.example\r\nUser-Agent: python-httpx/0.28.1\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
        f"Connection: keep-alive\r\ntraceparent: 00-{number:032x}-{number:016x}-01\r\n"
    )
    if number % 3:
        question = f"GET /orders/{number}?expand=lines HTTP/1.1\r\n{headers}\r\n".encode()
    else:
        text = json.dumps(order)
        question = (
            f"POST /orders HTTP/1.1\r\n{headers}Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"
        ).encode()
    head = (
        "HTTP/1.1 200 OK\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT\r\nserver: uvicorn\r\n"
        f"content-length: {len(answer)}\r\ncontent-type: application/json\r\n\r\n"
    )
    return question, head.encode() + answer


def postgresql_start() -> Turn:
    startup = b"user\0shop\0database\0shop\0\0"
    question = struct.pack("!II", len(startup) + 8, 196608) + startup
    status = b"".join(_message(b"S", text) for text in (b"server_version\x0016.1\0", b"client_encoding\0UTF8\0"))
    return question, _message(b"R", bytes(4)) + status + _message(b"K", bytes(8)) + _message(b"Z", b"I")


def postgresql(number: int) -> Turn:
    """One statement in the extended protocol, as psycopg and asyncpg send it: five rows of four columns."""
    text = b"SELECT id, email, total, placed_at FROM orders WHERE customer = $1 AND total > $2 ORDER BY id LIMIT 5"
    values = [str(number).encode(), b"19.90"]
    bind = b"\0\0\0\0" + struct.pack("!H", 2) + b"".join(struct.pack("!I", len(value)) + value for value in values)
    question = _message(b"P", b"\0" + text + b"\0" + bytes(2)) + _message(b"B", bind + bytes(2))
    question += _message(b"D", b"P\0") + _message(b"E", b"\0" + bytes(4)) + _message(b"S")
    columns = ((b"id", 23), (b"email", 25), (b"total", 1700), (b"placed_at", 1184))
    described = b"".join(
        name + b"\0" + struct.pack("!IHIhih", 16384, index, kind, -1, -1, 0)
        for index, (name, kind) in enumerate(columns, 1)
    )
    answer = _message(b"1") + _message(b"2") + _message(b"T", struct.pack("!H", 4) + described)
    for row in range(5):
        cells = (str(number + row), f"customer-{number}@example.com", "19.90", "2023-11-14 22:13:20.123456+00")
        data = b"".join(struct.pack("!I", len(cell)) + cell.encode() for cell in cells)
        answer += _message(b"D", struct.pack("!H", 4) + data)
    return question, answer + _message(b"C", b"SELECT 5\0") + _message(b"Z", b"I")


def _message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def write_http(file: BinaryIO, size: int, *, body: int = 900, port: int = 8000) -> int:
    """A capture of at least `size` bytes. Returns how many exchanges are in it."""
    file.write(HEADER)
    wire, count = Wire(file), 0
    while file.tell() < size:
        turns = (http(number, body=body) for number in range(count, count + EXCHANGES_PER_CONNECTION))
        wire.connection(_client(count), Side(SERVER, port, count * 7919 & 0xFFFFFFFF), turns)
        count += EXCHANGES_PER_CONNECTION
    return count


def write_postgresql(file: BinaryIO, size: int, *, port: int = 5432) -> int:
    """A capture of at least `size` bytes. Returns how many statements are in it."""
    file.write(HEADER)
    wire, count = Wire(file), 0
    while file.tell() < size:
        statements = range(count, count + EXCHANGES_PER_CONNECTION)
        turns = iter([postgresql_start(), *(postgresql(number) for number in statements)])
        wire.connection(_client(count), Side(SERVER, port, count * 7919 & 0xFFFFFFFF), turns)
        count += EXCHANGES_PER_CONNECTION
    return count


def stream_http(file: BinaryIO, size: int, *, body: int, port: int = 8000) -> int:
    """The same as `write_http` to a pipe, cheaply: one connection over and over, each time from another client, a
    tenth of them never closed. Returns how many exchanges are in it.
    """
    from io import BytesIO

    templates = []
    for close in (True, False):
        part = BytesIO()
        wire = Wire(part)
        turns = (http(number, body=body) for number in range(EXCHANGES_PER_CONNECTION))
        wire.connection(Side(b"\xfa\xce\xfe\xed", 40000, 1), Side(SERVER, port, 1), turns, close=close)
        templates.append(part.getvalue())
    moment = struct.pack("<I", START)
    file.write(HEADER)
    written = count = 0
    while written < size:
        number = count // EXCHANGES_PER_CONNECTION
        client = struct.pack("!I", 0x0B000000 + number)
        later = struct.pack("<I", START + number // 50)
        part_bytes = templates[number % 10 == 0].replace(b"\xfa\xce\xfe\xed", client).replace(moment, later)
        file.write(part_bytes)
        written += len(part_bytes)
        count += EXCHANGES_PER_CONNECTION
    return count


def _client(count: int) -> Side:
    number = count // EXCHANGES_PER_CONNECTION
    return Side(struct.pack("!I", 0x0B000000 + number // 20_000), 32768 + number % 20_000, count * 104729 & 0xFFFFFFFF)
