"""Addresses; what the server prints is in test_values."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.protocols.postgresql import networks

INET, CIDR, MAC = networks.network(cidr=False), networks.network(cidr=True), networks.mac(6)


@given(st.ip_addresses(), st.integers(0, 32))
def test_addresses_there_and_back(address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int) -> None:
    for to_text, to_binary in (INET, CIDR):
        binary = to_binary(f"{address}/{bits}")
        assert binary[4:] == address.packed
        assert to_binary(to_text(binary)) == binary


@pytest.mark.parametrize("text", ["", "10", "10.0.0.0/33", "10.0.0.0/x", "::1/129", "10.0.0.0/-1", "host"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        INET[1](text)


@pytest.mark.parametrize(
    "data", [b"", b"\x02\x20\x00\x04", b"\x04\x20\x00\x04aaaa", b"\x02\x21\x00\x04aaaa", b"\x02\x20\x00\x10aaaa"]
)
def test_bytes_that_are_no_address_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a network address"):
        INET[0](data)


@pytest.mark.parametrize("text", ["", "08:00:2b:01:02", "zz:00:2b:01:02:03"])
def test_what_is_no_mac_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        MAC[1](text)
