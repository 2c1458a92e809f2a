from __future__ import annotations

import gzip
import zlib

import pytest
import zstandard

from flowtape.capture.sanitise import coding
from flowtape.capture.sanitise.coding import UnreadableError

TEXT = b'{"email": "ana@quux.de"}' * 20


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "deflate", "zstd", "br"])
def test_a_coding_is_undone_and_done_again(name: str) -> None:
    encoded = coding.encoded(TEXT, [name])
    assert encoded != TEXT
    assert coding.decoded(encoded, [name]) == TEXT


def test_codings_one_upon_another() -> None:
    applied = coding.codings("gzip, identity, deflate")
    assert applied == ["gzip", "deflate"]
    assert coding.decoded(coding.encoded(TEXT, applied), applied) == TEXT


def test_raw_deflate_is_read_too() -> None:
    compressor = zlib.compressobj(wbits=-15)
    assert coding.decoded(compressor.compress(TEXT) + compressor.flush(), ["deflate"]) == TEXT


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd", "br"])
def test_a_bomb_is_not_unpacked(name: str) -> None:
    bomb = coding.encoded(bytes(5_000_000), [name])
    with pytest.raises(UnreadableError, match="longer than 100000 bytes"):
        coding.decoded(bomb, [name], limit=100_000)


@pytest.mark.parametrize(
    ("body", "applied"),
    [(b"no gzip", ["gzip"]), (gzip.compress(TEXT)[:40], ["gzip"]), (b"\0\1", ["deflate"]), (b"x", ["zstd"]), (zstandard.compress(TEXT)[:9], ["br"]), (b"", ["rot13"]), (TEXT, ["gzip"] * 9)],
)  # fmt: skip
def test_what_cannot_be_read_says_why(body: bytes, applied: list[str]) -> None:
    with pytest.raises(UnreadableError):
        coding.decoded(body, applied)
