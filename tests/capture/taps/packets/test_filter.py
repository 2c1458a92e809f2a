"""The filter is run here as the kernel would run it; test_interface.py hands it to the kernel itself."""

from __future__ import annotations

import struct

import pytest
from tests.capture.taps.packets.by_hand import Frames

from flowtape.capture.taps.packets import filter as kernel_filter

FRAMES = Frames()
PORTS = [80, 5432, 8000]
LOOPBACK, ETHERNET = 772, 1
INCOMING, OUTGOING = 0, 4


def passes(
    packet: bytes, *, kind: int = 0x0800, direction: int = INCOMING, hardware: int = ETHERNET, ports: list[int] = PORTS
) -> bool:
    """Run the program over a packet that begins with its network header. A load beyond its end drops it."""
    ancillary = {0xFFFFF000: kind, 0xFFFFF004: direction, 0xFFFFF01C: hardware}
    program = list(struct.iter_unpack("@HBBI", kernel_filter.program(ports)))
    a = x = at = 0
    try:
        while True:
            code, yes, no, k = program[at]
            at += 1
            if code == 0x06:
                return bool(k)
            if code == 0x20:
                a = ancillary[k]
            elif code in (0x28, 0x30, 0x48):
                place = (k - kernel_filter.NETWORK) + (x if code == 0x48 else 0)
                a = packet[place] if code == 0x30 else struct.unpack_from("!H", packet, place)[0]
            elif code == 0xB1:
                x = 4 * (packet[k - kernel_filter.NETWORK] & 15)
            elif code == 0x05:
                at += k
            elif code == 0x15:
                at += yes if a == k else no
            elif code == 0x45:
                at += yes if a & k else no
            else:
                raise AssertionError(f"an instruction {code:#x}")
    except (IndexError, struct.error):
        return False


def tcp(ports: tuple[int, int]) -> bytes:
    return FRAMES.tcp(b"data", ports=ports)


@pytest.mark.parametrize("ports", [(40000, 80), (80, 40000), (5432, 40000), (40000, 8000)])
def test_either_direction_of_a_port_passes(ports: tuple[int, int]) -> None:
    assert passes(FRAMES.ipv4(tcp(ports)))
    assert passes(FRAMES.ipv4(tcp(ports), options=bytes(12)))
    assert passes(FRAMES.ipv6(tcp(ports)), kind=0x86DD)


def test_other_ports_and_protocols_do_not_pass() -> None:
    assert not passes(FRAMES.ipv4(tcp((40000, 81))))
    assert not passes(FRAMES.ipv6(tcp((40000, 81))), kind=0x86DD)
    assert not passes(FRAMES.ipv4(tcp((40000, 80)), protocol=17))
    assert not passes(FRAMES.ipv6(tcp((40000, 80)), following=17), kind=0x86DD)
    assert not passes(bytes(28), kind=0x0806)
    assert not passes(FRAMES.ipv4(tcp((40000, 80))), ports=[])


def test_what_it_cannot_decide_passes() -> None:
    assert passes(FRAMES.ipv4(bytes(40), fragment=100)), "a later fragment has no ports"
    assert passes(FRAMES.ipv4(tcp((40000, 80)), fragment=0x2000)), "a first one has"
    assert not passes(FRAMES.ipv4(tcp((40000, 81)), fragment=0x2000))
    assert passes(FRAMES.ipv6(bytes(40), following=44), kind=0x86DD)
    assert passes(FRAMES.ipv6(bytes(40), following=0), kind=0x86DD)
    assert passes(bytes(40), kind=0x8100)
    assert passes(bytes(40), kind=0x88A8)


def test_of_the_two_copies_on_loopback_the_incoming_one_passes() -> None:
    packet = FRAMES.ipv4(tcp((40000, 80)))
    assert passes(packet, hardware=LOOPBACK)
    assert not passes(packet, hardware=LOOPBACK, direction=OUTGOING)
    assert passes(packet, direction=OUTGOING), "elsewhere there is one only"


def test_hundreds_of_ports_are_no_trouble() -> None:
    ports = list(range(1, 1500, 3))
    assert passes(FRAMES.ipv4(tcp((40000, 1498))), ports=ports)
    assert not passes(FRAMES.ipv4(tcp((40000, 1499))), ports=ports)


def test_nothing_lets_nothing_through() -> None:
    assert struct.unpack("@HBBI", kernel_filter.NOTHING) == (6, 0, 0, 0)
