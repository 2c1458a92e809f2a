"""The central types: values that compare by what they say."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from flowtape.capture import exchange
from flowtape.capture.exchange import Address, HttpRequest, Resp, SqlNotice


@pytest.mark.parametrize(
    ("address", "shown"), [(Address("10.0.0.1", 80), "10.0.0.1:80"), (Address("::1", 5432), "[::1]:5432")]
)
def test_an_address_is_shown_as_urls_have_it(address: Address, shown: str) -> None:
    assert str(address) == shown


def test_a_notice_gives_its_fields_by_code() -> None:
    notice = SqlNotice((("S", "ERROR"), ("C", "23505"), ("C", "second")))
    assert (notice.field("C"), notice.field("H")) == ("23505", "")


def test_every_type_is_frozen_hashable_and_without_a_dictionary() -> None:
    kinds = [kind for _, kind in inspect.getmembers(exchange, dataclasses.is_dataclass)]
    assert len(kinds) >= 12
    for kind in kinds:
        assert isinstance(kind, type)
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        assert "__dict__" not in dir(kind)


def test_equal_questions_are_one_in_a_set() -> None:
    assert len({HttpRequest("GET", "/", (("a", "b"),)), HttpRequest("GET", "/", (("a", "b"),))}) == 1
    assert len({Resp("array", (Resp("integer", 1),)), Resp("array", (Resp("integer", 1),))}) == 1
