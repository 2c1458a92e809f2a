from __future__ import annotations

import hashlib

import pytest

from flowtape.replay.shapes import Digest, Etag, shape
from flowtape.replay.shapes.digest import SIZES


@pytest.mark.parametrize("algorithm", SIZES)
def test_a_digest_is_as_long_as_its_algorithm_makes_it(algorithm: str) -> None:
    text = hashlib.new(algorithm, b"x").hexdigest()
    assert Digest(algorithm).matches(text, 0)
    assert not Digest(algorithm).matches(text.upper() + "a", 0)
    assert not Digest(algorithm).matches(text[:-1], 0)


def test_entity_tags_are_weak_or_strong() -> None:
    assert Etag().matches('"a-1"', 0)
    assert not Etag().matches('W/"a-1"', 0)
    assert Etag(weak=True).matches('W/"a-1"', 0)
    assert not Etag(weak=True).matches('W/"a"1"', 0)


@pytest.mark.parametrize("data", [{"digest": "crc"}, {"etag": "soft"}, {"etag": "weak", "digest": "md5"}])
def test_what_is_neither_is_refused(data: object) -> None:
    with pytest.raises(ValueError):
        shape(data)
