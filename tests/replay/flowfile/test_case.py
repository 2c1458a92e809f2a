from __future__ import annotations

import dataclasses

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.flowfile.case import Captured, Case


def test_a_case_is_a_value() -> None:
    one, other = (Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(200)) for _ in range(2))
    assert one == other
    assert dataclasses.replace(one, notes=("expectation taken anew",)) != other
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.notes = ()  # type: ignore[misc]
