from __future__ import annotations

import pytest

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.flowfile import Captured, Case
from flowtape.replay.shapes import Duration, Etag, Shape
from flowtape.testgen.places import RESPONSE, Place
from flowtape.testgen.single import number, single

CASE = Case(Captured(1), HttpRequest("GET", "/"), HttpResponse(200))


@pytest.mark.parametrize(
    ("path", "sample", "expected"),
    [
        ("json.elapsed_ms", ["1", "2"], (Duration("ms"), "", "")),
        ("json.stats.durationSeconds", ["0.1", "0.2"], (Duration("s"), "", "")),
        ("json.took", ["1", "2"], (Duration("ms"), "", "")),
        ("headers[0].x-took", ["12ms", "13ms"], (Duration("ms"), "", "ms")),
        (
            "json.message",
            ["found in 0.5 seconds.", "found in 0.75 seconds."],
            (Duration("s"), "found in ", " seconds."),
        ),
        ("headers[0].etag", ['"a"', '"bb"'], (Etag(), "", "")),
        ("json.quantity", ["1", "2"], None),
        ("json.total", ["12 ms of 3", "13 ms of 4"], None),
        ("json.elapsed", ["soon", "later"], None),
    ],
)
def test_only_what_can_be_told_is_told(path: str, sample: list[str], expected: tuple[Shape, str, str] | None) -> None:
    found = single(CASE, Place(RESPONSE, path), sample)
    assert (found and (found[0].shape, found[1], found[2])) == expected


def test_a_number_that_counts_is_no_random_number() -> None:
    assert number(["123456", "123456", "345678"], [1, 1, 1]) is None
    assert number(["12", "34"], [1, 1]) is None
