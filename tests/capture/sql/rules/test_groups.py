"""Groups that are distinct rows."""

from __future__ import annotations

import pytest
from tests.capture.sql.rules.pairs import OTHER, SAME, question


@pytest.mark.parametrize(("one", "other"), SAME["groups"])
def test_the_same_question(one: str, other: str) -> None:
    assert question(one) == question(other)


@pytest.mark.parametrize(("one", "other"), OTHER["groups"])
def test_a_near_miss_is_another_question(one: str, other: str) -> None:
    assert question(one) != question(other)
