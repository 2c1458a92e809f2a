"""The calendar; what the server prints is in test_values."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.protocols.postgresql import moments


@given(st.dates())
def test_dates_are_pythons(day: dt.date) -> None:
    binary = (day - dt.date(2000, 1, 1)).days.to_bytes(4, signed=True)
    assert moments.date_text(binary) == day.isoformat()
    assert moments.date_binary(day.isoformat()) == binary


@given(st.datetimes(timezones=st.just(dt.UTC)), st.integers(-12, 12))
def test_an_offset_names_the_same_moment(moment: dt.datetime, hours: int) -> None:
    text = moment.replace(tzinfo=None).isoformat(" ")
    utc = int.from_bytes(moments.timestamptz_binary(text + "+00"), signed=True)
    east = int.from_bytes(moments.timestamptz_binary(f"{text}{hours:+03d}"), signed=True)
    assert utc - east == hours * 3_600_000_000


@pytest.mark.parametrize(
    "text", ["2023-02-29", "2023-13-01", "2023-00-01", "2023-01-32", "01/02/2023", "", "0000-01-01 BC BC"]
)
def test_days_that_are_not_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moments.date_binary(text)


@pytest.mark.parametrize("text", ["2023-01-01 00:00:00+00", "2023-01-01 00:61:00", "Mon Jan  1 2023", "2023-01-01"])
def test_other_styles_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moments.timestamp_binary(text)


@pytest.mark.parametrize("text", ["", " ", "P1D", "1 day ", "1 fortnight", "1:2:3:4", "@ 1 min", "99999999999 days"])
def test_other_intervals_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moments.interval_binary(text)
