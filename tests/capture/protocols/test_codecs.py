"""What is said of codecs in general; what each of them promises is in test_contract.py."""

from __future__ import annotations

import inspect
import sys

import pytest

from flowtape.capture.codec import Codec
from flowtape.capture.protocols.codecs import CODECS


def test_names_are_unique_and_the_last_codec_claims_anything() -> None:
    assert len({codec.name for codec in CODECS}) == len(CODECS)
    assert CODECS[-1].claims(b"\x00") is True


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: str(codec.name))
def test_every_codec_is_whole(codec: type[Codec]) -> None:
    assert not inspect.isabstract(codec)
    assert codec.__doc__
    assert sys.modules[codec.__module__].__doc__


@pytest.mark.parametrize("codec", CODECS[:-1], ids=lambda codec: str(codec.name))
def test_no_codec_but_the_last_claims_nothing_or_noise(codec: type[Codec]) -> None:
    assert codec.claims(b"") is None
    assert codec.claims(b"\xff\xfe\xfd\xfc" * 10) is False
    assert codec.claims(b"SSH-2.0-OpenSSH_9.2\r\n") is False
    assert codec.claims(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40)) is False
    assert codec.claims(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") is False
    assert codec.claims(b"set key 0 0 5\r\nvalue\r\n") is False
