from __future__ import annotations

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.replay.flowfile import Captured, Case, FlowFileError, RecordedCall, dump, parse
from flowtape.replay.unordered.places import kept, within, wrong

RESPONSE = HttpResponse(
    200,
    "",
    (("content-type", "application/json"), ("allow", "GET, POST")),
    b'{"tags":["a"],"items":[{"ids":[1]}],"n":1}',
)
MAIL = RecordedCall(
    "mail", HttpRequest("POST", "/send?to=a&to=b", (), b'{"to":["a"]}'), HttpResponse(202), origin="http://mail"
)
ADD = RecordedCall("cache", RedisCommand((b"SADD", b"k", b"a", b"b")), None)
INSERT = RecordedCall(
    "db", SqlStatement("INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)", ("1", "{x,y}", "2", "{}")), None
)
CALLS = (MAIL, ADD, INSERT)
PLACES = (
    "response.json.tags", "response.json.items[].ids", "response.headers.allow", "calls[0].json.to", "calls[0].query.to",
    "calls[1].arguments[2:]", "calls[2].values", "calls[2].parameters[1]",
)  # fmt: skip


def test_they_are_written_in_the_flow_file_and_read_again() -> None:
    case = Case(Captured(1), HttpRequest("GET", "/"), RESPONSE, CALLS, unordered=PLACES)
    text, cassette = dump(case)
    assert "unordered:" in text
    assert parse(text, cassette) == case


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("response.json.n", "no list stands at `response.json.n`"),
        ("response.json.tags[0]", "no list stands at"),
        ("response.headers.vary", "no list stands at"),
        ("calls[7].json.to", "no list stands at"),
        ("calls[2].parameters[3]", "no list stands at"),
        ("calls[1].arguments[1:]", "no list stands at"),
        ("request.json.tags", "a list's place is written"),
        ("response.tags", "a list's place is written"),
    ],
)
def test_a_place_at_which_no_list_stands_is_refused_with_file_line_and_key(place: str, why: str) -> None:
    case = Case(Captured(1), HttpRequest("GET", "/"), RESPONSE, CALLS[1:], unordered=("response.json.tags",))
    text, _ = dump(case)
    broken = text.replace("response.json.tags", f'"{place}"')
    with pytest.raises(FlowFileError, match=r"a\.yaml, line \d+: `unordered\[0\]`: ") as caught:
        parse(broken, None, "a.yaml")
    assert why in str(caught.value)
    assert wrong(place, RESPONSE, [call.question for call in CALLS[1:]]).startswith(why[:20])


def test_an_attribute_is_a_place_of_words() -> None:
    page = HttpResponse(200, "", (("content-type", "text/html"),), b'<p class="a b">')
    assert wrong("response.html.p.@class", page, []) == ""
    assert wrong("response.html.p.@id", page, []) == "no list stands at `response.html.p.@id`"


def test_paths_belong_to_their_owner() -> None:
    assert within(["response.json.a", "calls[3].json[].b", "nonsense"], "calls[3]") == {"json[].b"}


def test_what_is_left_keeps_its_places() -> None:
    places = ("response.json.tags", "response.json.gone", "calls[0].json.to", "calls[2].json.to")
    assert kept(places, RESPONSE, [(2, MAIL.question)]) == ("response.json.tags", "calls[0].json.to")
