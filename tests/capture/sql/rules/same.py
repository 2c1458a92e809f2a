"""What each rule takes for the same question."""

from __future__ import annotations

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
        (
            "SELECT id FROM users WHERE ((age = 2) AND ((boss) = (1)))",
            "SELECT id FROM users WHERE age = 2 AND boss = 1",
        ),
        ("SELECT (age) + (1) AS next, (id) FROM users", "SELECT age + 1 AS next, id FROM users"),
        ("SELECT id FROM users ORDER BY id LIMIT ALL", "SELECT id FROM users ORDER BY id"),
        ("SELECT id FROM users ORDER BY age NULLS LAST, id LIMIT NULL", "SELECT id FROM users ORDER BY age, id"),
        ("SELECT id FROM users ORDER BY age DESC NULLS FIRST, id", "SELECT id FROM users ORDER BY age DESC, id"),
        ("SELECT id FROM users WHERE coalesce(age) + 1 = 2", "SELECT id FROM users WHERE age + 1 = 2"),
        ("SELECT CAST(total AS text) AS t FROM orders", "SELECT total::text AS t FROM orders"),
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
        ("SELECT age, id FROM users ORDER BY 1, 2", "SELECT age, id FROM users ORDER BY age, id"),
        (
            "SELECT id, lower(name) AS low FROM users ORDER BY 2 DESC, 1",
            "SELECT id, lower(name) AS low FROM users ORDER BY low DESC, id",
        ),
        (
            "SELECT age AS years, count(*) FROM users GROUP BY 1",
            "SELECT age AS years, count(*) FROM users GROUP BY age",
        ),
        (
            "SELECT lower(name) AS low, count(*) FROM users GROUP BY 1 ORDER BY 2, 1",
            "SELECT lower(name) AS low, count(*) FROM users GROUP BY lower(name) ORDER BY count(*), low",
        ),
        (
            "SELECT coalesce(age, 0) AS a, id FROM users ORDER BY 1, 2",
            "SELECT coalesce(age, 0) AS a, id FROM users ORDER BY a, id",
        ),
        ("SELECT -age AS age, id FROM users ORDER BY 1, id", "SELECT -age AS age, id FROM users ORDER BY -age, id"),
        (
            "SELECT u.name, o.id FROM users u JOIN orders o ON o.user_id = u.id ORDER BY 2",
            "SELECT u.name, o.id FROM users u JOIN orders o ON o.user_id = u.id ORDER BY o.id",
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
        ("SELECT id FROM users WHERE (age, boss) = (2, 1)", "SELECT id FROM users WHERE age = 2 AND boss = 1"),
        ("SELECT id FROM users WHERE (age, boss) <> (2, 1)", "SELECT id FROM users WHERE age <> 2 OR boss <> 1"),
        ("SELECT id FROM users WHERE NOT (age, boss) = (2, id)", "SELECT id FROM users WHERE boss <> id OR age <> 2"),
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
        (
            "SELECT id FROM users WHERE id IN (SELECT user_id FROM orders)",
            "SELECT id FROM users WHERE id = ANY (SELECT user_id FROM orders)",
        ),
        (
            "SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders)",
            "SELECT id FROM users WHERE id <> ALL (SELECT user_id FROM orders)",
        ),
        (
            "SELECT id FROM users WHERE NOT id = SOME (SELECT user_id FROM orders WHERE total > 3)",
            "SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders WHERE total > 3)",
        ),
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
    "negations": [
        ("SELECT id FROM users WHERE NOT age = 2", "SELECT id FROM users WHERE age <> 2"),
        ("SELECT id FROM users WHERE NOT (age < 2)", "SELECT id FROM users WHERE age >= 2"),
        ("SELECT id FROM users WHERE NOT age >= boss", "SELECT id FROM users WHERE boss > age"),
        (
            "SELECT id FROM users WHERE NOT (age = 2 AND boss = 1)",
            "SELECT id FROM users WHERE NOT boss = 1 OR NOT age = 2",
        ),
        (
            "SELECT id FROM users WHERE NOT (age = 2 OR boss IS NULL)",
            "SELECT id FROM users WHERE boss IS NOT NULL AND age <> 2",
        ),
        (
            "SELECT id FROM users WHERE NOT (age = 2 AND (boss = 1 OR NOT name = 'ann')) AND id > 1",
            "SELECT id FROM users WHERE id > 1 AND (age <> 2 OR (boss <> 1 AND name = 'ann'))",
        ),
        ("SELECT id FROM users WHERE NOT age IS NULL", "SELECT id FROM users WHERE age IS NOT NULL"),
        ("SELECT id FROM users WHERE NOT (NOT age = 2)", "SELECT id FROM users WHERE age = 2"),
        (
            "SELECT id FROM users WHERE NOT NOT (age = 2 OR boss = 1) AND id > 1",
            "SELECT id FROM users WHERE (age = 2 OR boss = 1) AND id > 1",
        ),
        ("SELECT id FROM users WHERE age NOT BETWEEN 1 AND 2", "SELECT id FROM users WHERE age < 1 OR age > 2"),
        ("SELECT id FROM users WHERE NOT name LIKE 'a%'", "SELECT id FROM users WHERE name NOT LIKE 'a%'"),
        (
            "SELECT id FROM users WHERE NOT (age IS DISTINCT FROM boss)",
            "SELECT id FROM users WHERE age IS NOT DISTINCT FROM boss",
        ),
        (
            "SELECT id FROM users WHERE NOT (age = 2 OR boss IN (1, NULL))",
            "SELECT id FROM users WHERE boss NOT IN (NULL, 1) AND age <> 2",
        ),
        ("SELECT id, NOT age < 2 AS old FROM users", "SELECT id, age >= 2 AS old FROM users"),
        (
            "SELECT status, count(*) FROM orders GROUP BY status HAVING NOT count(*) > 1",
            "SELECT status, count(*) FROM orders GROUP BY status HAVING count(*) <= 1",
        ),
    ],
    "constants": [
        ("SELECT id FROM users WHERE true AND age = 2", "SELECT id FROM users WHERE age = 2"),
        (
            "SELECT id FROM users WHERE 1 = 1 AND age = 2 AND boss = 1",
            "SELECT id FROM users WHERE age = 2 AND boss = 1",
        ),
        (
            "SELECT id FROM users WHERE age = 2 AND (boss = 1 OR false)",
            "SELECT id FROM users WHERE age = 2 AND boss = 1",
        ),
        ("SELECT id FROM users WHERE age BETWEEN 1 AND 2 AND true", "SELECT id FROM users WHERE age BETWEEN 1 AND 2"),
        ("SELECT id FROM users WHERE true ORDER BY id", "SELECT id FROM users ORDER BY id"),
        ("UPDATE users SET age = 3 WHERE true", "UPDATE users SET age = 3"),
        (
            "SELECT u.id, o.id AS o FROM users u LEFT JOIN orders o ON o.user_id = u.id AND true",
            "SELECT u.id, o.id AS o FROM users u LEFT JOIN orders o ON o.user_id = u.id",
        ),
        (
            "SELECT u.id, o.id AS o FROM users u JOIN orders o ON true",
            "SELECT u.id, o.id AS o FROM users u CROSS JOIN orders o",
        ),
        ("SELECT count(1) FROM users", "SELECT count(*) FROM users"),
        ("SELECT age, count(1) AS n FROM users GROUP BY age", "SELECT age, count(*) AS n FROM users GROUP BY age"),
        (
            "SELECT id FROM users WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = users.id)",
            "SELECT id FROM users WHERE EXISTS (SELECT * FROM orders o WHERE o.user_id = users.id)",
        ),
        (
            "SELECT id FROM users WHERE NOT EXISTS (SELECT 1 FROM orders o, items i WHERE o.user_id = users.id)",
            "SELECT id FROM users WHERE NOT EXISTS (SELECT * FROM items i, orders o WHERE o.user_id = users.id)",
        ),
    ],
    "using": [
        (
            "SELECT u.name, o.total FROM users u JOIN orders o USING (id) WHERE o.total > 3",
            "SELECT u.name, o.total FROM users u JOIN orders o ON u.id = o.id WHERE o.total > 3",
        ),
        (
            "SELECT u.name, o.id FROM users u LEFT JOIN orders o USING (id)",
            "SELECT u.name, o.id FROM users u LEFT JOIN orders o ON o.id = u.id",
        ),
        (
            "SELECT u.name, o.id FROM users u FULL JOIN orders o USING (id)",
            "SELECT u.name, o.id FROM users u FULL JOIN orders o ON u.id = o.id",
        ),
        (
            "SELECT u.*, o.total FROM users u JOIN orders o USING (id)",
            "SELECT u.*, o.total FROM users u JOIN orders o ON u.id = o.id",
        ),
        (
            "SELECT a.name FROM users a JOIN users b USING (id, age)",
            "SELECT a.name FROM users a, users b WHERE a.id = b.id AND a.age = b.age",
        ),
        (
            "SELECT o.id, i.product FROM users u JOIN orders o USING (id) LEFT JOIN items i ON i.order_id = o.id ORDER BY id, product",
            "SELECT o.id, i.product FROM users u JOIN orders o ON u.id = o.id LEFT JOIN items i ON o.id = i.order_id ORDER BY o.id, i.product",
        ),
    ],
    "groups": [
        ("SELECT age FROM users GROUP BY age", "SELECT DISTINCT age FROM users"),
        ("SELECT u.age, boss AS b FROM users u GROUP BY boss, u.age", "SELECT DISTINCT age, boss AS b FROM users"),
        (
            "SELECT age FROM users WHERE boss = 1 GROUP BY 1 ORDER BY 1",
            "SELECT DISTINCT age FROM users WHERE boss = 1 ORDER BY age",
        ),
    ],
    "clocks": [
        ("SELECT id, now() AS at FROM users", "SELECT id, CURRENT_TIMESTAMP AS at FROM users"),
        ("SELECT id, transaction_timestamp() AS at FROM users", "SELECT id, now() AS at FROM users"),
        (
            "SELECT id FROM users WHERE now() - interval '1 day' < CURRENT_TIMESTAMP",
            "SELECT id FROM users WHERE CURRENT_TIMESTAMP - interval '1 day' < now()",
        ),
    ],
}
