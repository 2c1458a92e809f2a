"""What each rule takes for the same question, and the near misses that it must refuse, over one small schema.

`SAME[rule]` and `OTHER[rule]` are pairs of statements. That the same ones give the same rows, and the near misses other ones for
some data, is shown on a real PostgreSQL by test_against_postgresql.py.
"""

from __future__ import annotations

from tests.capture.sql.rules.other import OTHER
from tests.capture.sql.rules.same import SAME

from flowtape.capture import sql
from flowtape.capture.protocols.postgresql.containers import array_elements

SCHEMA = """
CREATE TABLE users (id integer PRIMARY KEY, name text, email text, age integer, boss integer, "Name" text);
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, total numeric(10, 2), status text, tags text[]);
CREATE TABLE items (id integer PRIMARY KEY, order_id integer, product text, quantity integer);
"""

RULES = sorted(SAME)


def question(text: str) -> tuple[str, tuple[object, ...]]:
    """What a statement asks, and with which values: those of a list as a set."""
    statement = sql.read(text)
    values: list[object] = []
    for index, value in enumerate(sql.arguments(statement, ())):
        listed = index in statement.lists and isinstance(value, str)
        values.append(frozenset(array_elements(str(value))) if listed else value)
    return statement.canonical, tuple(values)


__all__ = ["OTHER", "RULES", "SAME", "SCHEMA", "question"]
