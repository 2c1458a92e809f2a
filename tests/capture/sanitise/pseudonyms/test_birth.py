from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowtape.capture.sanitise.pseudonyms import birth
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

KEYED, OTHER = Keyed(b"k" * 32), Keyed(b"l" * 32)


@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)))
@settings(max_examples=30)
def test_a_date_moves_by_two_years_at_most(born: date) -> None:
    made = date.fromisoformat(birth.make(KEYED, born.isoformat()))
    assert 0 < abs((made - born).days) <= birth.SPAN
    assert birth.ours(made.isoformat())


@pytest.mark.parametrize(("value", "layout"), [("1987-03-04", "%Y-%m-%d"), ("04.03.1987", "%d.%m.%Y"), ("03/04/1987", "%m/%d/%Y"), ("19870304", "%Y%m%d"), ("1987/03/04", "%Y/%m/%d")])  # fmt: skip
def test_the_format_stays_and_equal_dates_stay_equal(value: str, layout: str) -> None:
    made = datetime.strptime(birth.make(KEYED, value), layout)  # noqa: DTZ007
    assert made.date().isoformat() == birth.make(KEYED, "1987-03-04")


def test_a_time_of_day_stays() -> None:
    assert birth.make(KEYED, "1987-03-04T00:00:00Z").endswith("T00:00:00Z")
    assert birth.make(KEYED, "4.3.1987").count(".") == 2


@pytest.mark.parametrize("value", ["0001-01-01", "9999-12-31", "2024-02-29"])
def test_the_ends_of_the_calendar(value: str) -> None:
    assert birth.is_date(birth.make(KEYED, value))


def test_what_is_no_date_keeps_its_shape() -> None:
    assert birth.make(KEYED, "1987-13-44") != "1987-13-44"
    assert len(birth.make(KEYED, "1987-13-44")) == 10


def test_few_raw_dates_pass_for_pseudonyms() -> None:
    days = [date.fromordinal(date(1980, 1, 1).toordinal() + n).isoformat() for n in range(1000)]
    assert sum(map(birth.ours, days)) < 40
    assert birth.make(KEYED, days[0]) != birth.make(OTHER, days[0])
