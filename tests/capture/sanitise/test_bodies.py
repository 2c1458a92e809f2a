from __future__ import annotations

import json

import pytest

from flowtape.capture.sanitise import bodies
from flowtape.capture.sanitise.visitor import Visitor

MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\nx1\r\n'
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="ana@quux.de.json"\r\nContent-Type: application/json\r\n\r\n{"pin": "1"}\r\n'
    b"--b--\r\n"
)


@pytest.mark.parametrize(
    ("data", "media_type", "expected"),
    [
        ('{"email": "a@quux.de"}', "application/json", '{"email":"‹email›"}'),
        ('{"email": "a@quux.de"}', "application/problem+json; charset=utf-8", '{"email":"‹email›"}'),
        ('{"email": "a@quux.de"}', "", '{"email":"‹email›"}'),
        (
            'data: {"pin": "1"}\n\ndata: a@quux.de\n',
            "text/event-stream",
            'data: {"pin":"‹password›"}\n\ndata: ‹email›\n',
        ),
        ('{"pin": "1"}\n{"pin": "2"}\n', "application/x-ndjson", '{"pin":"‹password›"}\n{"pin":"‹password›"}\n'),
        ("<a href='mailto:a@quux.de'>+49 170 1234567</a>", "text/html", "<a href='mailto:‹email›'>‹phone›</a>"),
        (
            "name,email,born\r\nZoe Silva,zoe@quux.de,1990-02-03\r\n",
            "text/csv; charset=utf-8",
            "name,email,born\r\n‹name›,‹email›,‹birth_date›\r\n",
        ),
        ('"name","n"\n"Silva, Zoe","1"', "text/csv", '"name","n"\n"‹name›","1"'),
        ("name,n\na@quux.de\n", "text/csv", "name,n\n‹email›\n"),
        ('name,n\n"Zoe",1\n', "text/csv", "name,n\n‹name›,1\n"),
        ('m,n\n"Zoe",1\n', "text/csv", 'm,n\n"Zoe",1\n'),
        ("name,n\nZoe,1\n\n", "text/csv", "name,n\n‹name›,1\n\n"),
        ("{not json a@quux.de", "application/json", "{not json ‹email›"),
        ("", "application/json", ""),
    ],
)
def test_a_body_by_its_type(marking: Visitor, data: str, media_type: str, expected: str) -> None:
    assert bodies.body(marking, data.encode(), media_type).decode() == expected


def test_a_form(marking: Visitor) -> None:
    made = bodies.body(marking, b"a=1&email=a%40quux.de", "application/x-www-form-urlencoded")
    assert made == b"a=1&email=%E2%80%B9email%E2%80%BA"


def test_multipart_by_names_and_types(marking: Visitor) -> None:
    made = bodies.body(marking, MULTIPART, 'multipart/form-data; boundary="b"').decode("utf-8")
    assert "\r\n\r\n‹username›\r\n--b" in made
    assert '{"pin":"‹password›"}' in made
    assert "ana@quux.de" not in made


def test_another_charset(marking: Visitor) -> None:
    made = bodies.body(marking, "größe: x@quux.de".encode("latin-1"), "text/plain; charset=iso-8859-1")
    assert made == "größe: ?email?".encode("latin-1")


@pytest.mark.parametrize(
    "media_type",
    ["text/plain; charset=no-such", "image/png", "multipart/form-data", "application/x-www-form-urlencoded"],
)
def test_what_is_no_text_is_searched_as_bytes(marking: Visitor, media_type: str) -> None:
    assert bodies.body(marking, b"\xff\xfe\0abc", media_type) == b"??????"


def test_deep_json_is_searched_as_text(marking: Visitor) -> None:
    deep = b"[" * 50_000 + b'"a@quux.de"' + b"]" * 50_000
    assert "‹email›".encode() in bodies.body(marking, deep, "application/json")


def test_nothing_recognised_changes_nothing(marking: Visitor) -> None:
    data = json.dumps({"id": 1, "total": 19.90}, indent=2).encode()
    assert bodies.body(marking, data, "application/json") == data
