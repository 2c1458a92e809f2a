"""What the kernel lets through: a classic BPF program for TCP to or from some ports (Linux, Documentation/networking/filter).

It reads relative to the network header, so that one program serves every link layer. What it cannot decide cheaply
(fragments, IPv6 extension headers, VLAN tags inside the packet) it lets through. Each packet of a loopback interface is
shown twice, going out and coming in: it lets through the second.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final, TypeAlias

Instruction: TypeAlias = tuple[int, int, int, int]
"""code, jump if true, jump if false, k."""

NETWORK: Final = 0xFFF00000
"""SKF_NET_OFF: offsets from here are relative to the network header."""
_ANCILLARY = 0xFFFFF000
_PROTOCOL, _DIRECTION, _HARDWARE = _ANCILLARY, _ANCILLARY + 4, _ANCILLARY + 28
_LOAD_WORD, _LOAD_HALF, _LOAD_BYTE, _LOAD_HALF_AT_X = 0x20, 0x28, 0x30, 0x48
_X_IS_HEADER_LENGTH, _JUMP, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0xB1, 0x05, 0x15, 0x45, 0x06
_KEEP: Instruction = (_RETURN, 0, 0, 0x7FFFFFFF)
_DROP: Instruction = (_RETURN, 0, 0, 0)

NOTHING: Final = struct.pack("@HBBI", *_DROP)
"""The program that lets nothing through."""


def program(ports: Iterable[int]) -> bytes:
    """The program, as an array of the kernel's `struct sock_filter`."""
    return b"".join(struct.pack("@HBBI", *instruction) for instruction in instructions(sorted(ports)))


def instructions(ports: list[int]) -> list[Instruction]:
    version4, version6 = _version4(ports), _version6(ports)
    return [
        (_LOAD_WORD, 0, 0, _DIRECTION),
        (_IF_EQUAL, 0, 3, 4),
        (_LOAD_WORD, 0, 0, _HARDWARE),
        (_IF_EQUAL, 0, 1, 772),
        _DROP,
        (_LOAD_WORD, 0, 0, _PROTOCOL),
        (_IF_EQUAL, 0, 1, 0x0800),
        (_JUMP, 0, 0, 6),
        (_IF_EQUAL, 0, 1, 0x86DD),
        (_JUMP, 0, 0, 4 + len(version4)),
        (_IF_EQUAL, 1, 0, 0x8100),
        (_IF_EQUAL, 0, 1, 0x88A8),
        _KEEP,
        _DROP,
        *version4,
        *version6,
    ]


def _version4(ports: list[int]) -> list[Instruction]:
    return [
        (_LOAD_BYTE, 0, 0, NETWORK + 9),
        (_IF_EQUAL, 1, 0, 6),
        _DROP,
        (_LOAD_HALF, 0, 0, NETWORK + 6),
        (_IF_ANY_BIT, 0, 1, 0x1FFF),
        _KEEP,
        (_X_IS_HEADER_LENGTH, 0, 0, NETWORK),
        (_LOAD_HALF_AT_X, 0, 0, NETWORK),
        *_any_of(ports),
        (_LOAD_HALF_AT_X, 0, 0, NETWORK + 2),
        *_any_of(ports),
        _DROP,
    ]


def _version6(ports: list[int]) -> list[Instruction]:
    extensions = [instruction for kind in (0, 43, 44, 51, 60, 135) for instruction in _keep_if(kind)]
    return [
        (_LOAD_BYTE, 0, 0, NETWORK + 6),
        *extensions,
        (_IF_EQUAL, 1, 0, 6),
        _DROP,
        (_LOAD_HALF, 0, 0, NETWORK + 40),
        *_any_of(ports),
        (_LOAD_HALF, 0, 0, NETWORK + 42),
        *_any_of(ports),
        _DROP,
    ]


def _any_of(ports: list[int]) -> list[Instruction]:
    return [instruction for port in ports for instruction in _keep_if(port)]


def _keep_if(value: int) -> list[Instruction]:
    return [(_IF_EQUAL, 0, 1, value), _KEEP]
