"""What only the tables' columns tell."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse_one

from flowtape.capture.sql.rules.columns import relation, with_known_columns

TABLES = frozenset(
    [("users", ("id", "name", "Name")), ("orders", ("id", "user_id", "total")), ("s.things", ("thing", "user_id"))]
)


def known(text: str) -> str:
    return with_known_columns(parse_one(text, dialect="postgres"), TABLES).sql(dialect="postgres")


NAMED = {
    "SELECT * FROM users": 'SELECT users.id, users.name, users."Name" FROM users',
    "SELECT o.*, 5 FROM users AS u, orders AS o": "SELECT o.id, o.user_id, o.total, 5 FROM users AS u, orders AS o",
    "SELECT * FROM orders AS o JOIN s.things AS t ON thing = total": (
        "SELECT o.id, o.user_id, o.total, t.thing, t.user_id FROM orders AS o JOIN s.things AS t ON t.thing = o.total"
    ),
    "SELECT name FROM users JOIN orders ON user_id = users.id ORDER BY total": (
        "SELECT users.name FROM users JOIN orders ON orders.user_id = users.id ORDER BY orders.total"
    ),
    "SELECT total FROM orders WHERE EXISTS(SELECT * FROM users WHERE user_id = users.id)": (
        "SELECT orders.total FROM orders WHERE EXISTS(SELECT * FROM users WHERE orders.user_id = users.id)"
    ),
    "SELECT name FROM users JOIN orders USING (id)": "SELECT users.name FROM users JOIN orders USING (id)",
    "INSERT INTO users (id) VALUES (1) RETURNING *": 'INSERT INTO users (id) VALUES (1) RETURNING id, name, "Name"',
    "UPDATE users SET name = 'x' RETURNING *": "UPDATE users SET name = 'x' RETURNING id, name, \"Name\"",
}


@pytest.mark.parametrize(("text", "expected"), NAMED.items())
def test_what_is_known_is_named(text: str, expected: str) -> None:
    assert known(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM strangers",
        "SELECT *, name FROM users, strangers",
        "SELECT * FROM users JOIN orders USING (id)",
        "SELECT id FROM users JOIN orders USING (id)",
        "SELECT *, name FROM users NATURAL JOIN orders",
        "SELECT *, a FROM users AS u(a, b, c)",
        "SELECT name FROM users CROSS JOIN UNNEST(tags) AS t",
        "SELECT id FROM users, orders",
        "SELECT nothing FROM users",
        "SELECT -users.id AS name FROM users ORDER BY name",
        "WITH users AS (SELECT 1 AS x) SELECT * FROM users",
        "SELECT * FROM other.users",
        "SELECT q.x FROM users CROSS JOIN (SELECT name AS x FROM strangers) AS q",
        "SELECT users.id FROM users UNION SELECT orders.total FROM orders ORDER BY id",
        "UPDATE users SET name = total FROM orders RETURNING *",
        "DELETE FROM users WHERE name = 'x'",
    ],
)
def test_what_is_not_known_stays(text: str) -> None:
    assert known(text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [("t", "t"), ("s.t AS x", "s.t"), ("t AS x(a)", ""), ("UNNEST(a) AS x", ""), ("(SELECT 1) AS x", "")],
)
def test_the_name_of_a_plain_table(text: str, name: str) -> None:
    source = parse_one(f"SELECT 1 FROM {text}", dialect="postgres").find(exp.From)
    assert source is not None
    assert relation(source.this) == name
