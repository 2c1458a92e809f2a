from __future__ import annotations

import base64
import hashlib

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.replay.shapes import Digest, Token
from flowtape.testgen.digests import bodies, related
from flowtape.testgen.learn import learn
from flowtape.testgen.places import Run

IDS = [f"b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a{n}" for n in range(10, 14)]
DATA = [b"one", b"two", b"three"]


def hexed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("write", "shape"),
    [
        (hexed, Digest("sha256", of="body")),
        (lambda data: hexed(data)[:16], Digest("sha256", length=16, of="body")),
        (lambda data: hashlib.md5(data).hexdigest().upper(), Digest("md5", "HEX", of="body")),
        (lambda data: base64.b64encode(hashlib.sha1(data).digest()).decode(), Digest("sha1", "base64", of="body")),
        (lambda data: base64.b64encode(hashlib.sha1(data).digest()).decode()[:27], Digest("sha1", "base64", 27, "body")),
        (lambda data: hashlib.blake2b(data).hexdigest(), Digest("blake2b", of="body")),
        (lambda data: hexed(b"salt" + data), Token()),
    ],
)  # fmt: skip
def test_a_digest_is_recognised_by_computing_it(write, shape) -> None:  # type: ignore[no-untyped-def]
    assert related(Token(), [write(data) for data in DATA], {"$id": DATA[::-1], "body": DATA}) == shape


def test_it_must_hold_in_every_run() -> None:
    assert related(Token(), [hexed(b"one"), hexed(b"two"), hexed(b"two")], {"body": DATA}) == Token()


def case_and_runs(message) -> tuple[Case, list[Run]]:  # type: ignore[no-untyped-def]
    recorded, *others = [message(id_) for id_ in IDS]
    captured = Captured(1_795_169_472_000_000_000)
    return Case(captured, HttpRequest("GET", "/"), recorded), [Run(each, {}, captured.at) for each in others]


def test_an_entity_tag_of_the_body_is_learned_as_that() -> None:
    def response(id_: str) -> HttpResponse:
        body = f'{{"id": "{id_}"}}'.encode()
        return HttpResponse(200, "OK", (("etag", f'W/"{hashlib.md5(body).hexdigest()}"'),), body)

    lesson = learn(*case_and_runs(response))
    assert lesson.problem is None
    (name,) = [name for name, shape in lesson.case.variables.items() if shape == Digest("md5", of="body")]
    assert lesson.case.response.headers == (("etag", f'W/"${name}"'),)


def test_a_hash_of_a_token_is_learned_as_that() -> None:
    def response(id_: str) -> HttpResponse:
        return HttpResponse(200, "OK", (), f'{{"token": "{id_}", "hash": "{hexed(id_.encode())}"}}'.encode())

    lesson = learn(*case_and_runs(response))
    assert Digest("sha256", of="$token") in lesson.case.variables.values()


def test_what_a_dependency_is_sent_has_a_body_too() -> None:
    def request(id_: str) -> HttpRequest:
        total = base64.b64encode(hashlib.md5(id_.encode()).digest()).decode()
        return HttpRequest("PUT", "/a", (("Content-MD5", total),), id_.encode())

    call = RecordedCall("files", request(IDS[0]), HttpResponse(200))
    case = Case(Captured(1), HttpRequest("GET", "/"), HttpResponse(200), (call,))
    runs = [Run(HttpResponse(200), {0: request(id_)}) for id_ in IDS[1:]]
    lesson = learn(case, runs)
    assert lesson.problem is None
    assert Digest("md5", "base64", of="body") in lesson.case.variables.values()
    assert bodies(case, runs, "nowhere") is None
