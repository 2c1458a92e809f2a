from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import HttpRequest, HttpResponse, Question, RedisCommand, SqlStatement
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.testgen.learn import learn
from flowtape.testgen.places import Run
from flowtape.testgen.sets import another_order, in_one_order, sets


def case(body: object, sent: object = None) -> Case:
    calls = () if sent is None else (RecordedCall("mail", request(sent), HttpResponse(200)),)
    return Case(Captured(1), HttpRequest("GET", "/"), response(body), calls)


def response(body: object) -> HttpResponse:
    return HttpResponse(200, "OK", (), json.dumps(body).encode())


def request(body: object) -> HttpRequest:
    return HttpRequest("POST", "/", (), json.dumps(body).encode())


def runs(*bodies: object) -> list[Run]:
    return [Run(response(body), {}) for body in bodies]


def found(recorded: Case, seen: list[Run]) -> tuple[str, ...]:
    return sets(recorded, seen).places


def test_a_list_is_unordered_if_the_runs_show_it() -> None:
    seen = runs({"t": ["b", "a"], "n": [1, 2]}, {"t": ["a", "b"], "n": [1, 2]}, {"t": ["b", "a"], "n": [1, 2]})
    lesson = learn(case({"t": ["a", "b"], "n": [1, 2]}), seen)
    assert lesson.problem is None
    assert lesson.case.unordered == ("response.json.t",)
    assert json.loads(lesson.case.response.body) == {"t": ["a", "b"], "n": [1, 2]}


def test_nothing_else_is() -> None:
    recorded = case({"t": ["a", "b"]})
    assert found(recorded, runs({"t": ["a", "b"]}, {"t": ["a", "b"]})) == ()
    assert found(recorded, runs({"t": ["b", "a"]}, {"t": ["b", "a"]})) == (), "another order each time is needed"
    assert found(recorded, runs({"t": ["a", "b"]}, {"t": ["b", "c"]})) == ()
    assert found(recorded, runs({"t": ["a", "b"]}, {"t": ["b", "a", "a"]})) == ()


def test_lists_in_a_list_are_one_place() -> None:
    recorded = case([{"t": ["a", "b"]}, {"t": ["c", "d"]}])
    seen = runs([{"t": ["a", "b"]}, {"t": ["d", "c"]}], [{"t": ["b", "a"]}, {"t": ["c", "d"]}])
    assert found(recorded, seen) == ("response.json[].t",)


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
    seen = runs(*({"t": order} for order in orders))
    arranged = in_one_order(marked, seen, sets(marked, seen))
    assert all(json.loads(run.response.body) == {"t": ["a", "b", "c"]} for run in arranged)


FORM = (("content-type", "application/x-www-form-urlencoded"),)
INSERT = "INSERT INTO t (id, name) VALUES ($1, $2), ($3, $4)"
IDS = [f"b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a{n}" for n in range(10, 30)]


def words(*texts: str) -> RedisCommand:
    return RedisCommand(tuple(text.encode() for text in texts))


@pytest.mark.parametrize(
    ("place", "one", "other"),
    [
        ("parameters[0]", SqlStatement("INSERT INTO t (a) VALUES ($1)", ("{a,b}",)), SqlStatement("INSERT INTO t (a) VALUES ($1)", ("{b,a}",))),
        ("parameters[0]", SqlStatement("SELECT b FROM t WHERE a = ANY($1)", ("{a,b}",)), SqlStatement("SELECT b FROM t WHERE a = ANY($1)", ("{b,a}",))),
        ("parameters[0:2]", SqlStatement("SELECT b FROM t WHERE a IN ($1, $2)", ("a", "b")), SqlStatement("SELECT b FROM t WHERE a IN ($1, $2)", ("b", "a"))),
        ("values", SqlStatement(INSERT, ("1", "a", "2", "b")), SqlStatement(INSERT, ("2", "b", "1", "a"))),
        ("values", SqlStatement("INSERT INTO t (a) VALUES (1, 'a'), (2, 'b')"), SqlStatement("INSERT INTO t (a) VALUES (2, 'b'), (1, 'a')")),
        ("in[0]", SqlStatement("SELECT b FROM t WHERE a IN ('a', 'b')"), SqlStatement("SELECT b FROM t WHERE a IN ('b', 'a')")),
        ("arguments[2:]", words("SADD", "k", "a", "b"), words("SADD", "k", "b", "a")),
        ("arguments[1:]", words("DEL", "a", "b"), words("DEL", "b", "a")),
        ("arguments[1:]", words("MGET", "a", "b"), words("MGET", "b", "a")),
        ("arguments[2].json.t", words("SET", "k", '{"t": ["a", "b"]}'), words("SET", "k", '{"t": ["b", "a"]}')),
        ("form.t", HttpRequest("POST", "/", FORM, b"t=a&t=b"), HttpRequest("POST", "/", FORM, b"t=b&t=a")),
        ("query.t", HttpRequest("GET", "/?t=a&t=b"), HttpRequest("GET", "/?t=b&t=a")),
    ],
)  # fmt: skip
def test_what_a_dependency_is_asked_may_be_a_set_in_many_ways(place: str, one: Question, other: Question) -> None:
    recorded = replace(case({}), calls=(RecordedCall("d", one, HttpResponse(200)),))
    seen = [Run(response({}), {0: question}) for question in (other, one, other)]
    lesson = learn(recorded, seen)
    assert (lesson.problem, lesson.case.unordered) == (None, (f"calls[0].{place}",))
    assert lesson.case.calls == recorded.calls
    always = [Run(response({}), {0: other}) for _ in range(3)]
    assert found(recorded, always) == (), "another order each time is needed"


def test_rows_with_identifiers_of_their_own_are_a_set() -> None:
    def rows(n: int, *names: str) -> SqlStatement:
        return SqlStatement(INSERT, (IDS[n], names[0], IDS[n + 1], names[1]), (2950, 25, 2950, 25))

    recorded = replace(case({}), calls=(RecordedCall("d", rows(0, "a", "b"), None),))
    orders = (("b", "a"), ("a", "b"), ("b", "a"))
    lesson = learn(recorded, [Run(response({}), {0: rows(2 * n, *order)}) for n, order in enumerate(orders, 1)])
    assert (lesson.problem, lesson.case.unordered) == (None, ("calls[0].values",))
    (call,) = lesson.case.calls
    assert isinstance(call.question, SqlStatement)
    first, _, second, _ = call.question.parameters
    assert set(lesson.case.variables) == {str(first)[1:], str(second)[1:]}


def test_header_fields_and_classes_may_be_sets() -> None:
    def page(methods: str, cookies: str, classes: str) -> HttpResponse:
        headers = (("content-type", "text/html"), ("access-control-allow-methods", methods))
        cookie = tuple(("set-cookie", f"{name}=1") for name in cookies)
        return HttpResponse(200, "OK", (*headers, *cookie), f'<p class="{classes}">x'.encode())

    recorded = replace(case({}), response=page("GET, POST", "ab", "red big"))
    seen = [Run(page(*each), {}) for each in (("POST, GET", "ba", "red big"), ("GET, POST", "ab", "big red"))]
    lesson = learn(recorded, seen)
    assert lesson.problem is None
    assert lesson.case.unordered == (
        "response.headers.access-control-allow-methods", "response.headers.set-cookie", "response.html.p.@class",
    )  # fmt: skip
    assert lesson.case.response == recorded.response


def test_items_are_the_same_by_what_is_steady_in_them() -> None:
    assert another_order([["a", "b"], ["b", "a"]]) == frozenset({""})
    assert another_order([[["1", "a"], ["2", "b"]], [["3", "b"], ["4", "a"]]]) == frozenset({"[1]"})
    assert another_order([[["1", "a"], ["2", "b"]], [["1", "b"], ["2", "a"]]]) is None, "numbered in their order"
    for lists in ([["a", "b"], ["a", "b"]], [["a", "b"], ["b", "a", "a"]], [["a"], ["a"]], [["a", "b"], ["c", "d"]]):
        assert another_order(lists) is None
