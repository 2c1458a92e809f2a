from __future__ import annotations

import pytest

from flowtape.capture.exchange import HttpResponse
from flowtape.replay.difference import differences
from flowtape.replay.settle import settle
from flowtape.replay.shapes import Duration, Integer, Timestamp, Uuid
from flowtape.replay.variables import Variables

ONE, TWO = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69", "00000000-5f6a-4d3b-8a7e-1f2d3c4b5a69"


def variables() -> Variables:
    return Variables({"id": Uuid(), "n": Integer(), "at": Timestamp()}, 1795169472_000000000)


def response(location: str, body: str) -> HttpResponse:
    return HttpResponse(201, "", (("Location", location),), body.encode())


def test_variables_of_the_response_take_this_runs_values() -> None:
    recorded = response("/orders/$id", '{"id": "$id", "n": "$n", "at": ["$at"], "total": 19.90}')
    observed = response(f"/orders/{ONE}", f'{{"id": "{ONE}", "n": 17, "at": ["2026-11-20T10:11:12Z"], "total": 19.9}}')
    assert differences(settle(recorded, observed, variables()), observed) == []


def test_one_variable_with_two_values_differs() -> None:
    recorded = response("/orders/$id", '{"id": "$id"}')
    observed = response(f"/orders/{ONE}", f'{{"id": "{TWO}"}}')
    assert differences(settle(recorded, observed, variables()), observed) == [
        f'response.json.id: recorded "{ONE}", got "{TWO}"'
    ]


def test_a_value_of_another_shape_differs_and_the_variable_is_named() -> None:
    recorded, observed = response("/", '{"id": "$id", "at": "$at"}'), response("/", '{"id": 17}')
    lines = differences(settle(recorded, observed, variables()), observed)
    assert lines == ['response.json.id: recorded "$id", got 17', 'response.json.at: recorded "$at", not there now']


def test_text_bodies_have_variables_too() -> None:
    recorded, observed = response("/", "order $id is placed"), response("/", f"order {ONE} is placed")
    assert settle(recorded, observed, variables()) == observed


def test_a_response_without_variables_is_left_as_it_is() -> None:
    recorded = response("/$id", "$id")
    assert settle(recorded, response("/", ""), Variables({}, 0)) is recorded


def test_variables_in_bodies_of_every_kind_and_the_same_said_in_another_way() -> None:
    for content_type, before, after in (
        ("text/html", b"<p class='a' id=$id>$at", f'<p id="{ONE}" class="a">2026-11-20 10:11:12Z</p>'.encode()),
        ("text/csv", b"id,at\n$id,$at\n", f'"id","at"\r\n"{ONE}",2026-11-20T10:11:12Z\r\n'.encode()),
        ("multipart/mixed; boundary=a", b"--a\r\n\r\n$id\xff\r\n--a--", b"--a\r\n\r\n$id\xff\r\n--a--"),
        ("application/x-protobuf", b"\x0a\x03$id", b"\x0a\x24" + ONE.encode()),
    ):
        headers = (("content-type", content_type),)
        recorded, observed = HttpResponse(200, "", headers, before), HttpResponse(200, "", headers, after)
        assert differences(settle(recorded, observed, variables()), observed) == []


def test_only_the_line_of_a_text_that_differs_is_shown() -> None:
    recorded, observed = response("/", "id $id\nstate paid\n"), response("/", f"id {ONE}\nstate open\n")
    lines = differences(settle(recorded, observed, variables()), observed)
    assert [line.strip() for line in lines[1:] if line.strip()[:1] in "+-"] == ["-state paid", "+state open"]


def test_a_multipart_response_takes_the_boundary_of_this_run() -> None:
    def of(boundary: str, text: str) -> HttpResponse:
        body = f"--{boundary}\r\n\r\n{text}\r\n--{boundary}--".encode()
        return HttpResponse(200, "", (("Content-Type", f"multipart/mixed; boundary={boundary}"),), body)

    assert differences(settle(of("one", "$id"), of("two", ONE), variables()), of("two", ONE)) == []
    assert differences(settle(of("one", "$id"), of("two", "no id"), variables()), of("two", "no id"))


TYPED = {"n": Integer(8, "integer"), "at": Timestamp("epoch", json="integer"), "ms": Duration("ms", json="number")}


@pytest.mark.parametrize(
    ("template", "same", "others"),
    [
        ("$n", ["12345678"], ['"12345678"', "12345678.0", "true", "null", "1234567", "[12345678]"]),
        ("${n}", ['"12345678"'], ["12345678", '"12345678.0"', "null"]),
        ("$at", ["1795169472"], ['"1795169472"', "1795169472.0", "1795169472.5", "false", "null"]),
        ("$ms", ["12", "12.0", "1.2e1"], ['"12"', "true", "null"]),
        ("${ms}", ['"12"', '"12.5"'], ["12", "12.5"]),
    ],
)
def test_a_number_stays_a_number_and_a_text_a_text(template: str, same: list[str], others: list[str]) -> None:
    for content_type, before, after in (
        ("application/json", '{"x": ', "}"),
        ("text/event-stream", 'data: {"x": ', "}\n\n"),
    ):
        for value in [*same, *others]:
            recorded, observed = (
                HttpResponse(200, "", (("content-type", content_type),), f"{before}{text}{after}".encode())
                for text in (f'"{template}"', value)
            )
            lines = differences(settle(recorded, observed, Variables(TYPED, 1795169472_000000000)), observed)
            assert bool(lines) is (value in others), (value, lines)


def test_a_number_is_only_a_text_where_all_is_text() -> None:
    for content_type, before in (
        ("text/csv", "at\n$at\n"),
        ("application/xml", "<at>$at</at>"),
        ("text/event-stream", "id: $at\n\n"),
    ):
        headers, text = (("content-type", content_type), ("x-at", "$at")), before.replace("$at", "1795169472")
        recorded = HttpResponse(200, "", headers, before.encode())
        observed = HttpResponse(200, "", (headers[0], ("x-at", "1795169472")), text.encode())
        assert differences(settle(recorded, observed, Variables(TYPED, 1795169472_000000000)), observed) == []


def test_a_number_that_has_become_a_text_is_shown_as_both() -> None:
    recorded, observed = response("/", '{"a": "$n", "b": "$n"}'), response("/", '{"a": 12345678, "b": "12345678"}')
    lines = differences(settle(recorded, observed, Variables(TYPED, 0)), observed)
    assert lines == ['response.json.b: recorded 12345678, got "12345678"']
    recorded, observed = response("/", '{"a": "$n"}'), response("/", '{"a": "12345678"}')
    lines = differences(settle(recorded, observed, Variables(TYPED, 0)), observed)
    assert lines == ['response.json.a: recorded "$n (a JSON number)", got "12345678"']
