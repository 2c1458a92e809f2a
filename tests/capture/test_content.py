"""Bodies in and out of their codings, and those that would not end."""

from __future__ import annotations

import contextlib
import gzip
import sys
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture import content
from flowtape.capture.content import ContentError

NAMES = ["gzip", "deflate", "br", "zstd"]


def _with(coding: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", "text/plain"), ("Content-Encoding", coding))


@given(body=st.binary(max_size=300), names=st.lists(st.sampled_from([*NAMES, "identity"]), max_size=4))
def test_what_was_encoded_decodes_to_the_same(body: bytes, names: list[str]) -> None:
    headers = _with(", ".join(names))
    assert content.decode(headers, content.encode(headers, body)) == body


def test_codings_are_undone_last_first_over_several_header_lines() -> None:
    headers = (("content-encoding", "gzip"), ("Content-Encoding", "deflate, X-Gzip"))
    assert content.codings(headers) == ("gzip", "deflate", "gzip")
    assert content.decode(headers, gzip.compress(zlib.compress(gzip.compress(b"x")))) == b"x"


def test_deflate_is_read_with_and_without_zlibs_header() -> None:
    raw = zlib.compressobj(wbits=-15)
    assert content.decode(_with("deflate"), raw.compress(b"hello") + raw.flush()) == b"hello"
    assert content.decode(_with("deflate"), zlib.compress(b"hello")) == b"hello"


def test_gzip_members_and_zstd_frames_follow_each_other() -> None:
    assert content.decode(_with("gzip"), gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0") == b"ab"
    frame = zstandard.ZstdCompressor().compress
    assert content.decode(_with("zstd"), frame(b"a") + frame(b"b" * 1000)) == b"a" + b"b" * 1000


@pytest.mark.parametrize("name", NAMES)
def test_a_body_cut_short_is_an_error_at_any_place(name: str) -> None:
    body = content.encode(_with(name), bytes(range(256)))
    for size in range(1, len(body)):
        with pytest.raises(ContentError):
            content.decode(_with(name), body[:size])


@pytest.mark.parametrize("name", NAMES)
@given(body=st.binary(min_size=1, max_size=100))
def test_garbage_raises_content_errors_only(name: str, body: bytes) -> None:
    with contextlib.suppress(ContentError):
        content.decode(_with(name), body)


@pytest.mark.parametrize("name", NAMES)
def test_a_bomb_is_refused_before_it_is_allocated(name: str) -> None:
    bomb = content.encode(_with(name), bytes(64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(ContentError, match="longer than 1048576 bytes"):
            content.decode(_with(name), bomb, limit=1 << 20)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_bomb_within_a_bomb_is_refused() -> None:
    headers = _with("gzip, gzip")
    with pytest.raises(ContentError, match="longer than"):
        content.decode(headers, content.encode(headers, bytes(16 << 20)), limit=1 << 20)


def test_content_of_just_the_limit_is_kept() -> None:
    assert len(content.decode(_with("gzip"), gzip.compress(bytes(5000)), limit=5000)) == 5000


@pytest.mark.parametrize("coding", ["compress", "gzip, rot13", ", ".join(["gzip"] * 5)])
def test_codings_that_are_not_read_are_named(coding: str) -> None:
    with pytest.raises(ContentError, match="coding"):
        content.decode(_with(coding), b"x")


def test_encoding_by_an_unknown_coding_is_an_error() -> None:
    with pytest.raises(ContentError, match="unknown content coding 'compress'"):
        content.encode(_with("compress"), b"x")


def test_brotli_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    body = brotli.compress(b"x")
    monkeypatch.setitem(sys.modules, "brotli", None)
    with pytest.raises(ContentError, match=r"flowtape\[brotli\]"):
        content.decode(_with("br"), body)
    with pytest.raises(ContentError, match=r"flowtape\[brotli\]"):
        content.encode(_with("br"), b"x")


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("text/plain; charset=iso-8859-1", b"\xe9", "é"),
        ('text/plain; charset="UTF-8"', "é".encode(), "é"),
        ("application/json", "é".encode(), "é"),
        ("application/json", b"\xe9", None),
        ("text/plain; charset=no-such", b"a", None),
        ("text/plain; charset=hex", b"a", None),
        ("text/plain; charset=zip", b"a", None),
        ("", b"a", "a"),
    ],
)
def test_text_is_read_by_its_charset(kind: str, body: bytes, expected: str | None) -> None:
    assert content.text((("Content-Type", kind),), body) == expected
