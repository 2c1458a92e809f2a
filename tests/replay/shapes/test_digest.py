from __future__ import annotations

import base64
import hashlib

import pytest

from flowtape.replay.shapes import Digest, Etag, contradiction, shape
from flowtape.replay.shapes.digest import ALGORITHMS, ENCODINGS, SIZES


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


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_digest_is_computed_as_it_is_written(algorithm: str, encoding: str) -> None:
    raw = hashlib.new(algorithm, b"x").digest()
    text = {
        "hex": raw.hex(), "HEX": raw.hex().upper(), "base64": base64.b64encode(raw).decode(),
        "base64url": base64.urlsafe_b64encode(raw).decode(),
    }[encoding]  # fmt: skip
    assert Digest(algorithm, encoding).of_data(b"x") == text
    assert Digest(algorithm, encoding).matches(text, 0)
    assert Digest(algorithm, encoding, 10).of_data(b"x") == text[:10]
    assert not Digest(algorithm, encoding, 10).matches(text, 0)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"encoding": "base32"}, "a digest's `encoding` is one of hex, HEX, base64, base64url, not `base32`"),
        ({"of": "response"}, "a digest is `of: body` or of a variable"),
        ({"length": "-1"}, "it is written"),
        ({"salt": "x"}, "unknown shape or key `salt`"),
    ],
)
def test_what_is_said_of_a_digest_is_known(more: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        shape({"digest": "sha256", **more})


def test_a_digest_of_a_variable_refers_to_it() -> None:
    assert Digest(of="$token").refers() == ["token"]
    assert contradiction({"hash": Digest(of="$token")}) == (
        "hash",
        "`$token` stands in it, and no variable `token` is declared",
    )
    assert Digest(of="body").refers() == []


@pytest.mark.parametrize("data", [{"digest": "crc"}, {"etag": "soft"}, {"etag": "weak", "digest": "md5"}])
def test_what_is_neither_is_refused(data: object) -> None:
    with pytest.raises(ValueError):
        shape(data)
