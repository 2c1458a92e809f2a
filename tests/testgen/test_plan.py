"""Which module and test each flow becomes."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand
from flowtape.capture.flow import Flow
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.testgen.plan import PlannedTest, count, plan, speakable, with_case
from flowtape.testgen.select import choose

SELECT, INSERT = "SELECT * FROM carts WHERE id = $1", "INSERT INTO orders VALUES ($1)"


def planned(*flows: Flow, taken: Any = ()) -> list[PlannedTest]:
    return plan(choose(flows, 3).chosen, {}, taken)


def test_each_flow_becomes_a_test_of_its_endpoints_module(build: Any) -> None:
    flows = [build.flow(build.sql(SELECT, "1")), build.flow(method="GET", target="/orders/7?x=1", status=200)]
    tests = planned(*flows)
    assert [(test.module, test.name, test.function, test.flow_file) for test in tests] == [
        ("get_orders_id", "ok", "test_get_orders_id_ok", "get_orders_id/ok.yaml"),
        ("post_orders", "created", "test_post_orders_created", "post_orders/created.yaml"),
    ]
    assert [(test.method, test.path) for test in tests] == [("GET", "/orders/{id}"), ("POST", "/orders")]
    assert [test.case.captured.id for test in tests] == ["f0002", "f0001"]


def test_the_docstring_says_what_happened_when_and_to_whom(build: Any) -> None:
    charge = build.call("payments", HttpRequest("POST", "/charges"), None)
    drop = build.call("cache", RedisCommand((b"DEL", b"a")), None)
    calls = [
        build.sql(SELECT, "1"),
        build.sql(INSERT, "1"),
        build.sql(INSERT, "2"),
        build.sql("SET x = 1"),
        charge,
        drop,
    ]
    (test,) = planned(build.flow(*calls))
    assert test.docstring == (
        "201; 1 db read, 2 db writes, 1 db statement, 1 payments call, 1 cache call. "
        "Captured 2026-09-21 14:13 UTC from shop 1.4.2."
    )
    (test,) = planned(build.flow())
    assert test.docstring == "201. Captured 2026-09-21 14:13 UTC from shop 1.4.2."


def test_the_order_in_which_flows_came_changes_no_name(build: Any) -> None:
    flows = [
        build.flow(build.sql(SELECT, "1")),
        build.flow(build.sql(SELECT, "1"), build.sql(INSERT, "1")),
        build.flow(status=404),
        build.flow(method="GET", target="/"),
    ]

    def found(*ordered: Flow) -> set[tuple[str, str]]:
        return {(test.case.captured.id, test.function) for test in planned(*ordered)}

    assert len(found(*flows)) == 4
    assert found(*flows) == found(*flows[::-1])


def test_two_paths_that_are_one_module_have_names_of_their_own(build: Any) -> None:
    long = "/" + "/".join(["long"] * 20)
    tests = planned(
        build.flow(target="/a-b"),
        build.flow(target="/a/b"),
        build.flow(target=f"{long}/x"),
        build.flow(target=f"{long}/y"),
    )
    assert len({test.module for test in tests}) == 2
    assert len({test.flow_file for test in tests}) == len({test.function for test in tests}) == 4


def test_names_in_the_suite_are_not_given_again(build: Any) -> None:
    taken = [("post_orders", "created"), ("get_orders", "created_2")]
    (test,) = planned(build.flow(), taken=taken)
    assert test.name == "created_2"


def test_the_same_test_with_another_case(build: Any) -> None:
    (test,) = planned(build.flow())
    other = Case(Captured(0), test.case.request, test.case.response)
    assert with_case(test, other).case == other
    assert with_case(test, other).flow_file == test.flow_file


def test_counts_are_in_the_order_of_the_calls() -> None:
    assert count([]) == ""
    assert count([RecordedCall("a", HttpRequest("GET", "/"), None)] * 2) == "2 a calls"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a"""; import os', "a???? import os"),
        ("a\\b\n c\r\x1b[2Jd", "a?b c ??2Jd"),
        ("\u202eabc", "?abc"),
        ("/orders/{id}", "/orders/{id}"),
    ],
)
def test_captured_text_is_only_words(text: str, expected: str) -> None:
    assert speakable(text) == expected


@given(service=st.text(max_size=30), name=st.text(max_size=30), method=st.text(max_size=9), path=st.text(max_size=30))
def test_no_text_breaks_out_of_a_docstring(service: str, name: str, method: str, path: str) -> None:
    case = Case(
        Captured(0, service),
        HttpRequest(method, path),
        HttpResponse(200),
        (RecordedCall(name, HttpRequest("GET", "/"), None),),
    )
    test = PlannedTest("m", speakable(method), speakable(path), "n", case)
    (statement,) = ast.parse(f'"""{test.docstring}"""').body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)
    assert statement.value.value == test.docstring
    assert test.docstring.isascii()
    assert "\n" not in test.docstring
