from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.shapes.base import fields, span_in, span_out, whole


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("-1s", -1), ("2.5s", 2.5), ("100ms", 0.1), ("15m", 900), ("1h", 3600), ("+30d", 2_592_000), ("1e3s", 1000)],
)
def test_spans_of_time_have_their_units(text: str, seconds: float) -> None:
    assert span_in(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "s", "1 s", "1y", None, 5, "--1s", "1e999s"])
def test_what_is_no_span_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="a time span is written"):
        span_in(text)


@given(st.integers(-(10**9), 10**9) | st.floats(-(10**6), 10**6).map(lambda x: round(x, 3)))
def test_a_span_is_written_as_it_is_read(seconds: float) -> None:
    assert span_in(span_out(seconds)) == seconds


def test_fields_and_numbers_show_how_they_are_written() -> None:
    assert fields(None, {"a": 1}, "x") == {"a": 1}
    with pytest.raises(ValueError, match=r"it is written \{x: 1\}"):
        fields({"b": 1}, {"a": 1}, "{x: 1}")
    with pytest.raises(ValueError, match=r"it is written \{x: 1\}"):
        whole("-1", "{x: 1}")
