"""What each rule takes for the same question, and the near misses that it must refuse, over one small schema.

`SAME[rule]` and `OTHER[rule]` are pairs of statements. That the same ones give the same rows, and the near misses other ones for
some data, is shown on a real PostgreSQL by test_against_postgresql.py.
"""

from __future__ import annotations

from flowtape.capture import sql
from flowtape.capture.protocols.postgresql.containers import array_elements

SCHEMA = """
CREATE TABLE users (id integer PRIMARY KEY, name text, email text, age integer, boss integer, "Name" text);
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, total numeric(10, 2), status text, tags text[]);
CREATE TABLE items (id integer PRIMARY KEY, order_id integer, product text, quantity integer);
"""
Pairs = dict[str, list[tuple[str, str]]]

SAME: Pairs = {
    "names": [
        ("SELECT id FROM users", 'SELECT "id" FROM "users"'),
        ("SELECT ID FROM Users", "select id from USERS"),
        (
            'SELECT "Name" FROM users WHERE "Name" = \'ann\'',
            'SELECT users."Name" FROM users WHERE users."Name" = \'ann\'',
        ),
    ],
    "noise": [
        ("SELECT id FROM users WHERE (age > 2) AND ((boss = 1))", "SELECT id FROM users WHERE age > 2 AND boss = 1"),
        ("SELECT id FROM users ORDER BY id ASC", "SELECT id FROM users ORDER BY id"),
        ("SELECT id FROM users ORDER BY id LIMIT 2", "SELECT id FROM users ORDER BY id FETCH FIRST 2 ROWS ONLY"),
        (
            "SELECT u.id, o.id AS o FROM users u LEFT OUTER JOIN orders o ON (o.user_id = u.id)",
            "SELECT u.id, o.id AS o FROM users u LEFT JOIN orders o ON o.user_id = u.id",
        ),
        ("SELECT id FROM users WHERE age = 2::integer", "SELECT id FROM users WHERE age = CAST(2 AS int)"),
    ],
    "inner_joins": [
        (
            "SELECT u.id, o.total FROM users u JOIN orders o ON o.user_id = u.id WHERE o.total > 3",
            "SELECT u.id, o.total FROM users u, orders o WHERE o.user_id = u.id AND o.total > 3",
        ),
        (
            "SELECT u.id FROM users u INNER JOIN orders o ON o.user_id = u.id",
            "SELECT u.id FROM users u CROSS JOIN orders o WHERE u.id = o.user_id",
        ),
        (
            "SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id AND o.total > 3",
            "SELECT u.id FROM orders o JOIN users u ON o.user_id = u.id WHERE o.total > 3",
        ),
        (
            "SELECT u.id, i.id AS i FROM users u JOIN orders o ON o.user_id = u.id LEFT JOIN items i ON i.order_id = o.id",
            "SELECT u.id, i.id AS i FROM users u CROSS JOIN orders o LEFT JOIN items i ON i.order_id = o.id WHERE o.user_id = u.id",
        ),
        (
            "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id",
            "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id CROSS JOIN items i WHERE i.order_id = o.id",
        ),
        (
            "SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id AND (o.total > 3 OR u.age > 2)",
            "SELECT u.id FROM users u, orders o WHERE (u.age > 2 OR o.total > 3) AND o.user_id = u.id",
        ),
    ],
    "labels": [
        ("SELECT id AS id, name AS name FROM users", "SELECT id, name FROM users"),
        (
            "SELECT age AS years, id FROM users ORDER BY years, id",
            "SELECT age AS years, id FROM users ORDER BY age, id",
        ),
        (
            "SELECT lower(name) AS low, id FROM users ORDER BY low, id",
            "SELECT lower(name) AS low, id FROM users ORDER BY lower(name), id",
        ),
        (
            "SELECT users.id AS users_id FROM users ORDER BY users_id",
            "SELECT u.id AS users_id FROM users u ORDER BY u.id",
        ),
    ],
    "comparisons": [
        ("SELECT id FROM users WHERE 2 = age", "SELECT id FROM users WHERE age = 2"),
        ("SELECT id FROM users WHERE 2 < age", "SELECT id FROM users WHERE age > 2"),
        ("SELECT id FROM users WHERE 2 >= age", "SELECT id FROM users WHERE age <= 2"),
        ("SELECT id FROM users WHERE 2 <> age", "SELECT id FROM users WHERE age != 2"),
        ("SELECT id FROM users WHERE age < boss", "SELECT id FROM users WHERE boss > age"),
        (
            "SELECT id FROM users WHERE age IS NOT DISTINCT FROM boss",
            "SELECT id FROM users WHERE boss IS NOT DISTINCT FROM age",
        ),
        ("UPDATE users SET age = boss WHERE boss = age", "UPDATE users SET age = boss WHERE age = boss"),
    ],
    "conditions": [
        ("SELECT id FROM users WHERE age = 2 AND boss = 1", "SELECT id FROM users WHERE boss = 1 AND age = 2"),
        ("SELECT id FROM users WHERE age = 2 OR boss = 1", "SELECT id FROM users WHERE boss = 1 OR age = 2"),
        ("SELECT id FROM users WHERE age = 2 OR age = 1", "SELECT id FROM users WHERE age = 1 OR 2 = age"),
        (
            "SELECT id FROM users WHERE age <> 2 AND boss = 1 AND age <> 1",
            "SELECT id FROM users WHERE age <> 1 AND age <> 2 AND boss = 1",
        ),
        (
            "SELECT id FROM users WHERE age = 2 AND (boss = 1 OR name = 'ann') AND id > 1",
            "SELECT id FROM users WHERE (name = 'ann' OR boss = 1) AND (id > 1 AND age = 2)",
        ),
        ("SELECT id FROM users WHERE age BETWEEN 1 AND 2", "SELECT id FROM users WHERE age <= 2 AND age >= 1"),
        (
            "SELECT id FROM users WHERE NOT age BETWEEN 1 AND 2",
            "SELECT id FROM users WHERE NOT (age >= 1 AND 2 >= age)",
        ),
        (
            "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.total > 3",
            "SELECT u.id FROM users u LEFT JOIN orders o ON o.total > 3 AND o.user_id = u.id",
        ),
        (
            "SELECT status, count(*) FROM orders GROUP BY status HAVING count(*) > 1 AND max(total) > 3",
            "SELECT status, count(*) FROM orders GROUP BY status HAVING 3 < max(total) AND count(*) > 1",
        ),
        (
            "DELETE FROM orders WHERE status = 'new' AND total > 3",
            "DELETE FROM orders WHERE total > 3 AND status = 'new'",
        ),
    ],
    "lists": [
        ("SELECT id FROM users WHERE age IN (1, 2)", "SELECT id FROM users WHERE age = ANY(ARRAY[1, 2])"),
        ("SELECT id FROM users WHERE age IN (1, 2)", "SELECT id FROM users WHERE age = ANY('{2,1}'::int[])"),
        ("SELECT id FROM users WHERE age IN (1, 2)", "SELECT id FROM users WHERE age IN (2, 1, 2)"),
        ("SELECT id FROM users WHERE age IN (1, NULL)", "SELECT id FROM users WHERE age = ANY('{NULL,1}'::int[])"),
        ("SELECT id FROM users WHERE age NOT IN (1, 2)", "SELECT id FROM users WHERE age <> ALL(ARRAY[1, 2])"),
        ("SELECT id FROM users WHERE age NOT IN (1, NULL)", "SELECT id FROM users WHERE NOT age IN (NULL, 1)"),
        (
            "SELECT id FROM users WHERE name IN ('ann', 'b c', 'NULL')",
            'SELECT id FROM users WHERE name = ANY(\'{"NULL",ann,"b c"}\')',
        ),
        ("DELETE FROM orders WHERE id IN (1, 2, 3)", "DELETE FROM orders WHERE id = ANY('{3,1,2}')"),
    ],
    "assignments": [
        (
            "INSERT INTO users (id, name, age) VALUES (99, 'zoe', 3)",
            "INSERT INTO users (age, id, name) VALUES (3, 99, 'zoe')",
        ),
        (
            "INSERT INTO users (id, age) VALUES (98, 1), (99, 2)",
            "INSERT INTO users (age, id) VALUES (1, 98), (2, 99)",
        ),
        ("UPDATE users SET age = 3, name = 'zoe' WHERE id = 1", "UPDATE users SET name = 'zoe', age = 3 WHERE id = 1"),
        ("UPDATE users SET age = boss, boss = age", "UPDATE users SET boss = age, age = boss"),
        (
            "INSERT INTO users (id, age) VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET age = excluded.age, name = 'zoe'",
            "INSERT INTO users (age, id) VALUES (5, 1) ON CONFLICT (id) DO UPDATE SET name = 'zoe', age = excluded.age",
        ),
    ],
    "sources": [
        ("SELECT u.id FROM users u WHERE u.age = 2", "SELECT users.id FROM users WHERE users.age = 2"),
        ("SELECT id FROM users AS x", "SELECT x.id FROM public.users x".replace("public.", "")),
        (
            "SELECT u.id, b.name FROM users u JOIN users b ON b.id = u.boss",
            "SELECT users.id, users_1.name FROM users JOIN users AS users_1 ON users_1.id = users.boss",
        ),
        (
            "SELECT anon_1.id FROM (SELECT users.id FROM users WHERE users.age > 2) AS anon_1",
            "SELECT q.id FROM (SELECT id FROM users u WHERE age > 2) q",
        ),
        (
            "WITH old AS (SELECT id FROM users WHERE age > 2) SELECT old.id FROM old",
            "WITH anon_2 AS (SELECT t0.id FROM users t0 WHERE t0.age > 2) SELECT id FROM anon_2",
        ),
        (
            "SELECT id FROM users WHERE id IN (SELECT o.user_id FROM orders o WHERE o.total > 3) AND age > 1",
            "SELECT u.id FROM users u WHERE age > 1 AND u.id IN (SELECT U0.user_id FROM orders U0 WHERE U0.total > 3)",
        ),
        (
            "SELECT id FROM users u WHERE EXISTS (SELECT o.id FROM orders o WHERE o.user_id = u.id)",
            "SELECT users.id FROM users WHERE EXISTS (SELECT orders.id FROM orders WHERE users.id = orders.user_id)",
        ),
        (
            "SELECT u.id FROM users u WHERE u.id = (SELECT max(u.id) FROM users u WHERE u.age = 2)",
            "SELECT a.id FROM users a WHERE a.id = (SELECT max(b.id) FROM users b WHERE b.age = 2)",
        ),
        ("UPDATE users AS u SET age = 3 WHERE u.id = 1", "UPDATE users SET age = 3 WHERE users.id = 1"),
        (
            "UPDATE users u SET age = 3 FROM orders o WHERE o.user_id = u.id AND o.total > 3",
            "UPDATE users SET age = 3 FROM orders WHERE orders.total > 3 AND users.id = orders.user_id",
        ),
        (
            "SELECT id FROM users u WHERE age > 2 UNION SELECT user_id FROM orders o WHERE o.total > 3",
            "SELECT users.id FROM users WHERE users.age > 2 UNION SELECT orders.user_id FROM orders WHERE total > 3",
        ),
    ],
}

OTHER: Pairs = {
    "names": [
        ('SELECT "Name" FROM users', "SELECT Name FROM users"),
        ("SELECT 'name' FROM users", 'SELECT "name" FROM users'),
        ("SELECT id FROM users WHERE name = 'email'", 'SELECT id FROM users WHERE name = "email"'),
    ],
    "noise": [
        (
            "SELECT id FROM users WHERE (age = 2 OR boss = 1) AND id > 2",
            "SELECT id FROM users WHERE age = 2 OR boss = 1 AND id > 2",
        ),
        ("SELECT id FROM users WHERE NOT (age = 2 OR boss = 1)", "SELECT id FROM users WHERE NOT age = 2 OR boss = 1"),
        ("SELECT id FROM users ORDER BY id", "SELECT id FROM users ORDER BY id DESC"),
        ("SELECT id FROM users ORDER BY age, id", "SELECT id FROM users ORDER BY age NULLS FIRST, id"),
        (
            "SELECT age FROM users ORDER BY age LIMIT 2",
            "SELECT age FROM users ORDER BY age FETCH FIRST 2 ROWS WITH TIES",
        ),
        ("SELECT id FROM users ORDER BY id LIMIT 2", "SELECT id FROM users ORDER BY id OFFSET 2"),
        ("SELECT id FROM users ORDER BY id LIMIT 2", "SELECT id FROM users ORDER BY id LIMIT 3"),
        ("SELECT total FROM orders", "SELECT total::integer AS total FROM orders"),
        ("SELECT (age + 1) * 2 AS a FROM users", "SELECT age + 1 * 2 AS a FROM users"),
    ],
    "inner_joins": [
        (
            "SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id",
            "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id",
        ),
        (
            "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.total > 3",
            "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.total > 3",
        ),
        (
            "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND u.age > 2",
            "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.age > 2",
        ),
        (
            "SELECT u.id AS u, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id",
            "SELECT u.id AS u, o.id FROM orders o LEFT JOIN users u ON o.user_id = u.id",
        ),
        (
            "SELECT u.id AS u, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id",
            "SELECT u.id AS u, o.id FROM users u RIGHT JOIN orders o ON o.user_id = u.id",
        ),
        (
            "SELECT i.id FROM users u JOIN orders o ON o.user_id = u.id RIGHT JOIN items i ON i.order_id = o.id",
            "SELECT i.id FROM users u CROSS JOIN orders o RIGHT JOIN items i ON i.order_id = o.id WHERE o.user_id = u.id",
        ),
        (
            "SELECT i.id FROM users u JOIN orders o ON o.user_id = u.id FULL JOIN items i ON i.order_id = o.id",
            "SELECT i.id FROM users u CROSS JOIN orders o FULL JOIN items i ON i.order_id = o.id WHERE o.user_id = u.id",
        ),
        (
            "SELECT * FROM users u JOIN orders o ON o.user_id = u.id",
            "SELECT * FROM orders o JOIN users u ON o.user_id = u.id",
        ),
        (
            "SELECT * FROM users JOIN orders USING (id)",
            "SELECT * FROM users JOIN orders ON users.id = orders.id",
        ),
        ("SELECT u.id FROM users u NATURAL JOIN orders o", "SELECT u.id FROM users u CROSS JOIN orders o"),
        (
            "SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id",
            "SELECT u.id FROM users u JOIN orders o ON o.id = u.id",
        ),
        (
            "SELECT b.id FROM users u JOIN users b ON u.boss = b.id",
            "SELECT u.id FROM users u JOIN users b ON u.boss = b.id",
        ),
    ],
    "labels": [
        ("SELECT id AS number FROM users", "SELECT id FROM users"),
        ("SELECT id, name FROM users", "SELECT name, id FROM users"),
        ("SELECT boss AS age, id FROM users ORDER BY age, id", "SELECT age, id FROM users ORDER BY age, id"),
        (
            "SELECT boss AS age, id FROM users u ORDER BY age, id",
            "SELECT boss AS age, id FROM users u ORDER BY u.age, id",
        ),
        (
            "SELECT -age AS age, id FROM users ORDER BY age, id",
            "SELECT -age AS age, id FROM users u ORDER BY u.age, id",
        ),
        ("SELECT name AS id FROM users", "SELECT id FROM users"),
    ],
    "comparisons": [
        ("SELECT id FROM users WHERE age < 2", "SELECT id FROM users WHERE age <= 2"),
        ("SELECT id FROM users WHERE age < 2", "SELECT id FROM users WHERE 2 < age"),
        ("SELECT id FROM users WHERE age < boss", "SELECT id FROM users WHERE boss < age"),
        ("SELECT id FROM users WHERE age = boss", "SELECT id FROM users WHERE age IS NOT DISTINCT FROM boss"),
        ("SELECT id FROM users WHERE age <> 2", "SELECT id FROM users WHERE age IS DISTINCT FROM 2"),
        ("SELECT age - boss AS a FROM users", "SELECT boss - age AS a FROM users"),
        ("UPDATE users SET age = boss", "UPDATE users SET boss = age"),
        ("SELECT id FROM users WHERE name LIKE 'a%'", "SELECT id FROM users WHERE 'a%' LIKE name"),
        ("SELECT id FROM orders WHERE 'a' = ANY(tags)", "SELECT id FROM orders WHERE 'a' = ALL(tags)"),
    ],
    "conditions": [
        ("SELECT id FROM users WHERE age = 2 AND boss = 1", "SELECT id FROM users WHERE age = 2 OR boss = 1"),
        ("SELECT id FROM users WHERE age = 2 AND boss = 1", "SELECT id FROM users WHERE age = 1 AND boss = 2"),
        ("SELECT id FROM users WHERE age = 2 OR age = 1", "SELECT id FROM users WHERE age = 2 OR age = 3"),
        ("SELECT id FROM users WHERE age = 2 OR age < 1", "SELECT id FROM users WHERE age = 1 OR age < 2"),
        (
            "SELECT id FROM users WHERE (age = 1 AND boss = 2) OR (age = 2 AND boss = 1)",
            "SELECT id FROM users WHERE (age = 1 AND boss = 1) OR (age = 2 AND boss = 2)",
        ),
        (
            "SELECT id FROM users WHERE age = 2 AND (boss = 1 OR name = 'ann')",
            "SELECT id FROM users WHERE (age = 2 AND boss = 1) OR name = 'ann'",
        ),
        ("SELECT id FROM users WHERE age = 2 AND boss = 1", "SELECT id FROM users WHERE age = 2"),
        ("SELECT id FROM users WHERE age = 1 OR NOT boss = 1", "SELECT id FROM users WHERE NOT (age = 1 OR boss = 1)"),
        ("SELECT id FROM users WHERE age BETWEEN 1 AND 2", "SELECT id FROM users WHERE age > 1 AND age < 2"),
        ("SELECT id FROM users WHERE age BETWEEN 2 AND 1", "SELECT id FROM users WHERE age BETWEEN 1 AND 2"),
        ("SELECT id FROM users WHERE age BETWEEN 2 AND 1", "SELECT id FROM users WHERE age BETWEEN SYMMETRIC 2 AND 1"),
    ],
    "lists": [
        ("SELECT id FROM users WHERE age IN (1, 2)", "SELECT id FROM users WHERE age NOT IN (1, 2)"),
        ("SELECT id FROM users WHERE age IN (1, 2)", "SELECT id FROM users WHERE age <> ANY(ARRAY[1, 2])"),
        ("SELECT id FROM users WHERE age IN (1, 2)", "SELECT id FROM users WHERE age = ALL(ARRAY[1, 2])"),
        ("SELECT id FROM users WHERE age NOT IN (1, 2)", "SELECT id FROM users WHERE age NOT IN (1, 2, NULL)"),
        ("SELECT id FROM users WHERE age IN (1, 2)", "SELECT id FROM users WHERE age IN (1, 2, 3)"),
        ("SELECT id FROM users WHERE age IN (1, 2)", "SELECT id FROM users WHERE age < ANY(ARRAY[1, 2])"),
        ("SELECT id FROM users WHERE name IN ('NULL', 'ann')", "SELECT id FROM users WHERE name = ANY('{NULL,bob}')"),
        (
            "SELECT id FROM users WHERE age IN (1) AND boss IN (2, 3)",
            "SELECT id FROM users WHERE age IN (1, 2) AND boss IN (3)",
        ),
        ("SELECT id FROM users WHERE name IN ('ann,bob')", "SELECT id FROM users WHERE name IN ('ann', 'bob')"),
    ],
    "assignments": [
        ("INSERT INTO users (id, age, boss) VALUES (99, 1, 2)", "INSERT INTO users (id, boss, age) VALUES (99, 1, 2)"),
        ("INSERT INTO users (id, age) VALUES (99, 1)", "INSERT INTO users (id, age, boss) VALUES (99, 1, 1)"),
        ("UPDATE users SET age = 1, boss = 2", "UPDATE users SET age = 2, boss = 1"),
        ("INSERT INTO users (id, age) VALUES (98, 1), (99, 2)", "INSERT INTO users (id, age) VALUES (98, 2), (99, 1)"),
    ],
    "sources": [
        (
            "SELECT u.id FROM users u JOIN users b ON b.id = u.boss",
            "SELECT b.id FROM users u JOIN users b ON b.id = u.boss",
        ),
        ("SELECT u.id FROM users u, orders o", "SELECT o.id FROM users u, orders o"),
        (
            "SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)",
            "SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = o.id)",
        ),
        (
            "SELECT id FROM users u WHERE u.id IN (SELECT u.boss FROM users u)",
            "SELECT id FROM users u WHERE u.id IN (SELECT u.boss FROM users v)",
        ),
        ("SELECT id FROM orders", "SELECT id FROM users"),
        (
            "WITH q AS (SELECT id FROM users) SELECT q.id FROM q",
            "WITH q AS (SELECT id FROM orders) SELECT q.id FROM q",
        ),
        (
            "WITH a AS (SELECT id FROM users), b AS (SELECT id FROM orders) SELECT id FROM a",
            "WITH a AS (SELECT id FROM users), b AS (SELECT id FROM orders) SELECT id FROM b",
        ),
        ("SELECT u FROM users u JOIN orders o ON true", "SELECT o FROM users u JOIN orders o ON true"),
        (
            "SELECT x.id FROM (SELECT id FROM users WHERE age > 1) x",
            "SELECT x.id FROM (SELECT boss AS id FROM users WHERE age > 1) x",
        ),
    ],
}

RULES = sorted(SAME)


def question(text: str) -> tuple[str, tuple[object, ...]]:
    """What a statement asks, and with which values: those of a list as a set."""
    statement = sql.read(text)
    values: list[object] = []
    for index, value in enumerate(sql.arguments(statement, ())):
        listed = index in statement.lists and isinstance(value, str)
        values.append(frozenset(array_elements(str(value))) if listed else value)
    return statement.canonical, tuple(values)
