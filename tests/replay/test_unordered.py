from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import HttpRequest, HttpResponse, SqlStatement
from flowtape.replay.bodies import Number, Tree
from flowtape.replay.difference import differences
from flowtape.replay.flowfile import Captured, Case, FlowFileError, RecordedCall, Session, dump, parse
from flowtape.replay.settle import settle
from flowtape.replay.shapes import Uuid
from flowtape.replay.source import Miss
from flowtape.replay.tape import Tape
from flowtape.replay.unordered import Orders, arranged, kept, key, within, wrong
from flowtape.replay.variables import Variables

TREES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3) | st.integers().map(lambda n: Number(str(n))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(TREES, max_size=6), st.randoms(use_true_random=False))
def test_a_list_takes_the_order_of_one_with_the_same_in_it(items: list[Tree], chance: random.Random) -> None:
    shuffled = list(items)
    chance.shuffle(shuffled)
    assert arranged({"a": items}, {"a": shuffled}, {"json.a"}) == {"a": shuffled}
    assert arranged({"a": items}, {"a": shuffled}, ()) == {"a": items}


@given(st.lists(TREES, max_size=5), st.lists(TREES, max_size=5))
def test_nothing_is_lost_and_nothing_comes_in(items: list[Tree], like: list[Tree]) -> None:
    found = arranged(items, like, {"json"})
    assert Counter(map(key, found)) == Counter(map(key, items))


def test_every_index_is_meant_by_empty_brackets() -> None:
    tree = {"items": [{"tags": ["a", "b"]}, {"tags": ["c", "d"]}]}
    like = {"items": [{"tags": ["b", "a"]}, {"tags": ["d", "c"]}]}
    assert arranged(tree, like, {"json.items[].tags"}) == like


def test_what_is_equal_has_one_key() -> None:
    assert key(Number("19.90")) == key(Number("19.9"))
    unlike: list[Tree] = [Number("1"), "1", Number("1.0"), True, None, [], {}]
    assert len(set(map(key, unlike))) == 7


def response(body: str) -> HttpResponse:
    return HttpResponse(200, "", (("content-type", "application/json"),), body.encode())


def compared(recorded: str, observed: str) -> list[str]:
    settled = settle(response(recorded), response(observed), Variables({"id": Uuid(4)}, 0), ["response.json.tags"])
    return differences(settled, response(observed))


def test_a_response_may_have_such_a_list_in_any_order_and_no_other() -> None:
    assert compared('{"tags": ["a", "b", "a"], "n": [1, 2]}', '{"tags": ["b", "a", "a"], "n": [1, 2]}') == []
    assert compared('{"tags": ["a", "b"], "n": [1, 2]}', '{"tags": ["a", "b"], "n": [2, 1]}')
    assert compared('{"tags": ["a", "b"]}', '{"tags": ["b", "c"]}') == ['response.json.tags[1]: recorded "a", got "c"']
    assert compared('{"tags": ["a", "a", "b"]}', '{"tags": ["b", "b", "a"]}')
    assert compared('{"tags": ["a"]}', '{"tags": ["a", "a"]}')


def test_variables_are_found_in_it_too() -> None:
    id_ = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69"
    assert compared('{"tags": ["x", "$id"], "id": "$id"}', f'{{"tags": ["{id_}", "x"], "id": "{id_}"}}') == []


def call(body: str, dependency: str = "mail") -> RecordedCall:
    request = HttpRequest("POST", "/send", (("content-type", "application/json"),), body.encode())
    return RecordedCall(dependency, request, HttpResponse(202), origin="http://mail")


def test_a_dependency_may_be_sent_such_a_list_in_any_order() -> None:
    case = Case(Captured(1), HttpRequest("GET", "/"), HttpResponse(200), (call('{"to": ["a", "b"], "cc": ["c", "d"]}'),),
                unordered=("calls[0].json.to",))  # fmt: skip
    assert Tape(case, Session()).ask("mail", call('{"to": ["b", "a"], "cc": ["c", "d"]}').question) == HttpResponse(202)
    assert isinstance(Tape(case, Session()).ask("mail", call('{"to": ["b", "a"], "cc": ["d", "c"]}').question), Miss)
    assert isinstance(Tape(case, Session()).ask("mail", call('{"to": ["b", "b"], "cc": ["c", "d"]}').question), Miss)


def test_only_what_can_have_such_lists_is_touched() -> None:
    orders = Orders(("calls[0].json.to",), ["mail"])
    for question in (SqlStatement("SELECT 1"), HttpRequest("GET", "/", (), b"text")):
        assert orders.plain("mail", question) is question
    other = call('{"to": ["b", "a"]}', "other").question
    assert orders.plain("other", other) is other


def test_it_is_written_in_the_flow_file_and_read_again() -> None:
    case = Case(Captured(1), HttpRequest("GET", "/"), response('{"tags":["a"],"items":[{"ids":[1]}]}'), (call('{"to":["a"]}'),),
                unordered=("response.json.tags", "response.json.items[].ids", "calls[0].json.to"))  # fmt: skip
    text, cassette = dump(case)
    assert "unordered:" in text
    assert parse(text, cassette) == case


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("response.json.n", "no list stands at `response.json.n`"),
        ("response.json.tags[0]", "no list stands at"),
        ("calls[7].json.to", "no list stands at"),
        ("request.json.tags", "a list's place is written"),
    ],
)
def test_a_place_at_which_no_list_stands_is_refused_with_file_line_and_key(place: str, why: str) -> None:
    case = Case(
        Captured(1), HttpRequest("GET", "/"), response('{"tags":["a"],"n":1}'), unordered=("response.json.tags",)
    )
    text, _ = dump(case)
    broken = text.replace("response.json.tags", f'"{place}"')
    with pytest.raises(FlowFileError, match=r"a\.yaml, line \d+: `unordered\[0\]`: ") as caught:
        parse(broken, None, "a.yaml")
    assert why in str(caught.value)
    assert wrong(place, case.response, []).startswith(why[:20])


def test_paths_belong_to_their_owner() -> None:
    assert within(["response.json.a", "calls[3].json[].b", "nonsense"], "calls[3]") == {"json[].b"}


def test_what_is_left_keeps_its_places() -> None:
    places = ("response.json.tags", "response.json.gone", "calls[0].json.to", "calls[2].json.to")
    found = kept(places, response('{"tags": []}'), [(2, call('{"to": []}').question)])
    assert found == ("response.json.tags", "calls[0].json.to")
