"""What calling a function does."""

from __future__ import annotations

import pytest

from flowtape.capture.sql.functions import changes, may_change


@pytest.mark.parametrize("name", ["nextval", "setval", "pg_notify", "lo_unlink", "pg_terminate_backend"])
def test_what_the_database_writes_by(name: str) -> None:
    assert changes(name)
    assert may_change(name)


@pytest.mark.parametrize(
    "name", ["now", "md5", "to_char", "jsonb_agg", "random", "set_config", "currval", "st_distance"]
)
def test_what_only_reads(name: str) -> None:
    assert not may_change(name)


@pytest.mark.parametrize(
    ("name", "may"), [("transfer", True), ("charge_card", True), ("get_balance", False), ("is_open", False)]
)
def test_a_function_of_somebody_s_own_may_write_unless_it_is_named_as_a_reader(name: str, may: bool) -> None:
    assert not changes(name)
    assert may_change(name) is may
