from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.shapes import Timestamp, shape

AT = 1795169472_123456000


@pytest.mark.parametrize(
    ("of", "text", "matches"),
    [
        (Timestamp(), "2026-11-20T10:11:12.123456Z", True),
        (Timestamp(), "2026-11-20 11:11:12.123456+01", True),
        (Timestamp(), "2026-11-20T10:11:12.123456789Z", True),
        (Timestamp(), "2026-11-20T10:11:12,123Z", True),
        (Timestamp(), "20261120T101112Z", True),
        (Timestamp(), "2026-11-20T10:11:12Z", True),
        (Timestamp(), "2026-11-20T10:11Z", True),
        (Timestamp(), "2026-11-20T10:09Z", False),
        (Timestamp(), "2026-11-20T10:11:15.123456Z", False),
        (Timestamp(), "2026-11-20T10:11:10Z", False),
        (Timestamp(), "2026-99-99T10:11:10Z", False),
        (Timestamp("epoch"), "1795169472", True),
        (Timestamp("epoch"), "1795169472.5", True),
        (Timestamp("epoch_ms"), "1795169473123", True),
        (Timestamp("epoch_ms"), "1795169472", False),
        (Timestamp("epoch_us"), "1795169472123456", True),
        (Timestamp("epoch_ns"), "1795169472123456789", True),
        (Timestamp("http"), "Fri, 20 Nov 2026 10:11:12 GMT", True),
        (Timestamp("http"), "Fri, 20-Nov-2026 10:11:12 GMT", True),
        (Timestamp("rfc2822"), "Fri, 20 Nov 2026 11:11:12 +0100", True),
        (Timestamp(zone=True), "2026-11-20T10:11:12", False),
        (Timestamp(zone=False), "2026-11-20T10:11:12Z", False),
        (Timestamp(zone=False), "2026-11-20T10:11:12", True),
        (Timestamp(digits=6), "2026-11-20T10:11:12.1234Z", True),
        (Timestamp(digits=6), "2026-11-20T10:11:12.123Z", False),
        (Timestamp(digits=3), "2026-11-20T10:11:12.123456Z", False),
        (Timestamp(digits=0), "2026-11-20T10:11:12.5Z", False),
        (Timestamp(since=3599, until=3602), "2026-11-20T11:11:12Z", True),
        (Timestamp(since=3599, until=3602), "2026-11-20T12:11:12Z", False),
    ],
)
def test_a_time_is_near_enough_and_written_so_or_not(of: Timestamp, text: str, *, matches: bool) -> None:
    assert of.matches(text, AT) is matches


def test_one_instant_in_two_formats_is_the_same() -> None:
    iso = Timestamp("iso8601")
    assert iso.canonical("2026-11-20T10:11:12.123456Z") == iso.canonical("2026-11-20 11:11:12.123456+01")


def test_a_text_may_be_written_so_far_from_the_clock() -> None:
    assert Timestamp(zone=True).written("1999-01-01T00:00:00Z")
    assert not Timestamp(zone=True).written("1999-01-01T00:00:00")


@given(st.datetimes(datetime(2001, 9, 10), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants them naive
def test_each_format_of_now_is_near_now(now: datetime) -> None:
    at = int(now.timestamp() * 1_000_000) * 1000
    micros = at // 1000
    for format_, text in [
        ("iso8601", now.isoformat()), ("http", format_datetime(now, usegmt=True)), ("rfc2822", format_datetime(now)),
        ("epoch", str(micros / 1_000_000)), ("epoch_ms", str(micros // 1000)), ("epoch_us", str(micros)), ("epoch_ns", str(at)),
    ]:  # fmt: skip
        assert Timestamp(format_).matches(text, at), (format_, text)
        assert not Timestamp(format_).matches(text, at + 5_000_000_000)


@pytest.mark.parametrize(
    "data",
    [{"timestamp": "rfc"}, {"timestamp": "epoch", "from": "soon"}, {"timestamp": "epoch", "from": "2s", "to": "1s"},
     {"timestamp": "iso8601", "zone": "utc"}, {"timestamp": "iso8601", "digits": "12"}, {"timestamp": "epoch", "form": "1s"}],
)  # fmt: skip
def test_what_is_no_timestamp_is_refused(data: object) -> None:
    with pytest.raises(ValueError):
        shape(data)


def test_bounds_may_be_written_in_any_unit() -> None:
    assert shape({"timestamp": "epoch", "from": "59m", "to": "2h"}) == Timestamp("epoch", 3540, 7200)
