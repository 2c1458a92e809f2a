"""Network addresses in binary and in text (PostgreSQL source, src/backend/utils/adt/network.c, mac.c, mac8.c)."""

from __future__ import annotations

import socket

from flowtape.capture.protocols.postgresql.scalars import ToBinary, ToText

_FAMILIES = {2: (socket.AF_INET, 4), 3: (socket.AF_INET6, 16)}


def network(*, cidr: bool) -> tuple[ToText, ToBinary]:
    """Both directions for inet, whose full-length mask is left out, or cidr, which always prints its mask."""

    def to_text(data: bytes) -> str:
        if len(data) < 4 or data[0] not in _FAMILIES:
            raise ValueError("not a network address")
        family, size = _FAMILIES[data[0]]
        if data[3] != size or len(data) != 4 + size or data[1] > 8 * size:
            raise ValueError("not a network address")
        address = socket.inet_ntop(family, data[4:])
        return address if data[1] == 8 * size and not cidr else f"{address}/{data[1]}"

    def to_binary(text: str) -> bytes:
        address, slash, mask = text.partition("/")
        code = 3 if ":" in address else 2
        family, size = _FAMILIES[code]
        try:
            data = socket.inet_pton(family, address)
        except OSError as error:
            raise ValueError(f"not a network address: {text!r}") from error
        bits = int(mask) if slash else 8 * size
        if not 0 <= bits <= 8 * size:
            raise ValueError(f"not a network address: {text!r}")
        return bytes((code, bits, cidr, size)) + data

    return to_text, to_binary


def mac(size: int) -> tuple[ToText, ToBinary]:
    """Both directions for macaddr (6 bytes) or macaddr8."""

    def to_text(data: bytes) -> str:
        if len(data) != size:
            raise ValueError(f"a MAC address of {len(data)} bytes, where {size} are")
        return data.hex(":")

    def to_binary(text: str) -> bytes:
        data = bytes.fromhex(text.replace(":", "").replace("-", "").replace(".", ""))
        if len(data) != size:
            raise ValueError(f"not a MAC address of {size} bytes: {text!r}")
        return data

    return to_text, to_binary
