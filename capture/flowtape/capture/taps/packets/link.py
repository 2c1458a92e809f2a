"""From a packet to its TCP segment: link layer, IP, TCP header. No state, no allocation beyond the payload.

Sources: the LINKTYPE_ registry of tcpdump.org, IEEE 802.1Q, RFC 791, RFC 8200, RFC 9293 section 3.1. Lengths are taken from the
IP header, so link-layer padding and trailers are never mistaken for payload; a length of zero is what offloaded
packets of more than 64 KiB carry, and means the packet's own.
"""

from __future__ import annotations

import ipaddress
import struct
from struct import Struct
from typing import Final, NamedTuple

from flowtape.capture.exchange import Address

NULL: Final = 0
ETHERNET: Final = 1
RAW: Final = 101
LOOP: Final = 108
COOKED: Final = 113
IPV4: Final = 228
IPV6: Final = 229
COOKED_2: Final = 276

NOT_IP: Final = "packets.not_ip"
NOT_TCP: Final = "packets.not_tcp"
FRAGMENT: Final = "packets.fragment"
ECHO: Final = "packets.echo"
CUT: Final = "packets.cut"
MALFORMED: Final = "packets.malformed"
UNKNOWN_LINK: Final = "packets.unknown_link"

FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04
ACK: Final = 0x10

_VLAN_TAGS = frozenset({0x8100, 0x88A8, 0x9100})
_RAW_LINKS = frozenset({RAW, IPV4, IPV6, 12, 14})
_LOOPBACK_FAMILIES_4 = frozenset({2})
_LOOPBACK_FAMILIES_6 = frozenset({10, 24, 28, 30})
_OUTGOING = 4
_ARP_LOOPBACK = 772
_MAX_EXTENSIONS = 16

_TYPE = Struct("!H")
_IPV4 = Struct("!BxHxxHxB")
_IPV6 = Struct("!4xHB")
_WORD = Struct("4s")
_PLAIN = Struct("!BxHxxHxBxx12sIIBB")
_TCP = Struct("!IIBB")
_COOKED = Struct("!HH10xH")
_COOKED_2 = Struct("!H6xHB")


class Segment(NamedTuple):
    """One TCP segment.

    `key` names its direction: source address, destination address, source port, destination port, as on the wire. `length` is the
    payload's length on the wire: `payload` is shorter where the capture cut it.
    """

    key: bytes
    sequence: int
    acknowledged: int
    flags: int
    payload: bytes
    length: int


_segment = tuple.__new__  # what Segment(…) comes to, without the call between


def reverse(key: bytes) -> bytes:
    """The key of the other direction."""
    half = (len(key) - 4) // 2
    return key[half : 2 * half] + key[:half] + key[-2:] + key[-4:-2]


def ends(key: bytes) -> tuple[Address, Address]:
    """Who sends and who receives in this direction. An IPv4 address inside IPv6 is given as IPv4."""
    half = (len(key) - 4) // 2
    source, destination = key[:half], key[half : 2 * half]
    return Address(_text(source), int.from_bytes(key[-4:-2])), Address(_text(destination), int.from_bytes(key[-2:]))


def dissect(link: int, data: bytes, length: int) -> Segment | str:
    """The segment in `data`, or the counter in which a packet without one ends. `length` is the packet's on the wire."""
    start = 14 if link == ETHERNET and data[12:14] == b"\x08\0" else 0 if link == RAW else None
    if start is not None and len(data) >= start + 40:
        # Nearly every packet is this one: read at one go.
        first, total, fragment, protocol, key, sequence, acknowledged, offset, flags = _PLAIN.unpack_from(data, start)
        body, end = start + 20 + (offset >> 4) * 4, start + total
        if first == 0x45 and protocol == 6 and not fragment & 0x3FFF and offset >= 0x50 and body <= end <= length:
            return _segment(Segment, (key, sequence, acknowledged, flags, data[body:end], end - body))
    try:
        if link == ETHERNET:
            return _typed(_TYPE.unpack_from(data, 12)[0], data, 14, length)
        if link in _RAW_LINKS:
            return _versioned(data, 0, length)
        if link == COOKED:
            direction, hardware, kind = _COOKED.unpack_from(data)
            return ECHO if _is_echo(direction, hardware) else _typed(kind, data, 16, length)
        if link == COOKED_2:
            kind, hardware, direction = _COOKED_2.unpack_from(data)
            return ECHO if _is_echo(direction, hardware) else _typed(kind, data, 20, length)
        if link in (NULL, LOOP):
            return _loopback(data, length)
    except (struct.error, IndexError):
        return CUT if length > len(data) else MALFORMED
    return UNKNOWN_LINK


def _text(packed: bytes) -> str:
    address = ipaddress.ip_address(packed)
    return str(getattr(address, "ipv4_mapped", None) or address)


def _is_echo(direction: int, hardware: int) -> bool:
    """Whether this is the first of the two times that a loopback interface shows each packet: going out, then coming in."""
    return direction == _OUTGOING and hardware == _ARP_LOOPBACK


def _loopback(data: bytes, length: int) -> Segment | str:
    """BSD's loopback header: the address family, in the byte order of the machine that captured (NULL) or of the network."""
    word = _WORD.unpack_from(data)[0]
    families = {int.from_bytes(word, "little"), int.from_bytes(word, "big")}
    if families & _LOOPBACK_FAMILIES_4:
        return _ipv4(data, 4, length)
    return _ipv6(data, 4, length) if families & _LOOPBACK_FAMILIES_6 else NOT_IP


def _typed(kind: int, data: bytes, start: int, length: int) -> Segment | str:
    while kind in _VLAN_TAGS:
        kind = data[start + 2] << 8 | data[start + 3]
        start += 4
    if kind == 0x0800:
        return _ipv4(data, start, length)
    if kind == 0x86DD:
        return _ipv6(data, start, length)
    return NOT_IP


def _versioned(data: bytes, start: int, length: int) -> Segment | str:
    version = data[start] >> 4
    if version == 4:
        return _ipv4(data, start, length)
    return _ipv6(data, start, length) if version == 6 else NOT_IP


def _ipv4(data: bytes, start: int, length: int) -> Segment | str:
    first, total, fragment, protocol = _IPV4.unpack_from(data, start)
    header = (first & 15) * 4
    if first >> 4 != 4 or header < 20:
        return MALFORMED
    if protocol != 6:
        return NOT_TCP
    if fragment & 0x3FFF:
        return FRAGMENT
    end = start + total if total else length
    if end > length:
        return MALFORMED
    return _tcp(data, data[start + 12 : start + 20], start + header, end)


def _ipv6(data: bytes, start: int, length: int) -> Segment | str:
    size, following = _IPV6.unpack_from(data, start)
    at = start + 40
    if data[start] >> 4 != 6:
        return MALFORMED
    for _ in range(_MAX_EXTENSIONS):
        if following == 6:
            end = start + 40 + size if size else length
            return _tcp(data, data[start + 8 : start + 40], at, end) if end <= length else MALFORMED
        if following in (0, 43, 60, 135, 139, 140):
            following, at = data[at], at + data[at + 1] * 8 + 8
        elif following == 51:
            following, at = data[at], at + data[at + 1] * 4 + 8
        elif following == 44:
            if (data[at + 2] << 8 | data[at + 3]) & 0xFFF9:
                return FRAGMENT
            following, at = data[at], at + 8
        else:
            return NOT_TCP
    return MALFORMED


def _tcp(data: bytes, addresses: bytes, start: int, end: int) -> Segment | str:
    sequence, acknowledged, offset, flags = _TCP.unpack_from(data, start + 4)
    body = start + (offset >> 4) * 4
    if offset < 0x50 or body > end:
        return MALFORMED
    return Segment(addresses + data[start : start + 4], sequence, acknowledged, flags, data[body:end], end - body)
