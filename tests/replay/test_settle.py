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
