"""CSRF tokens. Django hides its secret, which stands in a cookie, behind a mask that is another each time: the pseudonym of such a
token is the secret's pseudonym behind another mask, so that a form that was accepted is accepted again.
"""

from __future__ import annotations

from string import ascii_letters, digits

from flowtape.capture.sanitise.pseudonyms import shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

SIGNS = ascii_letters + digits
SIZE = 32
"""Of the secret, and of the mask (`django.middleware.csrf`)."""


def make(keyed: Keyed, value: str) -> str:
    if not _masked(value):
        return shape.make(keyed, value)
    mask = shape.make(keyed, value[:SIZE])
    return mask + _shifted(shape.make(keyed, _secret(value)), mask, 1)


def ours(value: str) -> bool:
    return shape.ours(_secret(value) if _masked(value) else value)


def _masked(value: str) -> bool:
    return len(value) == 2 * SIZE and value.isascii() and value.isalnum()


def _secret(value: str) -> str:
    return _shifted(value[SIZE:], value[:SIZE], -1)


def _shifted(text: str, mask: str, way: int) -> str:
    return "".join(
        SIGNS[(SIGNS.index(one) + way * SIGNS.index(other)) % len(SIGNS)] for one, other in zip(text, mask, strict=True)
    )
