from __future__ import annotations

import base64
import hashlib

from flowtape.capture.exchange import HttpRequest, HttpResponse, SqlResult, SqlStatement
from flowtape.replay.digests import differences
from flowtape.replay.flowfile import Captured, Case, RecordedCall, Session
from flowtape.replay.settle import settle
from flowtape.replay.shapes import Digest, Token, Uuid
from flowtape.replay.tape import Tape

BODY = b'{"id": "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69"}'
SHAPES = {"id": Uuid(), "etag": Digest("md5", of="body"), "sum": Digest("sha256", "base64", of="body"),
          "token": Token(8, "hex"), "hash": Digest("sha1", length=12, of="$token")}  # fmt: skip
CASE = Case(
    Captured(0),
    HttpRequest("GET", "/"),
    HttpResponse(200, "", (("etag", 'W/"$etag"'),), b'{"id": "$id"}'),
    (
        RecordedCall(
            "files", HttpRequest("PUT", "/a", (("content-digest", "sha-256=:$sum:"),), b"$id"), HttpResponse(200)
        ),
        RecordedCall(
            "db", SqlStatement("INSERT INTO tokens (token, hash) VALUES ($1, $2)", ("$token", "$hash")), SqlResult()
        ),
    ),
    SHAPES,
)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def run(etag: str = md5(BODY), sent: bytes = BODY[8:-2], token: str = "0123abcd", hashed: str = "") -> list[str]:
    tape = Tape(CASE, Session())
    total = base64.b64encode(hashlib.sha256(BODY[8:-2]).digest()).decode()
    tape.ask("files", HttpRequest("PUT", "/a", (("content-digest", f"sha-256=:{total}:"),), sent))
    own = hashed or hashlib.sha1(token.encode()).hexdigest()[:12]
    tape.ask("db", SqlStatement("INSERT INTO tokens (token, hash) VALUES ($1, $2)", (token, own)))
    observed = HttpResponse(200, "", (("etag", f'W/"{etag}"'),), BODY)
    settle(CASE.response, observed, tape.variables)
    return differences(tape, observed)


def test_digests_of_what_the_run_has_are_true() -> None:
    assert run() == []


def test_a_digest_of_anything_else_is_told() -> None:
    assert run(etag="0" * 32) == [f"$etag: {'0' * 32} is not the md5 of the response's body, which is {md5(BODY)}"]
    (line,) = run(hashed="0" * 12)
    assert line.startswith("$hash: 000000000000 is not the sha1 of $token, which is ")


def test_the_body_is_that_of_the_message_in_whose_header_it_stands() -> None:
    assert run(sent=BODY[8:-2].upper())[0].startswith("$sum: ")
    assert "is not the sha256 of the body of PUT /a, which is" in run(sent=BODY[8:-2].upper())[0]


def test_what_was_never_bound_is_not_told_twice() -> None:
    assert differences(Tape(CASE, Session()), HttpResponse(500)) == []
