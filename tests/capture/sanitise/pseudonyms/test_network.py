from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.sanitise.pseudonyms import network
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

KEYED = Keyed(b"k" * 32)


@given(st.ip_addresses())
def test_an_address_moves_to_nobodys_range(value: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    made = network.make(KEYED, str(value))
    assert network.ours(made)
    assert ipaddress.ip_address(made).version == value.version


def test_a_mask_and_brackets_stay(other: Keyed) -> None:
    assert network.make(KEYED, "84.17.49.0/24").endswith("/24")
    assert network.make(KEYED, "[2a00:1450::1]").startswith("[2001:db8:")
    assert network.make(KEYED, "84.17.49.1") != network.make(other, "84.17.49.1")


@pytest.mark.parametrize("value", ["127.0.0.1", "::1", "0.0.0.0", "no address"])
def test_what_is_nobodys_stays(value: str) -> None:
    assert network.make(KEYED, value) == value


def test_private_addresses_are_not_public_but_not_ours() -> None:
    assert not network.public("10.0.0.7")
    assert not network.ours("10.0.0.7")
    assert network.public("84.17.49.203")
