"""Every kind of body is told by its content type and by its looks, read beneath its codings, and never by its size alone."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import Headers
from flowtape.replay.bodies import Body, content, edited, media_type, read, without_boundary


def typed(content_type: str) -> Headers:
    return (("Content-Type", content_type),)


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json; charset=utf-8", b'{"a": 1}', Body("json", {"a": "1"})),
        ("application/problem+json", b'["a"]', Body("json", ["a"])),
        ("application/x-ndjson", b'{"a": 1}\n[]\n', Body("json", [{"a": "1"}, []])),
        ("text/plain", b'{"a": 1}', Body("json", {"a": "1"})),
        ("", b"<?xml version='1.0'?><a/>", Body("xml", {"a": ""})),
        ("application/atom+xml", b"<a>1</a>", Body("xml", {"a": "1"})),
        ("text/html", b"<p>1", Body("html", {"p": "1"})),
        ("", b"<!doctype HTML><p>1", Body("html", {"doctype()": "doctype html", "p": "1", "(order)": "doctype() p"})),
        ("text/csv", b"a,b\n1,2\n", Body("csv", {"columns": ["a", "b"], "rows": [{"a": "1", "b": "2"}]})),
        ("text/tab-separated-values", b"1\t2\n", Body("csv", {"rows": [["1", "2"]]})),
        ("text/event-stream", b"data: a\n\n", Body("events", [{"data": "a"}])),
        ("application/x-www-form-urlencoded", b"a=1", Body("form", {"a": "1"})),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\na\r\n--x--", Body("multipart", ["a"])),
        ("application/x-protobuf", b"\x08\x01", Body("protobuf", {"1": "1"})),
        ("text/plain; charset=latin-1", b"\xe9", Body("body", "é")),
        ("application/octet-stream", b"\xff\x00", Body("body", b"\xff\x00")),
        ("application/json", b"not json", Body("body", "not json")),
        ("application/x-protobuf", b"\xff", Body("body", b"\xff")),
        ("application/json", b"", Body("body", "")),
        ("text/plain; charset=klingon", b"a", Body("body", b"a")),
    ],
)
def test_a_body_is_read_as_what_it_is(content_type: str, body: bytes, expected: Body) -> None:
    assert read(typed(content_type), body) == expected


@pytest.mark.parametrize(
    ("coding", "encode"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstandard.compress)],
)
def test_content_codings_are_taken_off_first(coding: str, encode: object) -> None:
    headers = (*typed("application/json"), ("content-encoding", coding))
    assert read(headers, encode(b'{"a": "b"}')) == Body("json", {"a": "b"})  # type: ignore[operator]
    assert content(headers, b"no such coding") == b"no such coding"


def test_a_long_body_is_compared_to_its_last_byte() -> None:
    long = b"x" * (9 * 1024 * 1024)
    for content_type in ("text/plain", "text/html", "application/json", "application/octet-stream", "text/csv"):
        one, other = (read(typed(content_type), long + end) for end in (b"1", b"2"))
        assert one != other


KINDS = ["application/json", "text/html", "text/xml", "text/csv", "text/event-stream", "application/x-protobuf", "", "text/plain",
         "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; charset=utf-7"]  # fmt: skip


@given(st.sampled_from(KINDS), st.binary(max_size=60))
def test_nothing_raises_and_nothing_is_lost_in_an_edit(content_type: str, body: bytes) -> None:
    headers = typed(content_type)
    read(headers, body)
    assert edited(headers, body, str) == body


def test_what_says_nothing_is_left_out_of_a_content_type() -> None:
    assert (
        without_boundary('multipart/form-data; boundary="a b"; charset=utf-8') == "multipart/form-data; charset=utf-8"
    )
    assert without_boundary("text/html; boundary=a") == "text/html; boundary=a"
    assert media_type(" Text/HTML ;charset=utf-8") == "text/html"
