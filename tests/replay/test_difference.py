from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from flowtape.capture.exchange import HttpResponse
from flowtape.replay.difference import differences

JSON = (("content-type", "application/json"),)


def json(body: str, status: int = 200) -> HttpResponse:
    return HttpResponse(status, "", JSON, body.encode())


@pytest.mark.parametrize(
    ("recorded", "observed"),
    [
        (json('{"a": 19.90, "b": [1]}'), json('{"b":[1],"a":19.9}')),
        (HttpResponse(200, "OK", (("Date", "x"), ("ETag", "1"))), HttpResponse(200, "", (("etag", "1"), ("Server", "y")))),
        (HttpResponse(200, "", (("Content-Type", "text/html; charset=UTF-8"),)), HttpResponse(200, "", (("content-type", "text/html;charset=utf-8"),))),
        (HttpResponse(200, "", (), b"abc"), HttpResponse(200, "", (("content-encoding", "gzip"),), gzip.compress(b"abc"))),
    ],
)  # fmt: skip
def test_responses_of_one_meaning_are_the_same(recorded: HttpResponse, observed: HttpResponse) -> None:
    assert differences(recorded, observed) == []


@pytest.mark.parametrize(
    ("recorded", "observed", "line"),
    [
        (json("{}"), json("{}", 500), "response.status: recorded 200, got 500"),
        (json('{"items": [{"price": 19.90}]}'), json('{"items": [{"price": 19.91}]}'), "response.json.items[0].price: recorded 19.90, got 19.91"),
        (json('{"a": 1}'), json('{"a": "1"}'), 'response.json.a: recorded 1, got "1"'),
        (json('{"a": 1}'), json('{"a": 1.0}'), "response.json.a: recorded 1, got 1.0"),
        (json('{"a": 1}'), json('{"a": true}'), "response.json.a: recorded 1, got true"),
        (json('{"a": null}'), json("{}"), "response.json.a: recorded null, not there now"),
        (json("{}"), json('{"a b": 1}'), 'response.json["a b"]: not recorded, got 1'),
        (json("[1, 2]"), json("[1]"), "response.json: recorded 2 items, got 1 (missing: 2)"),
        (HttpResponse(200, "", (), b"a\nb\n"), HttpResponse(200, "", (), b"a\nc\n"), "  -b"),
        (HttpResponse(200, "", (), b"a\n"), HttpResponse(200, "", (), b"a"), "response.body"),
        (HttpResponse(200, "", (), b"\xff\x00"), HttpResponse(200, "", (), b"\xff\x01"), "they differ from byte 1 on"),
        (HttpResponse(200, "", (("location", "/1"),)), HttpResponse(200), "response.headers.location: recorded '/1', not sent now"),
        (HttpResponse(200, "", (("set-cookie", "a"), ("set-cookie", "b"))), HttpResponse(200, "", (("set-cookie", "a"),)), "response.headers.set-cookie: recorded 'a', 'b', got 'a'"),
    ],
)  # fmt: skip
def test_what_differs_is_said_with_its_place(recorded: HttpResponse, observed: HttpResponse, line: str) -> None:
    assert line in "\n".join(differences(recorded, observed))


def test_many_differences_are_cut_short() -> None:
    old, new = (json("[" + ",".join([each] * 50) + "]") for each in "12")
    lines = differences(old, new)
    assert len(lines) == 13
    assert lines[-1] == "… and 38 more differences in the body"


def test_a_body_that_only_claims_to_be_compressed_is_compared_as_it_is() -> None:
    one = HttpResponse(200, "", (("content-encoding", "gzip"),), b"not gzip")
    assert differences(one, one) == []
    assert differences(one, HttpResponse(200, "", (), b"other"))


def of(content_type: str, body: bytes, *more: tuple[str, str]) -> HttpResponse:
    return HttpResponse(200, "", (("content-type", content_type), *more), body)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (of("text/html", b"<p  class='a' id='b'>1</p>\n"), of("text/html", b'<p id="b" class="a">1</p>')),
        (of("application/xml", b"<a x='1' y='2'/>"), of("application/xml", b'<a y="2" x="1"></a>')),
        (of("text/csv", b"a,b\n1,2\n"), of("text/csv", b'"a","b"\r\n"1","2"\r\n')),
        (
            of("multipart/mixed; boundary=a", b"--a\r\n\r\n1\r\n--a--"),
            of("multipart/mixed; boundary=b", b"--b\r\n\r\n1\r\n--b--"),
        ),
        (of("text/plain", b"a"), of("text/plain", zlib.compress(b"a"), ("content-encoding", "deflate"))),
        (of("text/plain", b"a"), of("text/plain", zstandard.compress(b"a"), ("content-encoding", "zstd"))),
        (of("text/plain", b"a"), of("text/plain", brotli.compress(b"a"), ("content-encoding", "br"))),
    ],
)
def test_bodies_of_every_kind_are_compared_by_what_they_say(one: HttpResponse, other: HttpResponse) -> None:
    assert differences(one, other) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (of("text/html", b"<p><b>1</b>"), of("text/html", b"<p><b>2</b>"), 'response.html.p.b: recorded "1", got "2"'),
        (of("text/csv", b"id\n1\n"), of("text/csv", b"id\n2\n"), 'response.csv.rows[0].id: recorded "1", got "2"'),
        (of("text/event-stream", b"data: [1]\n\n"), of("text/event-stream", b"data: [2]\n\n"), "response.events[0].data[0]: recorded 1, got 2"),
        (of("application/x-protobuf", b"\x08\x01"), of("application/x-protobuf", b"\x08\x02"), "response.protobuf.1: recorded 1, got 2"),
        (of("multipart/mixed; boundary=a", b"--a\r\n\r\n\xff\r\n--a--"), of("multipart/mixed; boundary=a", b"--a\r\n\r\n\xfe\r\n--a--"),
         'response.multipart[0]: recorded "ff", got "fe"'),
    ],
)  # fmt: skip
def test_a_difference_is_named_in_bodies_of_every_kind(old: HttpResponse, new: HttpResponse, line: str) -> None:
    assert differences(old, new) == [line]


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes, "gzip": lambda data: gzip.compress(data, 1), "deflate": lambda data: zlib.compress(data, 1),
    "br": lambda data: brotli.compress(data, quality=1), "zstd": zstandard.compress,
}  # fmt: skip


@pytest.mark.parametrize("coding", CODINGS)
def test_twenty_megabytes_are_compared_to_the_last_leaf_and_byte(coding: str) -> None:
    def response(content_type: str, body: bytes) -> HttpResponse:
        return HttpResponse(
            200, "", (("content-type", content_type), ("content-encoding", coding)), CODINGS[coding](body)
        )

    json_body = (
        b'{"items":['
        + b'{"n":1,"text":"'.ljust(5000, b"x")
        + b'"}'
        + (b',{"n":1,"text":"'.ljust(5000, b"x") + b'"}') * 4000
    )
    recorded, observed = (response("application/json", json_body + b'],"last":' + last + b"}") for last in (b"1", b"2"))
    assert differences(recorded, observed) == ["response.json.last: recorded 1, got 2"]
    size = 20 * 1024 * 1024
    recorded, observed = (response("application/octet-stream", b"\xff" * size + last) for last in (b"1", b"2"))
    assert differences(recorded, observed) == [
        f"response.body: recorded {size + 1} bytes, got {size + 1}; they differ from byte {size} on"
    ]
    assert differences(recorded, recorded) == []
