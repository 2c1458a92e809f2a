from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.taps.packets.by_hand import CLIENT_PORT, MILLISECOND, SERVER_PORT, Frames

from flowtape.capture.configuration import Configuration
from flowtape.capture.exchange import Address, Exchange, HttpRequest, HttpResponse
from flowtape.capture.routes import Routes
from flowtape.capture.taps.packets import link, tcp
from flowtape.capture.taps.packets.link import ACK, FIN, RST, SYN
from flowtape.capture.taps.packets.table import IDLE, Table
from flowtape.capture.taps.packets.tap import PacketsTap, Receiver
from flowtape.capture.taps.packets.tcp import Assembly

FRAMES = Frames()
START = 1_700_000_000_000_000_000
CONFIGURATION = msgspec.convert(
    {
        "service": {"name": "shop", "listen": "10.0.0.2:8000"},
        "dependencies": {"stock": {"protocol": "http", "address": "http://10.0.0.2:9000"}},
    },
    Configuration,
)
TURNS = [
    (b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d" % number)
    for number in range(6)
]


class Packets:
    """A source of packets that are there already; the clock goes on by a millisecond with each."""

    def __init__(self, packets: Iterable[bytes] = ()) -> None:
        self.packets = packets
        self.problems: list[str] = []

    async def run(self, receiver: Receiver) -> None:
        for number, packet in enumerate(self.packets):
            receiver.packet(link.RAW, START + number * MILLISECOND, packet, len(packet))


def tap_of(packets: Iterable[bytes] = (), *, table: Table | None = None) -> PacketsTap:
    return PacketsTap(Routes(CONFIGURATION), Packets(packets), table=table)


def run(tap: PacketsTap) -> list[Exchange]:
    heard: list[Exchange] = []
    asyncio.run(tap.run(heard.append))
    balance(tap.counters)
    return heard


def heard_of(packets: Iterable[bytes]) -> tuple[list[Exchange], Counter[str]]:
    tap = tap_of(packets)
    return run(tap), tap.counters


def balance(counters: Counter[str]) -> None:
    """Every packet, byte and connection ended in exactly one counter."""
    packets = {name for name in counters if name.startswith("packets.")} - {"packets.heard", "packets.kernel_dropped"}
    assert counters["packets.heard"] == sum(counters[name] for name in packets)
    parts = (counters[f"bytes.{name}"] for name in ("read", "duplicate", "ignored"))
    assert counters["bytes.heard"] == sum(parts)
    begun = counters["connections.opened"] + counters["connections.joined"]
    begins = {"connections.opened", "connections.joined"}
    assert begun == sum(counters[name] for name in counters if name.startswith("connections.") and name not in begins)


def syn(port: int, *, server: int = SERVER_PORT, sequence: int = 1) -> bytes:
    return FRAMES.ipv4(FRAMES.tcp(ports=(port, server), flags=SYN, sequence=sequence))


def test_a_dialogue_becomes_its_exchanges() -> None:
    heard, counters = heard_of(FRAMES.dialogue(TURNS))
    assert [exchange.incomplete for exchange in heard] == [""] * len(TURNS)
    for number, exchange in enumerate(heard):
        assert isinstance(exchange.question, HttpRequest)
        assert isinstance(exchange.answer, HttpResponse)
        assert (exchange.question.target, exchange.answer.body) == (f"/{number}", b"%02d" % number)
        assert exchange.started == START + (3 + 2 * number) * MILLISECOND
        assert exchange.ended == START + (4 + 2 * number) * MILLISECOND
    first = heard[0].connection
    assert (first.client, first.server) == (Address("10.0.0.1", CLIENT_PORT), Address("10.0.0.2", SERVER_PORT))
    assert first.dependency is None
    assert counters["exchanges.whole"] == len(TURNS)
    assert counters["connections.opened"] == counters["connections.closed"] == 1
    assert counters["packets.control"] == 4
    assert counters["packets.data"] == 2 * len(TURNS)
    assert counters["packets.ack_only"] == 1
    assert counters["packets.after_close"] == 1


def test_a_dependency_is_named_by_its_route() -> None:
    heard, _ = heard_of(FRAMES.dialogue(TURNS[:1], server=9000))
    assert heard[0].connection.dependency == "stock"
    assert heard[0].connection.name == "10.0.0.2"


def test_what_goes_elsewhere_is_counted_and_left() -> None:
    heard, counters = heard_of(FRAMES.dialogue(TURNS, server=7777))
    assert heard == []
    assert counters["packets.elsewhere"] == counters["packets.heard"]


def test_a_connection_joined_in_the_middle_is_silent_until_its_codec_is_certain() -> None:
    heard, counters = heard_of(list(FRAMES.dialogue(TURNS))[4:])
    assert counters["connections.joined"] == 1
    whole = [exchange for exchange in heard if not exchange.incomplete]
    targets = [exchange.question.target for exchange in whole if isinstance(exchange.question, HttpRequest)]
    assert set(targets) <= {f"/{number}" for number in range(1, 6)}


@pytest.mark.parametrize(
    ("ports", "client_first"), [((9000, 8000), False), ((8000, 9000), True), ((40000, 8000), True)]
)
def test_the_middle_of_a_connection_tells_its_server_by_route_then_by_the_lower_port(
    ports: tuple[int, int], client_first: bool
) -> None:
    both = ("10.0.0.2", "10.0.0.2")
    tap = tap_of([FRAMES.ipv4(FRAMES.tcp(b"x", ports=ports), ends=both)])
    run(tap)
    key = FRAMES.ipv4(FRAMES.tcp(ports=ports), ends=both)[12:24]
    _, from_client = tap._direction(key, syn=False, ack=True)
    assert from_client == (ports[1] == 8000)


def test_who_opens_a_connection_is_its_client_whatever_the_ports() -> None:
    tap = tap_of()
    key = FRAMES.ipv4(FRAMES.tcp(ports=(8000, 9000)), ends=("10.0.0.2", "10.0.0.2"))[12:24]
    route, from_client = tap._direction(key, syn=True, ack=False)
    assert route is not None
    assert (route.dependency, from_client) == ("stock", True)
    route, from_client = tap._direction(key, syn=True, ack=True)
    assert route is not None
    assert (route.dependency, from_client) == (None, False)


def test_ports_that_are_used_again_are_another_connection() -> None:
    first, second = list(FRAMES.dialogue(TURNS[:2]))[:-3], list(FRAMES.dialogue(TURNS[2:4]))
    again = [
        packet[:24] + bytes([packet[24] ^ 0x55]) + packet[25:28] + bytes([packet[28] ^ 0x55]) + packet[29:]
        for packet in second
    ]
    again[0] = again[0][:28] + bytes(4) + again[0][32:]
    heard, counters = heard_of(first + again)
    assert counters["connections.replaced"] == 1
    assert counters["connections.opened"] == 2
    assert len({exchange.connection.id for exchange in heard if not exchange.incomplete}) == 2


def test_a_lone_acknowledgement_or_reset_begins_nothing() -> None:
    packets = [FRAMES.ipv4(FRAMES.tcp(flags=flags)) for flags in (ACK, RST, FIN | ACK)]
    _, counters = heard_of(packets)
    assert counters["packets.unconnected"] == 3


def test_a_lost_answer_makes_its_exchange_incomplete_and_no_other_one_wrong() -> None:
    packets = list(FRAMES.dialogue(TURNS))
    del packets[3 + 2 * 2 + 1]
    heard, counters = heard_of(packets)
    assert counters["bytes.missing"] == len(TURNS[2][1])
    for exchange in heard:
        if not exchange.incomplete:
            assert isinstance(exchange.question, HttpRequest)
            assert isinstance(exchange.answer, HttpResponse)
            assert exchange.question.target == f"/{int(exchange.answer.body)}"
    assert any(exchange.incomplete for exchange in heard)


@given(st.integers(0, 2**32))
def test_whatever_happens_to_packets_each_is_accounted_for_and_no_exchange_is_wrong(seed: int) -> None:
    chance = random.Random(seed)
    dialogues = [
        list(FRAMES.dialogue(TURNS, port=CLIENT_PORT + index, server=8000 + 1000 * (index % 2))) for index in range(3)
    ]
    packets = [packet for turn in zip_longest(*dialogues) for packet in turn if packet]
    lost, late = chance.choice([0.0, 0.02, 0.3]), chance.choice([0, 0, 5, 40])
    order = [
        (index + chance.random() * late, packet) for index, packet in enumerate(packets) if chance.random() >= lost
    ]
    order += [(index + 20 + chance.random() * 5, packet) for index, packet in chance.choices(order, k=5)]
    packets = [packet for _, packet in sorted(order)]
    for _ in range(chance.choice([0, 3])):
        packet = bytearray(chance.choice(packets))
        packet[chance.randrange(20)] = chance.randrange(256)
        packets.insert(chance.randrange(len(packets)), bytes(packet))
    heard, counters = heard_of(packets)
    assert counters["packets.heard"] == len(packets)
    told = ("exchanges.whole", "exchanges.incomplete", "exchanges.unread")
    assert sum(counters[name] for name in told) == len(heard)
    for exchange in heard:
        if not exchange.incomplete and exchange.protocol == "http1":
            assert isinstance(exchange.question, HttpRequest)
            assert isinstance(exchange.answer, HttpResponse)
            assert exchange.question.target == f"/{int(exchange.answer.body)}"


def test_the_watermark_waits_for_what_is_under_way_and_for_what_is_held_back() -> None:
    tap = tap_of()
    assert tap.watermark() == 0
    packets = list(FRAMES.dialogue(TURNS[:2]))

    def bring(index: int, millisecond: int) -> None:
        tap.packet(link.RAW, START + millisecond * MILLISECOND, packets[index], len(packets[index]))

    for index in range(3):
        bring(index, index)
    assert tap.watermark() == START + 2 * MILLISECOND
    bring(3, 5)
    tap.quiet(START + 9 * MILLISECOND)
    assert tap.watermark() == START + 5 * MILLISECOND, "a request waits for its answer"
    bring(4, 10)
    assert tap.watermark() == START + 10 * MILLISECOND
    bring(6, 12)
    assert tap.watermark() == START + 12 * MILLISECOND
    tap.quiet(START + 20 * MILLISECOND)
    assert tap.watermark() == START + 12 * MILLISECOND, "an answer waits for its request"
    bring(5, 21)
    assert tap.watermark() == START + 21 * MILLISECOND
    tap.quiet(START + 30 * MILLISECOND)
    assert tap.watermark() == START + 30 * MILLISECOND


def test_what_is_missing_is_given_up_though_nothing_more_is_heard() -> None:
    tap = tap_of()
    packets = list(FRAMES.dialogue(TURNS[:1]))
    for index in (0, 1, 2, 4):
        tap.packet(link.RAW, START, packets[index], len(packets[index]))
    tap.quiet(START + tcp.REORDER_TIME)
    assert tap.counters["bytes.missing"] == len(TURNS[0][0])


def test_a_request_under_way_at_the_end_is_heard_as_incomplete() -> None:
    heard, counters = heard_of(list(FRAMES.dialogue(TURNS[:1]))[:4])
    assert [bool(exchange.incomplete) for exchange in heard] == [True]
    assert counters["connections.cut_off"] == 1


def test_a_connection_that_is_silent_for_too_long_is_given_up() -> None:
    tap = tap_of()
    packets = list(FRAMES.dialogue(TURNS[:1]))[:4]
    for packet in packets:
        tap.packet(link.RAW, START, packet, len(packet))
    tap.quiet(START + IDLE + 1)
    assert tap.counters["connections.evicted_idle"] == 1
    assert tap.watermark() == START + IDLE + 1
    tap.close()
    balance(tap.counters)


def test_a_connection_that_went_on_unheard_is_joined_anew() -> None:
    packets = list(FRAMES.dialogue(TURNS))
    later = [
        packet[:24] + bytes([packet[24] ^ 0x40]) + packet[25:28] + bytes([packet[28] ^ 0x40]) + packet[29:]
        for packet in packets
    ]
    _, counters = heard_of(packets[:8] + later[8:])
    assert counters["packets.stray"] == tcp.STRAYS
    assert counters["connections.lost_track"] == 1
    assert counters["connections.joined"] == 1


def test_a_flood_of_connections_is_bounded_and_spares_those_that_speak() -> None:
    table = Table(limit=1000)
    tap = tap_of(table=table)
    dialogue = list(FRAMES.dialogue(TURNS))
    heard: list[Exchange] = []
    tap._hear = heard.append
    for packet in dialogue[:5]:
        tap.packet(link.RAW, START, packet, len(packet))
    most = 0
    for number in range(100_000):
        packet = FRAMES.ipv4(
            FRAMES.tcp(ports=(number % 60_000 + 1, SERVER_PORT), flags=SYN, sequence=number),
            ends=(f"10.9.{number >> 8 & 255}.{number & 255}", "10.0.0.2"),
        )
        tap.packet(link.RAW, START + number * 1000, packet, len(packet))
        most = max(most, len(table))
    assert most <= 1000
    for packet in dialogue[5:]:
        tap.packet(link.RAW, START + 10**9, packet, len(packet))
    assert sum(not exchange.incomplete for exchange in heard) == len(TURNS)
    tap.close()
    assert tap.counters["connections.evicted_full"] > 98_000
    balance(tap.counters)


def test_a_flood_of_holes_is_no_flood_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection waits for a segment that never comes; each is looked at a bounded number of times."""
    looks = Counter[str]()
    tick = Assembly.tick

    def count(assembly: Assembly, now: int) -> None:
        looks["ticks"] += 1
        tick(assembly, now)

    monkeypatch.setattr(Assembly, "tick", count)
    tap = tap_of()
    for number in range(5000):
        for sequence, data, flags in ((1, b"", SYN), (2, b"", ACK), (9, b"x", ACK)):
            packet = FRAMES.ipv4(FRAMES.tcp(data, ports=(number + 1, SERVER_PORT), sequence=sequence, flags=flags))
            tap.packet(link.RAW, START + number * MILLISECOND, packet, len(packet))
            tap.quiet(START + number * MILLISECOND)
    assert looks["ticks"] < 15 * 5000
    tap.quiet(START + 60_000 * MILLISECOND)
    assert tap.counters["bytes.missing"] == 7 * 5000
    tap.close()
    balance(tap.counters)


def test_routes_of_strangers_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    from flowtape.capture.taps.packets import tap as module

    monkeypatch.setattr(module, "MAX_ROUTES", 10)
    tap = tap_of([FRAMES.ipv4(FRAMES.tcp(b"x", ports=(1, port))) for port in range(100, 200)])
    run(tap)
    assert len(tap._found) <= 10


def test_problems_are_those_of_the_source(tmp_path: Path) -> None:
    from flowtape.capture.taps.packets.pcap import CaptureFile

    path = tmp_path / "cut.pcap"
    path.write_bytes(b"\xd4\xc3\xb2\xa1" + bytes(20) + b"\1")
    tap = PacketsTap(Routes(CONFIGURATION), CaptureFile(path))
    assert run(tap) == []
    assert "cut.pcap: at byte 25" in tap.problems[0]


def test_a_tap_that_is_cancelled_says_what_was_under_way() -> None:
    brought = asyncio.Event()

    class Endless(Packets):
        async def run(self, receiver: Receiver) -> None:
            await super().run(receiver)
            brought.set()
            await asyncio.Event().wait()

    async def scene() -> list[Exchange]:
        tap = PacketsTap(Routes(CONFIGURATION), Endless(list(FRAMES.dialogue(TURNS[:1]))[:4]))
        heard: list[Exchange] = []
        task = asyncio.ensure_future(tap.run(heard.append))
        await brought.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        balance(tap.counters)
        return heard

    assert len(asyncio.run(scene())) == 1
