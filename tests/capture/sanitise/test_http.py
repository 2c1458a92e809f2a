from __future__ import annotations

import gzip

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.capture.sanitise import http
from flowtape.capture.sanitise.visitor import Visitor


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Authorization", "Bearer abc", "Bearer ‹token›"),
        ("Authorization", "abcdef", "‹token›"),
        ("authorization", "Digest username=\"ana\", realm=\"r\", response=\"00ff\"", 'Digest username="‹username›", realm="r", response="‹token›"'),
        ("Cookie", "theme=dark; sid=b1946ac92492; cart_id=550e8400-e29b-41d4-a716-446655440000", "theme=dark; sid=‹session›; cart_id=550e8400-e29b-41d4-a716-446655440000"),
        ("Set-Cookie", "sid=b1946ac92492; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "sid=‹session›; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT"),
        ("Set-Cookie", "unknown=0123456789abcdef", "unknown=‹cookie›"),
        ("X-Forwarded-For", "84.17.49.203, 10.0.0.2", "‹ip›, ‹ip›"),
        ("Forwarded", 'for="[2a00:1450::1]:47";proto=https;by=84.17.49.203', 'for="‹ip›:47";proto=https;by=‹ip›'),
        ("X-Api-Key", "k1", "‹api_key›"),
        ("Location", "/customers/ana@quux.de", "/customers/%E2%80%B9email%E2%80%BA"),
        ("X-User-Email", "ana@quux.de", "‹email›"),
        ("X-Note", "for ana@quux.de", "for ‹email›"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("Content-Type", "application/json", "application/json"),
        ("Cookie", "", ""),
    ],
)  # fmt: skip
def test_a_header(marking: Visitor, name: str, value: str, expected: str) -> None:
    assert http.header(marking, name, value) == expected


def test_the_length_follows_the_body(marking: Visitor) -> None:
    body = b'{"email": "a@quux.de"}'
    request = HttpRequest("POST", "/", (("Content-Length", str(len(body))), ("Content-Type", "application/json")), body)
    made, problem = http.request(marking, request)
    assert not problem
    assert dict(made.headers)["Content-Length"] == str(len(made.body)) != str(len(body))


def test_the_length_of_a_head_response_stays(marking: Visitor) -> None:
    made, _ = http.response(marking, HttpResponse(200, headers=(("Content-Length", "512"),)))
    assert made.headers == (("Content-Length", "512"),)


def test_a_coded_body_stays_coded(marking: Visitor) -> None:
    headers = (("Content-Encoding", "gzip"),)
    made, _ = http.response(marking, HttpResponse(200, headers=headers, body=gzip.compress(b"to a@quux.de")))
    assert gzip.decompress(made.body).decode() == "to ‹email›"


@pytest.mark.parametrize("body", [b"no gzip: a@quux.de", gzip.compress(b"a@quux.de", mtime=0)[:20]])
def test_a_body_that_cannot_be_read_is_left_out(marking: Visitor, body: bytes) -> None:
    made, problem = http.response(marking, HttpResponse(200, headers=(("Content-Encoding", "gzip"),), body=body))
    assert made.body == b""
    assert problem.startswith("its body could not be sanitised and was left out")


def test_trailers_and_the_reason(marking: Visitor) -> None:
    made, _ = http.response(marking, HttpResponse(404, "no ana@quux.de", trailers=(("X-Token", "abc"),)))
    assert made.reason == "no ‹email›"
    assert made.trailers == (("X-Token", "‹token›"),)
