"""Near misses: what each rule must refuse."""

from __future__ import annotations

Pairs = dict[str, list[tuple[str, str]]]

OTHER: Pairs = {
    "names": [
        ('SELECT "Name" FROM users', "SELECT Name FROM users"),
        ("SELECT 'name' FROM users", 'SELECT "name" FROM users'),
        ("SELECT id FROM users WHERE name = 'email'", 'SELECT id FROM users WHERE name = "email"'),
        ("SELECT id FROM public.users", "SELECT id FROM users"),
        ("SELECT substring(name from 1 for 2) FROM users", "SELECT substr(name, 1, 2) FROM users"),
        ("SELECT coalesce(name, email) FROM users", "SELECT nvl(name, email) FROM users"),
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
        ("SELECT id FROM users ORDER BY age DESC, id", "SELECT id FROM users ORDER BY age DESC NULLS LAST, id"),
        ("SELECT id FROM users ORDER BY id LIMIT ALL", "SELECT id FROM users ORDER BY id LIMIT 1"),
        ("SELECT age - (boss - 1) AS a FROM users", "SELECT age - boss - 1 AS a FROM users"),
        ("SELECT age / 2 * 3 AS a FROM users", "SELECT age / (2 * 3) AS a FROM users"),
        ("SELECT age / 2 AS a FROM users", "SELECT age / 2.0 AS a FROM users"),
        ("SELECT coalesce(age) FROM users", "SELECT age FROM users"),
        ("SELECT id FROM users WHERE coalesce(age, boss) = 2", "SELECT id FROM users WHERE age = 2"),
        ("SELECT id FROM users WHERE name::char(4) = 'ann '", "SELECT id FROM users WHERE name = 'ann '"),
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
        ("SELECT age, id FROM users ORDER BY 1, 2", "SELECT age, id FROM users ORDER BY 2, 1"),
        ("SELECT age, id FROM users ORDER BY 1, 2", "SELECT id, age FROM users ORDER BY 1, 2"),
        ("SELECT -id AS n, age FROM users ORDER BY 1", "SELECT -id AS n, age FROM users ORDER BY 1::integer"),
        (
            "SELECT boss AS age, age AS boss, id FROM users ORDER BY 1, id",
            "SELECT boss AS age, age AS boss, id FROM users ORDER BY boss, id",
        ),
        ("SELECT *, -id AS n FROM users ORDER BY 1", "SELECT *, -id AS n FROM users ORDER BY n"),
        ("SELECT boss AS age, count(*) FROM users GROUP BY 1", "SELECT boss AS age, count(*) FROM users GROUP BY age"),
        (
            "SELECT id, sum(age) OVER (ORDER BY 1) AS s FROM users",
            "SELECT id, sum(age) OVER (ORDER BY id) AS s FROM users",
        ),
        (
            "SELECT age, boss, count(*) FROM users GROUP BY 1, 2",
            "SELECT age, boss, count(*) FROM users GROUP BY ROLLUP (1, 2)",
        ),
        (
            "SELECT coalesce(-age, 0) AS age, id FROM users u ORDER BY age, id",
            "SELECT coalesce(-age, 0) AS age, id FROM users u ORDER BY u.age, id",
        ),
        (
            "SELECT coalesce(-age, 0) AS age, id FROM users u ORDER BY 1, id",
            "SELECT coalesce(-age, 0) AS age, id FROM users u ORDER BY u.age, id",
        ),
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
        ("SELECT id FROM users WHERE (age, boss) < (2, 2)", "SELECT id FROM users WHERE age < 2 AND boss < 2"),
        ("SELECT id FROM users WHERE (age, boss) = (2, 1)", "SELECT id FROM users WHERE (boss, age) = (2, 1)"),
        ("SELECT id FROM users WHERE (age, boss) <> (2, 1)", "SELECT id FROM users WHERE age <> 2 AND boss <> 1"),
        (
            "SELECT id FROM users WHERE (age, boss) = (boss, age)",
            "SELECT id FROM users WHERE (age, boss) IS NOT DISTINCT FROM (boss, age)",
        ),
        ("UPDATE users SET (age, boss) = (2, 1)", "UPDATE users SET (boss, age) = (2, 1)"),
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
        (
            "SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders)",
            "SELECT id FROM users WHERE NOT EXISTS (SELECT 1 FROM orders WHERE user_id = users.id)",
        ),
        (
            "SELECT id FROM users WHERE id IN (SELECT user_id FROM orders)",
            "SELECT id FROM users WHERE id = ALL (SELECT user_id FROM orders)",
        ),
        (
            "SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders)",
            "SELECT id FROM users WHERE id <> ANY (SELECT user_id FROM orders)",
        ),
        ("SELECT id FROM users WHERE age = ANY('{}'::int[])", "SELECT id FROM users WHERE age <> ALL('{}'::int[])"),
        ("SELECT id FROM users WHERE age = ANY('{}'::int[])", "SELECT id FROM users WHERE age IN (1)"),
        (
            "SELECT id FROM users WHERE age = ANY('{1}'::int[])",
            "SELECT id FROM users WHERE age = ANY('{1,NULL}'::int[]) OR age IS NULL",
        ),
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
    "negations": [
        ("SELECT id FROM users WHERE NOT age = 2", "SELECT id FROM users WHERE age IS DISTINCT FROM 2"),
        ("SELECT id FROM users WHERE NOT age = 2", "SELECT id FROM users WHERE age <> 2 OR age IS NULL"),
        ("SELECT id FROM users WHERE NOT (age < 2)", "SELECT id FROM users WHERE age > 2"),
        ("SELECT id FROM users WHERE NOT (age < 2)", "SELECT id FROM users WHERE age <= 2"),
        ("SELECT id FROM users WHERE NOT (age = 2 AND boss = 1)", "SELECT id FROM users WHERE age <> 2 AND boss <> 1"),
        ("SELECT id FROM users WHERE NOT (age = 2 OR boss = 1)", "SELECT id FROM users WHERE age <> 2 OR boss <> 1"),
        (
            "SELECT id FROM users WHERE NOT age = 2 AND boss = 1",
            "SELECT id FROM users WHERE NOT (age = 2 AND boss = 1)",
        ),
        ("SELECT id FROM users WHERE (age = 2) IS NOT TRUE", "SELECT id FROM users WHERE age <> 2"),
        ("SELECT id FROM users WHERE NOT age = 2", "SELECT id FROM users WHERE (age = 2) IS FALSE OR age IS NULL"),
        ("SELECT id FROM users WHERE NOT (age = 2) IS NULL", "SELECT id FROM users WHERE age <> 2"),
        ("SELECT id FROM orders WHERE NOT 'a' = ANY(tags)", "SELECT id FROM orders WHERE 'a' <> ANY(tags)"),
        ("SELECT id FROM orders WHERE NOT 'a' = SOME(tags)", "SELECT id FROM orders WHERE 'a' <> SOME(tags)"),
        ("SELECT id FROM orders WHERE NOT 'a' = ALL(tags)", "SELECT id FROM orders WHERE 'a' <> ALL(tags)"),
        (
            "SELECT id FROM users WHERE NOT name LIKE ANY(ARRAY['a%', 'b%'])",
            "SELECT id FROM users WHERE name NOT LIKE ANY(ARRAY['a%', 'b%'])",
        ),
        ("SELECT id FROM users WHERE age NOT BETWEEN 1 AND 2", "SELECT id FROM users WHERE age < 1 AND age > 2"),
        ("SELECT id FROM users WHERE NOT NOT age = 2", "SELECT id FROM users WHERE NOT age = 2"),
        (
            "SELECT id FROM users WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = users.id)",
            "SELECT id FROM users WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id <> users.id)",
        ),
    ],
    "constants": [
        ("SELECT id FROM users WHERE true OR age = 2", "SELECT id FROM users WHERE age = 2"),
        ("SELECT id FROM users WHERE age = 2 AND false", "SELECT id FROM users WHERE age = 2"),
        ("SELECT id FROM users WHERE 1 = 2 OR age = 2", "SELECT id FROM users WHERE 1 = 1 OR age = 2"),
        ("SELECT id FROM users WHERE NOT true AND age = 2", "SELECT id FROM users WHERE age = 2"),
        ("SELECT id FROM users WHERE age BETWEEN 1 AND 1", "SELECT id FROM users WHERE age BETWEEN 1 AND 2"),
        (
            "SELECT u.id, o.id AS o FROM users u LEFT JOIN (SELECT id FROM orders WHERE total > 9) o ON true",
            "SELECT u.id, o.id AS o FROM users u CROSS JOIN (SELECT id FROM orders WHERE total > 9) o",
        ),
        ("SELECT 1 AS one FROM users HAVING true", "SELECT 1 AS one FROM users"),
        ("SELECT count(1) AS n FROM users", "SELECT count(age) AS n FROM users"),
        ("SELECT count(1) FROM users", "SELECT count(NULL) FROM users"),
        ("SELECT count(1) FROM users", "SELECT count(DISTINCT 1) FROM users"),
        ("SELECT count(1) AS n FROM users WHERE age > 9", "SELECT sum(1) AS n FROM users WHERE age > 9"),
        (
            "SELECT id FROM users WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = users.id)",
            "SELECT id FROM users WHERE EXISTS (SELECT count(*) FROM orders o WHERE o.user_id = users.id)",
        ),
        (
            "SELECT id FROM users WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = users.id)",
            "SELECT id FROM users WHERE EXISTS (SELECT o.nothing FROM orders o WHERE o.user_id = users.id)",
        ),
        (
            "SELECT id FROM users WHERE EXISTS (SELECT 1 FROM orders o GROUP BY o.status)",
            "SELECT id FROM users WHERE EXISTS (SELECT * FROM orders o GROUP BY o.status)",
        ),
        ("SELECT id, age = 2 AND true AS x FROM users", "SELECT id, age = 2 AND false AS x FROM users"),
    ],
    "using": [
        (
            "SELECT id FROM users u FULL JOIN orders o USING (id)",
            "SELECT u.id FROM users u FULL JOIN orders o ON u.id = o.id",
        ),
        (
            "SELECT u.age FROM users u FULL JOIN orders o USING (id) WHERE id > 2",
            "SELECT u.age FROM users u FULL JOIN orders o ON u.id = o.id WHERE u.id > 2",
        ),
        ("SELECT a.id FROM users a NATURAL JOIN users b", "SELECT a.id FROM users a JOIN users b USING (id)"),
        ("SELECT a.id FROM users a JOIN users b USING (id, age)", "SELECT a.id FROM users a JOIN users b USING (id)"),
        (
            "SELECT o.id FROM users u LEFT JOIN orders o USING (id)",
            "SELECT o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id",
        ),
        (
            "SELECT o.id FROM users u LEFT JOIN orders o USING (id)",
            "SELECT o.id FROM users u JOIN orders o ON o.id = u.id",
        ),
        (
            "SELECT i.id FROM users u FULL JOIN orders o USING (id) JOIN items i USING (id)",
            "SELECT i.id FROM users u FULL JOIN orders o ON u.id = o.id JOIN items i ON u.id = i.id",
        ),
    ],
    "groups": [
        ("SELECT age FROM users GROUP BY age", "SELECT age FROM users"),
        ("SELECT age FROM users GROUP BY age, boss", "SELECT DISTINCT age FROM users"),
        ("SELECT age FROM users GROUP BY age HAVING count(*) > 1", "SELECT DISTINCT age FROM users"),
        ("SELECT age, count(*) AS n FROM users GROUP BY age", "SELECT DISTINCT age, boss AS n FROM users"),
        ("SELECT age FROM users GROUP BY ROLLUP (age)", "SELECT DISTINCT age FROM users"),
        ("SELECT age FROM users GROUP BY age ORDER BY max(id)", "SELECT DISTINCT age FROM users ORDER BY age"),
        ("SELECT age, boss FROM users GROUP BY age, boss", "SELECT DISTINCT ON (age) age, boss FROM users"),
    ],
    "clocks": [
        ("SELECT now()", "SELECT CURRENT_TIMESTAMP"),
        ("SELECT now() AS at", "SELECT clock_timestamp() AS at"),
        ("SELECT now() AS at", "SELECT CURRENT_TIMESTAMP(0) AS at"),
        ("SELECT now() AS at", "SELECT LOCALTIMESTAMP AS at"),
    ],
}
