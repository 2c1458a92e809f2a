from __future__ import annotations

import pytest

from flowtape.capture.exchange import Headers
from flowtape.replay.bodies.tree import Number
from flowtape.replay.flowfile.document import Place, WrongAt
from flowtape.replay.flowfile.http import header, headers_in, headers_out, request_in, response_in


@pytest.mark.parametrize(
    ("headers", "written"),
    [
        ((("A", "1"), ("b", "x")), {"A": Number("1"), "b": "x"}),
        ((("a", "1"), ("a", "x")), {"a": [Number("1"), "x"]}),
        ((("a", "1"), ("b", "2"), ("a", "3")), [["a", "1"], ["b", "2"], ["a", "3"]]),
        ((), {}),
    ],
)
def test_header_fields_keep_their_order(headers: Headers, written: object) -> None:
    assert headers_out(headers) == written
    assert headers_in(Place(written)) == headers


def test_a_field_is_found_in_any_case() -> None:
    assert header((("Content-Type", "a"),), "content-type") == "a"
    assert header((), "a") == ""


def test_what_no_message_can_hold_is_refused() -> None:
    with pytest.raises(WrongAt, match="latin-1"):
        headers_in(Place({"a": "✓"}))
    with pytest.raises(WrongAt, match="the key `target` is missing"):
        request_in(Place({"method": "GET"}))
    with pytest.raises(WrongAt, match="whole number"):
        response_in(Place({"status": "ok"}))


def test_a_reason_is_what_it_always_is() -> None:
    assert response_in(Place({"status": Number("404")})).reason == "Not Found"
    assert response_in(Place({"status": Number("404"), "reason": ""})).reason == ""
