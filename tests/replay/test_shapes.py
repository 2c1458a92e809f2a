from __future__ import annotations

import base64
import json

import pytest

from flowtape.replay.shapes import Anything, Integer, Jwt, Shape, Timestamp, Token, Uuid, shape, written

AT = 1795169472_123456000
TOKEN = ".".join(
    base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
    for part in ({"alg": "HS256"}, {"sub": "7"})
)


@pytest.mark.parametrize(
    ("of", "text", "matches"),
    [
        (Uuid(4), "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", True),
        (Uuid(4), "B7E3C9E25F6A4D3B8A7E1F2D3C4B5A69", True),
        (Uuid(4), "b7e3c9e2-5f6a-1d3b-8a7e-1f2d3c4b5a69", False),
        (Uuid(0), "b7e3c9e2-5f6a-1d3b-8a7e-1f2d3c4b5a69", True),
        (Timestamp("iso8601"), "2026-11-20T10:11:12.123456Z", True),
        (Timestamp("iso8601"), "2026-11-20 11:11:12.123456+01", True),
        (Timestamp("iso8601"), "2026-11-20T10:11:12Z", True),
        (Timestamp("iso8601"), "2026-11-20T10:11:15.123456Z", False),
        (Timestamp("iso8601"), "2026-11-20T10:11:10Z", False),
        (Timestamp("iso8601"), "2026-99-99T10:11:10Z", False),
        (Timestamp("epoch"), "1795169472", True),
        (Timestamp("epoch"), "1795169472.5", True),
        (Timestamp("epoch_ms"), "1795169473123", True),
        (Timestamp("epoch_ms"), "1795169472", False),
        (Timestamp("http"), "Fri, 20 Nov 2026 10:11:12 GMT", True),
        (Token(4, "hex"), "00fF", True),
        (Token(4, "hex"), "00fg", False),
        (Token(4, "hex"), "00ff\n", False),
        (Integer(), "-17", True),
        (Integer(), "1.5", False),
        (Jwt(), f"{TOKEN}.sig", True),
        (Jwt(("exp",)), f"{TOKEN}.sig", False),
        (Jwt(), "a.b.c", False),
        (Anything(), "\x00", True),
    ],
)
def test_a_value_is_of_its_shape_or_not(of: Shape, text: str, matches: bool) -> None:
    assert of.matches(text, AT) is matches


def test_one_instant_in_two_formats_is_the_same() -> None:
    iso = Timestamp("iso8601")
    assert iso.canonical("2026-11-20T10:11:12.123456Z") == iso.canonical("2026-11-20 11:11:12.123456+01")
    assert Uuid().canonical("B7-E3") == Uuid().canonical("b7e3")


@pytest.mark.parametrize("kind", ["iso8601", "epoch", "epoch_ms", "http"])
def test_a_time_is_written_in_its_own_format(kind: str) -> None:
    assert Timestamp(kind).matches(written(AT, kind), AT)


@pytest.mark.parametrize("data", [None, {}, {"uid": 4}, {"uuid": "x"}, {"uuid": "4", "more": "1"}, {"timestamp": "rfc"},
                                  {"timestamp": "epoch", "from": "soon"}, {"token": {"alphabet": "kanji"}}, {"token": {"len": "1"}},
                                  {"jwt": {"claims": "sub"}}])  # fmt: skip
def test_what_is_no_shape_is_refused(data: object) -> None:
    with pytest.raises(ValueError):
        shape(data)
