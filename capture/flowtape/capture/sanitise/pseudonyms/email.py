"""An e-mail address: at a domain that RFC 2606 reserves, with as many parts before and after the @ as it had.

Equal ignoring case: the pseudonym of an address in small letters is the pseudonym of the address, in small letters. The last
part before the @ ends in four characters drawn from the whole address, which keeps different addresses different.
"""

from __future__ import annotations

import re

from flowtape.capture.sanitise.pseudonyms import words
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

RESERVED = ("example.com", "example.net", "example.org")
OURS = re.compile(r"(?:^|[.])(?:example\.(?:com|net|org)|example|test|invalid|localhost)\.?$", re.IGNORECASE)
PART = re.compile(r"[^\W_]+", re.UNICODE)
SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"


def make(keyed: Keyed, value: str) -> str:
    local, _, domain = value.rpartition("@")
    return f"{_local(keyed, local, value)}@{_domain(keyed, domain)}"


def ours(value: str) -> bool:
    """Whatever is at a reserved domain is nobody's address."""
    return OURS.search(value.rpartition("@")[2]) is not None


def _local(keyed: Keyed, local: str, value: str) -> str:
    draw = keyed.draw("email", value.lower())
    tail = "".join(SIGNS[draw.below(len(SIGNS))] for _ in range(4))
    made = PART.sub(lambda found: words.given(keyed, found[0]), local)
    return made + (tail.upper() if local.isupper() else tail)


def _domain(keyed: Keyed, domain: str) -> str:
    labels = domain.rstrip(".").split(".")
    draw = keyed.draw("domain", domain.lower())
    kept = f"example.{labels[-1].lower()}"
    base = kept if kept in RESERVED else RESERVED[draw.below(len(RESERVED))]
    made = ".".join([*(words.family(keyed, label).lower() for label in labels[:-2]), base])
    return made.upper() if domain.isupper() else made
