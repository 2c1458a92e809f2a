from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.taps.packets.by_hand import Frames

from flowtape.capture.exchange import Address
from flowtape.capture.taps.packets import link
from flowtape.capture.taps.packets.link import Segment, dissect, ends, reverse

FRAMES = Frames()
HTTP = b"GET / HTTP/1.1\r\n\r\n"
PACKET = FRAMES.ipv4(FRAMES.tcp(HTTP, sequence=7, acknowledged=9))
PACKET_6 = FRAMES.ipv6(FRAMES.tcp(HTTP, sequence=7, acknowledged=9))
COOKED = struct.pack("!HHH8sH", 0, 1, 6, bytes(8), 0x0800)
COOKED_2 = struct.pack("!HHIHBB8s", 0x0800, 0, 2, 1, 0, 6, bytes(8))

LINKS = {
    "ethernet": (link.ETHERNET, FRAMES.ethernet(PACKET)),
    "ethernet, IPv6": (link.ETHERNET, FRAMES.ethernet(PACKET_6, kind=0x86DD)),
    "ethernet, padded": (link.ETHERNET, FRAMES.ethernet(PACKET) + bytes(20)),
    "802.1Q": (link.ETHERNET, FRAMES.ethernet(PACKET, tags=b"\x81\x00\x00\x07")),
    "QinQ": (link.ETHERNET, FRAMES.ethernet(PACKET, tags=b"\x88\xa8\x00\x07\x81\x00\x00\x08")),
    "cooked": (link.COOKED, COOKED + PACKET),
    "cooked 2": (link.COOKED_2, COOKED_2 + PACKET),
    "raw": (link.RAW, PACKET),
    "raw, IPv6": (link.RAW, PACKET_6),
    "raw, as BSD numbers it": (12, PACKET),
    "IPv4": (link.IPV4, PACKET),
    "IPv6": (link.IPV6, PACKET_6),
    "BSD loopback, little endian": (link.NULL, b"\2\0\0\0" + PACKET),
    "BSD loopback, big endian": (link.NULL, b"\0\0\0\2" + PACKET),
    "BSD loopback, IPv6 of macOS": (link.NULL, b"\x1e\0\0\0" + PACKET_6),
    "OpenBSD loopback": (link.LOOP, b"\0\0\0\x18" + PACKET_6),
}


def of(number: int, data: bytes, length: int | None = None) -> Segment | str:
    return dissect(number, data, len(data) if length is None else length)


@pytest.mark.parametrize(("number", "data"), LINKS.values(), ids=LINKS)
def test_each_link_layer_gives_the_same_segment(number: int, data: bytes) -> None:
    segment = of(number, data)
    assert isinstance(segment, Segment)
    assert segment[1:] == (7, 9, link.ACK, HTTP, len(HTTP))
    client, server = ends(segment.key)
    assert (client.port, server.port) == (40_000, 8000)
    assert (server, client) == ends(reverse(segment.key))


def test_addresses_are_text() -> None:
    four, six = of(link.RAW, PACKET), of(link.RAW, PACKET_6)
    assert isinstance(four, Segment)
    assert isinstance(six, Segment)
    assert ends(four.key)[1] == Address("10.0.0.2", 8000)
    assert ends(six.key)[1] == Address("::2", 8000)


def test_an_ipv4_address_inside_ipv6_is_given_as_ipv4() -> None:
    key = bytes(10) + b"\xff\xff\x7f\0\0\1" + bytes(15) + b"\1" + bytes(4)
    assert ends(key)[0] == Address("127.0.0.1", 0)


def test_options_of_ip_and_tcp_are_passed_over() -> None:
    packet = FRAMES.ipv4(FRAMES.tcp(HTTP, options=b"\1" * 12), options=b"\1" * 8)
    segment = of(link.RAW, packet)
    assert isinstance(segment, Segment)
    assert segment.payload == HTTP


@pytest.mark.parametrize(
    "extensions",
    [
        [(0, bytes(6))],
        [(0, bytes(6)), (43, bytes(14)), (60, bytes(6))],
        [(44, bytes(6))],  # a fragment header of a packet that is whole (RFC 6946)
        [(51, bytes(10))],
    ],
)
def test_extension_headers_are_passed_over(extensions: list[tuple[int, bytes]]) -> None:
    kinds = [kind for kind, _ in extensions] + [6]
    headers = b""
    for (kind, body), following in zip(extensions, kinds[1:], strict=True):
        size = {44: 0, 51: (len(body) + 2) // 4 - 2}.get(kind, (len(body) + 2) // 8 - 1)
        headers += bytes([following, size]) + body
    segment = of(link.RAW, FRAMES.ipv6(headers + FRAMES.tcp(HTTP), following=kinds[0]))
    assert isinstance(segment, Segment)
    assert segment.payload == HTTP


OTHERS = {
    "ARP": (link.ETHERNET, FRAMES.ethernet(bytes(28), kind=0x0806), link.NOT_IP),
    "UDP": (link.RAW, FRAMES.ipv4(bytes(8), protocol=17), link.NOT_TCP),
    "ICMPv6": (link.RAW, FRAMES.ipv6(bytes(8), following=58), link.NOT_TCP),
    "first fragment": (link.RAW, FRAMES.ipv4(FRAMES.tcp(HTTP), fragment=0x2000), link.FRAGMENT),
    "later fragment": (link.RAW, FRAMES.ipv4(bytes(64), fragment=8), link.FRAGMENT),
    "IPv6 fragment": (link.RAW, FRAMES.ipv6(b"\6\0\0\1" + bytes(28), following=44), link.FRAGMENT),
    "version 5": (link.RAW, b"\x55" + PACKET[1:], link.NOT_IP),
    "Ethernet says IPv4, the packet 6": (link.ETHERNET, FRAMES.ethernet(PACKET_6), link.MALFORMED),
    "IP header of 16 bytes": (link.RAW, b"\x44" + PACKET[1:], link.MALFORMED),
    "longer than the packet": (link.RAW, FRAMES.ipv4(FRAMES.tcp(), total=1500), link.MALFORMED),
    "shorter than its TCP header": (link.RAW, FRAMES.ipv4(FRAMES.tcp(), total=30), link.MALFORMED),
    "TCP header of 4 bytes": (link.RAW, PACKET[:32] + b"\x10" + PACKET[33:], link.MALFORMED),
    "endless extension headers": (link.RAW, FRAMES.ipv6(bytes(8) * 100, following=0), link.MALFORMED),
    "empty": (link.ETHERNET, b"", link.MALFORMED),
    "cooked, going out on loopback": (link.COOKED, b"\0\4\x03\x04" + COOKED[4:] + PACKET, link.ECHO),
    "cooked 2, going out on loopback": (
        link.COOKED_2,
        COOKED_2[:8] + b"\x03\x04\4" + COOKED_2[11:] + PACKET,
        link.ECHO,
    ),
    "a link of another kind": (105, PACKET, link.UNKNOWN_LINK),
}


@pytest.mark.parametrize(("number", "data", "counter"), OTHERS.values(), ids=OTHERS)
def test_a_packet_without_a_segment_ends_in_its_counter(number: int, data: bytes, counter: str) -> None:
    assert of(number, data) == counter


def test_a_cut_packet_keeps_the_length_of_what_is_missing() -> None:
    whole = FRAMES.ethernet(PACKET)
    segment = of(link.ETHERNET, whole[:-10], len(whole))
    assert isinstance(segment, Segment)
    assert (segment.payload, segment.length) == (HTTP[:-10], len(HTTP))


@pytest.mark.parametrize("size", range(14 + 20 + 14))
def test_a_packet_cut_before_its_tcp_header_ends_is_counted_as_cut(size: int) -> None:
    whole = FRAMES.ethernet(PACKET)
    assert of(link.ETHERNET, whole[:size], len(whole)) == link.CUT


def test_an_offloaded_packet_of_more_than_64_kib_says_a_length_of_zero() -> None:
    payload = bytes(100_000)
    four = of(link.RAW, FRAMES.ipv4(FRAMES.tcp(payload), total=0))
    six = of(link.RAW, FRAMES.ipv6(FRAMES.tcp(payload), size=0))
    assert isinstance(four, Segment)
    assert isinstance(six, Segment)
    assert four.length == six.length == len(payload)


@given(st.sampled_from([link.ETHERNET, link.RAW, link.COOKED, link.COOKED_2, link.NULL, 77]), st.binary(max_size=120))
def test_garbage_is_counted_and_never_raises(number: int, data: bytes) -> None:
    found = of(number, data)
    assert isinstance(found, Segment) or found.startswith("packets.")


@given(st.data(), st.sampled_from(list(LINKS.values())))
def test_a_damaged_packet_is_counted_and_never_raises(data: st.DataObject, packet: tuple[int, bytes]) -> None:
    damaged = bytearray(packet[1])
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    found = of(packet[0], bytes(damaged))
    if isinstance(found, Segment):
        assert len(found.payload) <= found.length <= len(damaged)
