"""Which password in a flow's request a hash is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flowtape.capture.exchange import HttpRequest
from flowtape.capture.sanitise.pseudonyms.password_hash import verifies
from flowtape.replay.shapes import PasswordHash
from flowtape.replay.shapes.password_hash import texts

TRIED = 20
"""So many texts of a request are tried: each takes as long as a log-in."""


def with_password(shape: PasswordHash, request: HttpRequest, hashes: Sequence[str]) -> PasswordHash:
    """`shape` with the place of the password that all of `hashes`, one a run, are of."""
    for place, text in list(texts(request).items())[:TRIED]:
        if all(verifies(each, text) for each in hashes):
            return replace(shape, of=place)
    return shape
