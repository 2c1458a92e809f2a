"""An IP address: IPv4 in 198.18.0.0/15 (RFC 2544), IPv6 in 2001:db8::/32 (RFC 3849). Loopback stays; a mask stays."""

from __future__ import annotations

import ipaddress

from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

NOBODY = tuple(
    ipaddress.ip_network(net)
    for net in (
        "198.18.0.0/15 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 127.0.0.0/8 0.0.0.0/8 169.254.0.0/16 224.0.0.0/3 "
        "2001:db8::/32 ::1/128 ::/128 fe80::/10 ff00::/8"
    ).split()
)
IPV4_START = int(ipaddress.IPv4Address("198.18.0.0"))
IPV6_START = int(ipaddress.IPv6Address("2001:db8::"))


def read(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(value.partition("/")[0].strip("[]"))
    except ValueError:
        return None


def public(value: str) -> bool:
    """Whether `value` is an address that some person or company may have on the Internet."""
    found = read(value)
    return found is not None and found.is_global and not ours(value)


def make(keyed: Keyed, value: str) -> str:
    found = read(value)
    if found is None or found.is_loopback or found.is_unspecified:
        return value
    draw = keyed.draw("ip", found.compressed)
    made = (
        ipaddress.IPv4Address(IPV4_START + 1 + draw.below((1 << 17) - 2))
        if found.version == 4
        else _v6(draw.below(1 << 64))
    )
    host, slash, mask = value.partition("/")
    return f"[{made}]{slash}{mask}" if host.startswith("[") else f"{made}{slash}{mask}"


def ours(value: str) -> bool:
    """Whether it is of a range that nobody has: also what was left as it is."""
    found = read(value)
    return found is not None and any(found.version == net.version and found in net for net in NOBODY)


def _v6(drawn: int) -> ipaddress.IPv6Address:
    return ipaddress.IPv6Address(IPV6_START + (drawn << 16) + 1)
