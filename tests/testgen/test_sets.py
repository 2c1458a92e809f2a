from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.testgen.learn import learn
from flowtape.testgen.places import Run
from flowtape.testgen.sets import in_one_order, unordered


def case(body: object, sent: object = None) -> Case:
    calls = () if sent is None else (RecordedCall("mail", request(sent), HttpResponse(200)),)
    return Case(Captured(1), HttpRequest("GET", "/"), response(body), calls)


def response(body: object) -> HttpResponse:
    return HttpResponse(200, "OK", (), json.dumps(body).encode())


def request(body: object) -> HttpRequest:
    return HttpRequest("POST", "/", (), json.dumps(body).encode())


def runs(*bodies: object) -> list[Run]:
    return [Run(response(body), {}) for body in bodies]


def test_a_list_is_unordered_if_the_runs_show_it() -> None:
    seen = runs({"t": ["b", "a"], "n": [1, 2]}, {"t": ["a", "b"], "n": [1, 2]}, {"t": ["b", "a"], "n": [1, 2]})
    lesson = learn(case({"t": ["a", "b"], "n": [1, 2]}), seen)
    assert lesson.problem is None
    assert lesson.case.unordered == ("response.json.t",)
    assert json.loads(lesson.case.response.body) == {"t": ["a", "b"], "n": [1, 2]}


def test_nothing_else_is() -> None:
    recorded = case({"t": ["a", "b"]})
    assert unordered(recorded, runs({"t": ["a", "b"]}, {"t": ["a", "b"]})) == ()
    assert unordered(recorded, runs({"t": ["b", "a"]}, {"t": ["b", "a"]})) == (), "another order each time is needed"
    assert unordered(recorded, runs({"t": ["a", "b"]}, {"t": ["b", "c"]})) == ()
    assert unordered(recorded, runs({"t": ["a", "b"]}, {"t": ["b", "a", "a"]})) == ()


def test_lists_in_a_list_are_one_place() -> None:
    recorded = case([{"t": ["a", "b"]}, {"t": ["c", "d"]}])
    seen = runs([{"t": ["a", "b"]}, {"t": ["d", "c"]}], [{"t": ["b", "a"]}, {"t": ["c", "d"]}])
    assert unordered(recorded, seen) == ("response.json[].t",)


def test_what_a_dependency_is_sent_may_be_a_set_too() -> None:
    seen = [Run(response({}), {0: request({"to": order})}) for order in (["b", "a"], ["a", "b"])]
    lesson = learn(case({}, {"to": ["a", "b"]}), seen)
    assert (lesson.problem, lesson.case.unordered) == (None, ("calls[0].json.to",))


def test_what_sanitising_changed_in_a_set_is_taken_from_the_runs() -> None:
    lesson = learn(case({"t": ["x", "b"]}), runs({"t": ["b", "a"]}, {"t": ["a", "b"]}, {"t": ["a", "b"]}))
    assert lesson.problem is None
    assert sorted(json.loads(lesson.case.response.body)["t"]) == ["a", "b"]
    assert lesson.case.unordered == ("response.json.t",)


@given(st.lists(st.permutations(["a", "b", "c"]), min_size=1, max_size=4))
def test_in_one_order_all_runs_are_alike(orders: list[list[str]]) -> None:
    recorded = case({"t": ["a", "b", "c"]})
    marked = Case(recorded.captured, recorded.request, recorded.response, unordered=("response.json.t",))
    assert len({run.response for run in in_one_order(marked, runs(*({"t": order} for order in orders)))}) == 1
