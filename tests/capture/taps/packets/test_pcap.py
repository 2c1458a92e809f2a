from __future__ import annotations

import asyncio
import gzip
import itertools
import os
import struct
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowtape.capture.taps.packets import pcap
from flowtape.capture.taps.packets.pcap import CaptureFile, CaptureFileError, Packet

AT = 1_700_000_000_123_456_789
PACKETS = [
    Packet(1, AT + index * 1_000_001_000, bytes([index]) * size, size) for index, size in enumerate((60, 1, 1514, 0))
]


def pcap_bytes(packets: list[Packet], *, order: str = "<", nano: bool = True) -> bytes:
    unit = 1 if nano else 1000
    parts = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
    for packet in packets:
        seconds, rest = divmod(packet.at, 1_000_000_000)
        parts.append(struct.pack(order + "IIII", seconds, rest // unit, len(packet.data), packet.length) + packet.data)
    return b"".join(parts)


def block(kind: int, body: bytes, order: str) -> bytes:
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def option(code: int, value: bytes, order: str) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str) -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(order: str, *, link: int = 1, snap: int = 0, options: bytes = b"") -> bytes:
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def enhanced(order: str, packet: Packet, *, number: int = 0, ticks: int | None = None) -> bytes:
    stamp = packet.at if ticks is None else ticks
    head = struct.pack(order + "IIIII", number, stamp >> 32, stamp & 0xFFFFFFFF, len(packet.data), packet.length)
    return block(6, head + packet.data, order)


def pcapng_bytes(packets: list[Packet], *, order: str = "<") -> bytes:
    nanoseconds = interface(order, options=option(9, b"\x09", order) + option(0, b"", order))
    return section(order) + nanoseconds + b"".join(enhanced(order, packet) for packet in packets)


def read(path: Path, data: bytes) -> tuple[list[Packet], list[str]]:
    path.write_bytes(data)
    file = CaptureFile(path)
    return list(file), file.problems


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.pcap"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("write", [pcap_bytes, pcapng_bytes])
def test_either_byte_order_gives_the_same_packets(path: Path, write: object, order: str) -> None:
    assert callable(write)
    assert read(path, write(PACKETS, order=order)) == (PACKETS, [])


def test_microseconds_are_read_as_such(path: Path) -> None:
    packets, _ = read(path, pcap_bytes(PACKETS, nano=False))
    assert [packet.at for packet in packets] == [packet.at // 1000 * 1000 for packet in PACKETS]


def test_a_gzipped_file_is_read_as_it_is(path: Path) -> None:
    assert read(path, gzip.compress(pcap_bytes(PACKETS))) == (PACKETS, [])


def test_a_pipe_is_as_good_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(pcap_bytes(PACKETS * 100)))
    writer.start()
    assert list(CaptureFile(path)) == PACKETS * 100
    writer.join()


def test_a_packet_cut_by_the_snap_length_keeps_its_own_length(path: Path) -> None:
    cut = [Packet(1, AT, b"abc", 1514)]
    assert read(path, pcap_bytes(cut)) == (cut, [])
    assert read(path, pcapng_bytes(cut)) == (cut, [])


@pytest.mark.parametrize(
    ("resolution", "ticks"),
    [(b"", AT // 1000), (b"\x06", AT // 1000), (b"\x03", AT // 1_000_000), (b"\x94", AT * 2**20 // 10**9)],
)
def test_pcapng_times_are_in_the_interfaces_own_resolution(path: Path, resolution: bytes, ticks: int) -> None:
    options = option(9, resolution, "<") if resolution else b""
    packets, problems = read(
        path, section("<") + interface("<", options=options) + enhanced("<", PACKETS[0], ticks=ticks)
    )
    assert problems == []
    assert abs(packets[0].at - AT) < 1_000_000


def test_pcapng_times_may_have_an_offset(path: Path) -> None:
    options = option(9, b"\x09", "<") + option(14, struct.pack("<q", 3), "<")
    packets, _ = read(path, section("<") + interface("<", options=options) + enhanced("<", PACKETS[0]))
    assert packets[0].at == AT + 3_000_000_000


def test_pcapng_blocks_of_every_kind(path: Path) -> None:
    old = block(2, struct.pack("<HHIIII", 1, 0, 0, 5_000_000, 3, 3) + b"old", "<")
    simple = block(3, struct.pack("<I", 9) + b"simp", "<")
    unknown = block(0x0BAD, b"whatever", "<")
    described = interface("<", snap=4) + interface("<", link=113)
    packets, problems = read(
        path,
        section("<")
        + described
        + unknown
        + old
        + simple
        + section(">")
        + interface(">")
        + enhanced(">", PACKETS[1], ticks=7),
    )
    assert problems == []
    assert packets == [
        Packet(113, 5_000_000_000, b"old", 3),
        Packet(1, 5_000_000_000, b"simp", 9),
        Packet(1, 7000, PACKETS[1].data, 1),
    ]


def test_pcapng_says_how_many_packets_were_dropped(path: Path) -> None:
    def statistics(dropped: int) -> bytes:
        return block(5, struct.pack("<III", 0, 0, 0) + option(5, struct.pack("<Q", dropped), "<"), "<")

    path.write_bytes(pcapng_bytes(PACKETS) + statistics(3) + statistics(5))
    file = CaptureFile(path)
    assert len(list(file)) == len(PACKETS)
    assert file.kernel_dropped == 5


@pytest.mark.parametrize("write", [pcap_bytes, pcapng_bytes])
def test_a_file_cut_anywhere_gives_the_packets_before_the_cut(path: Path, write: object) -> None:
    assert callable(write)
    whole = write(PACKETS[:2])
    ends = list(
        itertools.accumulate([len(write([])), *(len(write([packet])) - len(write([])) for packet in PACKETS[:2])])
    )
    for size in range(ends[0], len(whole)):
        packets, problems = read(path, whole[:size])
        kept = sum(end <= size for end in ends[1:])
        assert packets == PACKETS[:kept]
        if size in ends:
            assert problems == []
        else:
            assert str(path) in problems[0]
            assert f"at byte {size}" in problems[0]
            assert "cut in the middle" in problems[0]


def test_a_gzipped_file_that_is_cut_gives_what_can_be_unpacked(path: Path) -> None:
    packets, problems = read(path, gzip.compress(pcap_bytes(PACKETS * 2000), mtime=0)[:-500])
    assert packets[:4] == PACKETS
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"\xd4\xc3\xb2\xa1\2\0", "the header is cut after 6 of 24 bytes"),
        (b"GET / HTTP/1.1\r\n", "neither pcap nor pcapng: it begins with 47 45 54 20"),
        (b"\xd4", "neither pcap nor pcapng"),
        (gzip.compress(b"PK", mtime=0), "neither pcap nor pcapng"),
    ],
)
def test_what_is_no_capture_is_refused_with_the_reason(path: Path, data: bytes, says: str) -> None:
    with pytest.raises(CaptureFileError, match=says) as error:
        read(path, data)
    assert str(path) in str(error.value)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(CaptureFileError, match=r"some\.pcap: cannot be read: No such file"):
        list(CaptureFile(path))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (struct.pack("<IIII", 0, 0, 0x80000000, 60), "a packet of 2147483648 bytes cannot be"),
        (struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 60), "a packet of 4294967295 bytes cannot be"),
    ],
)
def test_a_length_that_cannot_be_is_not_an_allocation(path: Path, damage: bytes, says: str) -> None:
    packets, problems = read(path, pcap_bytes(PACKETS) + damage + bytes(1000))
    assert packets == PACKETS
    assert says in problems[0]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (struct.pack("<II", 6, 0xFFFFFFF0), "a block of 4294967280 bytes cannot be"),
        (struct.pack("<II", 6, 4), "a block of 4 bytes cannot be"),
        (block(6, b"short", "<"), "a block of type 6 is too short"),
        (
            block(6, struct.pack("<IIIII", 0, 0, 0, 2**31, 1) + b"x", "<"),
            "a packet of 2147483648 bytes in a block that holds",
        ),
        (enhanced("<", PACKETS[0], number=9), "interface 9, which is not described"),
        (struct.pack("<II", 0x0A0D0D0A, 28) + b"\1\2\3\4" + bytes(16), "a section without a byte order"),
    ],
)
def test_a_damaged_block_is_told_with_its_place(path: Path, damage: bytes, says: str) -> None:
    packets, problems = read(path, pcapng_bytes(PACKETS) + damage)
    assert packets == PACKETS
    assert says in problems[0]
    assert "what came before it is kept" in problems[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.sampled_from([pcap_bytes, pcapng_bytes]))
def test_a_damaged_file_raises_nothing_but_its_own_error(path: Path, data: st.DataObject, write: object) -> None:
    assert callable(write)
    damaged = bytearray(write(PACKETS[:3]))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        packets, _ = read(path, bytes(damaged))
    except CaptureFileError:
        return
    assert all(len(packet.data) <= packet.length for packet in packets)


class Receiver:
    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.packets: list[Packet] = []

    def packet(self, link: int, at: int, data: bytes, length: int) -> None:
        self.packets.append(Packet(link, at, data, length))

    def quiet(self, now: int) -> None: ...


def test_run_brings_every_packet_and_counts_a_damaged_file(path: Path) -> None:
    path.write_bytes(pcap_bytes(PACKETS))
    receiver = Receiver()
    asyncio.run(CaptureFile(path).run(receiver))
    assert receiver.packets == PACKETS
    assert receiver.counters["files.damaged"] == 0
    path.write_bytes(pcap_bytes(PACKETS[:3])[:-1])
    asyncio.run(CaptureFile(path).run(receiver))
    assert receiver.counters["files.damaged"] == 1
    assert receiver.counters["files.read"] == 2


def test_long_records_are_bounded() -> None:
    assert pcap.MAX_RECORD <= 16 * 1024 * 1024
