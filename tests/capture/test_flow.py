from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from flowtape.capture.exchange import Address, Connection, Exchange, HttpRequest, HttpResponse
from flowtape.capture.flow import Call, Evidence, Flow, Outside

CONNECTION = Connection("c", Address("127.0.0.1", 1), Address("127.0.0.1", 2))


def entry() -> Exchange:
    return Exchange(CONNECTION, "http1", HttpRequest("GET", "/"), HttpResponse(200), 1, 2, 3, 4)


def test_a_flow_is_a_value() -> None:
    made = [Flow("f", "shop", "1", entry(), (Call(entry(), (Evidence("alone", "", 0.9),)),)) for _ in range(2)]
    assert made[0] == made[1]
    assert len({*made, replace(made[0], problem="ambiguous")}) == 2
    with pytest.raises(FrozenInstanceError):
        made[0].problem = "changed"  # type: ignore[misc]


def test_a_flow_without_a_problem_may_be_generated_from() -> None:
    assert Flow("f", "shop", "1", entry()).problem == ""
    assert Outside(entry(), "session").reason == "session"
