"""A real PostgreSQL agrees with every rule: what is the same question gives the same rows, and a near miss, for some data, others."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.capture.sql.rules.pairs import OTHER, RULES, SAME, SCHEMA

ROUNDS = 12
PAIRS = {"same": SAME, "other": OTHER}


@pytest.fixture(scope="module")
def connection(postgresql_server: Any) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgresql_server.url) as connection:
        connection.execute("SET search_path TO pg_temp, public")
        connection.execute(SCHEMA.replace("CREATE TABLE", "CREATE TEMP TABLE"))
        connection.commit()
        yield connection


def fill(connection: psycopg.Connection[Any], seed: int) -> None:
    """Few values and many NULLs, so that rows meet, are equal, and are missing."""
    chance = random.Random(seed)

    def maybe(*values: object) -> object:
        return chance.choice([*values, None])

    connection.execute("TRUNCATE users, orders, items")
    for number in range(1, 7):
        user = (
            number,
            maybe("ann", "bob", "NULL", "b c", "email"),
            maybe("ann", "x"),
            maybe(1, 2, 3),
            maybe(1, 2, 3),
            maybe("ann"),
        )
        order = (number, maybe(1, 2, 3), maybe(1, 3, 4.5), maybe("new", "paid"), maybe(["a"], ["a", "b"], []))
        item = (number, maybe(1, 2, 3), maybe("cup", "tea"), maybe(1, 2))
        for table, row in (("users", user), ("orders", order), ("items", item)):
            if chance.random() < 0.8:
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})".encode(), row)


def outcome(connection: psycopg.Connection[Any], text: str, *, ordered: bool) -> object:
    """Columns and rows, or what the tables hold after a write, or the error's name."""
    try:
        with connection.transaction(force_rollback=True):
            found = connection.execute(text.encode())
            if found.description is not None:
                rows = [repr(row) for row in found.fetchall()]
                return [column.name for column in found.description], rows if ordered else Counter(rows)
            return [
                connection.execute(f"TABLE {name} ORDER BY id".encode()).fetchall()
                for name in ("users", "orders", "items")
            ]
    except psycopg.Error as error:
        return type(error).__name__


def outcomes(connection: psycopg.Connection[Any], one: str, other: str) -> Iterator[tuple[object, object]]:
    ordered = "ORDER BY" in one and "ORDER BY" in other
    for seed in range(ROUNDS):
        with connection.transaction(force_rollback=True):
            fill(connection, seed)
            yield outcome(connection, one, ordered=ordered), outcome(connection, other, ordered=ordered)


@pytest.mark.parametrize(("one", "other"), [pair for rule in RULES for pair in SAME[rule]])
def test_the_same_question_has_the_same_answer(connection: psycopg.Connection[Any], one: str, other: str) -> None:
    for first, second in outcomes(connection, one, other):
        assert first == second
        assert not isinstance(first, str), first


@pytest.mark.parametrize(("one", "other"), [pair for rule in RULES for pair in OTHER[rule]])
def test_a_near_miss_has_another_answer_for_some_data(
    connection: psycopg.Connection[Any], one: str, other: str
) -> None:
    assert any(first != second for first, second in outcomes(connection, one, other))
