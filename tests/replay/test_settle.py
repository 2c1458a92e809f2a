from __future__ import annotations

from flowtape.capture.exchange import HttpResponse
from flowtape.replay.difference import differences
from flowtape.replay.settle import settle
from flowtape.replay.shapes import Integer, Timestamp, Uuid
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
