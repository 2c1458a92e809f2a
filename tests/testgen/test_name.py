"""What tests are called."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture.exchange import HttpRequest, HttpResponse, OpaqueBytes, RedisCommand, SqlStatement
from flowtape.replay.flowfile import Captured, Case, RecordedCall
from flowtape.testgen.name import label, names, outcome

SELECT = RecordedCall("db", SqlStatement("SELECT * FROM carts"), None)
INSERT = RecordedCall("db", SqlStatement("INSERT INTO orders VALUES ($1)", ("1",)), None)
CHARGE = RecordedCall("payments", HttpRequest("POST", "/charges"), None)


def a_case(*calls: RecordedCall, status: int = 200, body: bytes = b"", headers: Any = ()) -> Case:
    return Case(Captured(0), HttpRequest("GET", "/"), HttpResponse(status, "", headers, body), calls)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (201, b"", "created"),
        (404, b"<html>", "not_found"),
        (299, b"", "status_299"),
        (402, b'{"error": "card_declined"}', "card_declined"),
        (402, b'{"error": {"message": "The card", "code": "CardDeclined"}}', "card_declined"),
        (200, b'{"order": {"id": 7, "status": "paid"}}', "paid"),
        (200, b'{"status": "paid", "code": "fast"}', "fast"),
        (200, b'{"status": 7}', "ok"),
        (200, b'{"status": "x"}', "ok"),
        (200, b'{"status": "../../etc/passwd"}', "ok"),
        (200, b'{"status": "a\\"\\"\\"; import os"}', "ok"),
        (200, b'[{"status": "paid"}]', "ok"),
        (200, b'{"a": {"b": {"c": {"status": "deep"}}}}', "ok"),
        (200, b"[" * 100_000, "ok"),
    ],
)
def test_the_outcome_is_in_the_services_own_words(status: int, body: bytes, expected: str) -> None:
    assert outcome(a_case(status=status, body=body)) == expected


def test_the_outcome_is_read_beneath_a_coding() -> None:
    body = gzip.compress(b'{"status": "paid"}')
    assert outcome(a_case(body=body, headers=(("Content-Encoding", "gzip"),))) == "paid"
    assert outcome(a_case(body=body[:9], headers=(("Content-Encoding", "gzip"),))) == "ok"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (SELECT, "select_carts"),
        (INSERT, "insert_orders"),
        (CHARGE, "payments_post"),
        (RecordedCall("cache", RedisCommand((b"DEL", b"cart:1")), None), "cache_del"),
        (RecordedCall("cache", RedisCommand(()), None), "cache"),
        (RecordedCall("smtp", OpaqueBytes(7), None), "smtp"),
    ],
)
def test_a_call_in_few_words(call: RecordedCall, expected: str) -> None:
    assert label(call) == expected


def told(*groups: Sequence[Case], taken: Sequence[str] = ()) -> list[list[str]]:
    return names(groups, taken)


def test_behaviours_with_different_outcomes_are_called_by_them() -> None:
    assert told([a_case(INSERT)], [a_case(status=404)]) == [["ok"], ["not_found"]]


def test_behaviours_with_one_outcome_are_told_apart_by_what_they_do() -> None:
    assert told([a_case(SELECT, INSERT)], [a_case(SELECT)]) == [["ok_with_insert_orders"], ["ok_without_insert_orders"]]
    assert told([a_case(SELECT, CHARGE)], [a_case(SELECT, INSERT)], [a_case(SELECT)]) == [
        ["ok_with_payments_post"],
        ["ok_with_insert_orders"],
        ["ok"],
    ]


def test_what_cannot_be_told_apart_is_numbered() -> None:
    assert told([a_case(SELECT)], [a_case(SELECT, SELECT)]) == [["ok"], ["ok_2"]]
    assert told([a_case(), a_case(), a_case()]) == [["ok", "ok_2", "ok_3"]]


def test_a_name_that_is_taken_is_not_given_again() -> None:
    assert told([a_case(), a_case()], taken=["ok", "ok_3"]) == [["ok_2", "ok_4"]]


bodies = st.one_of(st.binary(max_size=40), st.text(max_size=40).map(lambda text: f'{{"status": "{text}"}}'.encode()))
calls = st.one_of(
    st.builds(
        lambda name, text: RecordedCall(name, SqlStatement(text), None), st.text(max_size=9), st.text(max_size=60)
    ),
    st.builds(
        lambda name, arg: RecordedCall(name, RedisCommand((arg,)), None), st.text(max_size=9), st.binary(max_size=20)
    ),
    st.builds(
        lambda name, verb: RecordedCall(name, HttpRequest(verb, ""), None), st.text(max_size=9), st.text(max_size=9)
    ),
)
cases = st.builds(
    lambda status, body, made: a_case(*made, status=status, body=body),
    st.integers(0, 999),
    bodies,
    st.lists(calls, max_size=3),
)


@given(st.lists(st.lists(cases, min_size=1, max_size=2), max_size=3))
def test_names_are_words_whatever_was_captured_and_no_two_are_alike(groups: list[list[Case]]) -> None:
    found = names(groups, ["ok"])
    flat = [name for group in found for name in group]
    assert [len(group) for group in found] == [len(group) for group in groups]
    assert len({"ok", *flat}) == len(flat) + 1
    assert all(re.fullmatch(r"[a-z0-9_]{1,200}", name) for name in flat)
    assert names(groups, ["ok"]) == found
