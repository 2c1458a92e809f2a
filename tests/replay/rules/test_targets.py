"""Request targets, and requests of several client libraries, in one way of writing."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import HttpRequest
from flowtape.replay.match import asked
from flowtape.replay.rules.targets import parameters, segments, split_target

JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def same(one: HttpRequest, other: HttpRequest) -> bool:
    a, b = asked(one), asked(other)
    return (a.fingerprint, frozenset(a.arguments)) == (b.fingerprint, frozenset(b.arguments))


SAME = [
    ("/a%7Eb", "/a~b"),
    ("/caf%C3%A9", "/caf%c3%a9"),
    ("/a%20b?c=d%20e", "/a%20b?c=d+e"),
    ("/a?b=1&c=2", "/a?c=2&b=1"),
    ("/a?b=%5B1%5D", "/a?b=[1]"),
    ("/a?b=1&b=2&c=3", "/a?c=3&b=1&b=2"),
    ("/a?", "/a"),
    ("/a?b=1#c", "/a?b=1"),
    ("http://shop.internal/a?b=1", "/a?b=1"),
    ("http://shop.internal", "/"),
]
OTHER = [
    ("/a%2Fb", "/a/b"),
    ("/a%252Fb", "/a%2Fb"),
    ("/a%2Fb/c", "/a/b%2Fc"),
    ("/a+b", "/a%20b"),
    ("//a/b", "/b"),
    ("/a/", "/a"),
    ("/A", "/a"),
    ("/a?b=1&b=2", "/a?b=2&b=1"),
    ("/a?b=1", "/a?B=1"),
    ("/a?b=1&c=2", "/a?b=2&c=1"),
    ("/a?b=1", "/a?b=1&b=1"),
    ("/a?b=1", "/a?b=1&c="),
    ("/a?b=1%26c=2", "/a?b=1&c=2"),
    ("/a?b=1%2B1", "/a?b=1+1"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_target(one: str, other: str) -> None:
    assert same(HttpRequest("GET", one), HttpRequest("GET", other))


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_a_near_miss_is_another_target(one: str, other: str) -> None:
    assert not same(HttpRequest("GET", one), HttpRequest("GET", other))


@given(
    st.lists(st.text(st.characters(blacklist_categories=["Cs"])), min_size=1),
    st.dictionaries(
        st.text(st.characters(blacklist_categories=["Cs"])), st.text(st.characters(blacklist_categories=["Cs"]))
    ),
)
def test_encoding_does_not_matter_and_loses_nothing(path: list[str], query: dict[str, str]) -> None:
    everything = "/" + "/".join("".join(f"%{byte:02x}" for byte in part.encode()) for part in path)
    needed = "/" + "/".join(quote(part, safe="~!$&'()*+,;=:@") for part in path)
    assert segments(everything) == segments(needed)
    assert segments(everything) != segments(everything + "x")
    found = parameters("&".join(f"{quote(name)}={quote(text)}" for name, text in reversed(query.items())))
    assert dict(found) == query


def test_a_target_is_split_as_it_is_written() -> None:
    assert split_target("/a%3Fb?c=/d?e") == ("/a%3Fb", "c=/d?e")
    assert split_target("*") == ("*", "")
    assert split_target("http://h?x=1") == ("/", "x=1")


BODY = {"b": [1.5, True, None], "a": "é"}
REQUESTS = [
    HttpRequest("POST", "/a", (("Host", "h"), ("User-Agent", "python-httpx/0.28"), ("Accept", "*/*"), ("Content-Type", "application/json"), ("X-Key", "1")), json.dumps(BODY).encode()),
    HttpRequest("POST", "/a", (("x-key", "1"), ("content-type", "application/json; charset=utf-8"), ("user-agent", "python-requests/2"), ("Connection", "keep-alive")), json.dumps(BODY, indent=1, ensure_ascii=False, sort_keys=True).encode()),
    HttpRequest("POST", "/a", (("X-KEY", " 1"), ("Content-Type", "application/json"), ("sec-fetch-mode", "cors"), ("accept-language", "*"), ("user-agent", "node")), json.dumps(BODY, separators=(",", ":")).encode()),
]  # fmt: skip


@pytest.mark.parametrize("other", REQUESTS[1:])
def test_another_client_library_asks_the_same(other: HttpRequest) -> None:
    assert same(REQUESTS[0], other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HttpRequest("POST", "/a", JSON, b'{"a": [1, 2]}'), HttpRequest("POST", "/a", JSON, b'{"a": [2, 1]}')),
        (HttpRequest("POST", "/a", JSON, b'{"a": {"b": 1}}'), HttpRequest("POST", "/a", JSON, b'{"a.b": 1}')),
        (HttpRequest("POST", "/a", JSON, b'{"a": [1]}'), HttpRequest("POST", "/a", JSON, b'{"a[0]": 1}')),
        (HttpRequest("POST", "/a", JSON, b'{"a": []}'), HttpRequest("POST", "/a", JSON, b'{"a": {}}')),
        (HttpRequest("POST", "/a", JSON, b'{"a": null}'), HttpRequest("POST", "/a", JSON, b"{}")),
        (HttpRequest("POST", "/a", FORM, b"a=1&a=2"), HttpRequest("POST", "/a", FORM, b"a=2&a=1")),
        (HttpRequest("POST", "/a", FORM, b"a=1"), HttpRequest("POST", "/a?a=1", FORM)),
        (HttpRequest("POST", "/a", (("X-Key", "1"),)), HttpRequest("POST", "/a", (("X-Key", "2"),))),
        (HttpRequest("POST", "/a", (("X-Key", "1"),)), HttpRequest("POST", "/a")),
        (HttpRequest("PUT", "/a"), HttpRequest("POST", "/a")),
    ],
)  # fmt: skip
def test_a_near_miss_is_another_request(one: HttpRequest, other: HttpRequest) -> None:
    assert not same(one, other)
