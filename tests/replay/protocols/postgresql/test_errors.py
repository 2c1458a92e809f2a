"""Errors in PostgreSQL's words."""

from __future__ import annotations

from flowtape.replay.protocols.postgresql.errors import MISS_CODE, failed_transaction, missed, notice, refused
from flowtape.replay.source import Miss


def test_a_miss_says_its_first_line_and_details_the_rest() -> None:
    error = missed(Miss("\nnobody asked this: SELECT 1\n  nearest: SELECT 2"))
    assert error.notice.field("C") == MISS_CODE
    assert error.notice.field("M") == "flowtape: nobody asked this: SELECT 1"
    assert "nearest: SELECT 2" in error.notice.field("D")


def test_an_error_can_always_be_said() -> None:
    assert notice("ERROR", "XX000", "a\x00b").field("M") == "ab"
    assert dict(refused("42704", "no").notice.fields) == {"S": "ERROR", "V": "ERROR", "C": "42704", "M": "no"}
    assert failed_transaction().notice.field("C") == "25P02"
