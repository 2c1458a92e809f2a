"""What is taken out of a parsed statement."""

from __future__ import annotations

import pytest
from sqlglot import parse_one

from flowtape.capture.sql import tree

NORMAL = {
    "SELECT a FROM t LEFT OUTER JOIN u ON b INNER JOIN v ON c": (
        "SELECT a FROM t AS t1 LEFT JOIN u AS t2 ON b CROSS JOIN v AS t3 WHERE c"
    ),
    "SELECT a FROM t ORDER BY a ASC, b DESC": "SELECT a FROM t ORDER BY a, b DESC",
    "SELECT u.* FROM users u": "SELECT * FROM users",
    'SELECT "A".b FROM "A"': 'SELECT b FROM "A"',
    "SELECT u FROM users u": "SELECT u FROM users",
    "SELECT public.t.a FROM public.t": "SELECT a FROM public.t",
    "SELECT x.a FROM t x, u y WHERE x.i = y.i": "SELECT t1.a FROM t AS t1 CROSS JOIN u AS t2 WHERE t1.i = t2.i",
    "SELECT x FROM unnest(a) AS s(x)": "SELECT x FROM UNNEST(a) AS t1(x)",
    "SELECT a FROM (SELECT b.a FROM b) q": "SELECT t1.a FROM (SELECT t2.a FROM b AS t2) AS t1",
    "SELECT a FROM t WHERE (a > b) AND ((c))": "SELECT a FROM t WHERE a > b AND c",
    "SELECT a FROM t WHERE (a OR b) AND c": "SELECT a FROM t WHERE (a OR b) AND c",
    "SELECT a FROM t WHERE NOT (a AND b)": "SELECT a FROM t WHERE NOT a OR NOT b",
    "SELECT a FROM t WHERE ((a > b) AND ((c) = (d)))": "SELECT a FROM t WHERE a > b AND c = d",
    "SELECT b AS a FROM t ORDER BY t.a": "SELECT b AS a FROM t ORDER BY t1.a",
    "SELECT t.a AS a FROM t ORDER BY t.a": "SELECT a FROM t ORDER BY a",
    "SELECT (a + b) * c FROM t": "SELECT (a + b) * c FROM t",
    "UPDATE t SET b = 1, a = 2": "UPDATE t SET a = 2, b = 1",
    "UPDATE t AS x SET a = 2 WHERE x.b = 1": "UPDATE t SET a = 2 WHERE b = 1",
    "INSERT INTO t (b, a) VALUES (c, d), (e, f)": "INSERT INTO t (a, b) VALUES (d, c), (f, e)",
    "INSERT INTO t (b, a) SELECT c, d FROM u": "INSERT INTO t AS t1 (b, a) SELECT c, d FROM u AS t2",
    "SELECT a FROM t x JOIN t x ON x.a = x.b": "SELECT a FROM t AS x CROSS JOIN t AS x WHERE x.a = x.b",
}


@pytest.mark.parametrize(("text", "expected"), NORMAL.items())
def test_normalise(text: str, expected: str) -> None:
    assert tree.normalise(parse_one(text, dialect="postgres")).sql(dialect="postgres") == expected


def test_a_cast_on_a_marker_goes() -> None:
    text = "SELECT CAST(900000000 AS INT), CAST('\x0200000001\x03' AS DATE), CAST(a AS INT), CAST(5 AS INT)"
    assert tree.normalise(parse_one(text, dialect="postgres")).sql(dialect="postgres") == (
        "SELECT 900000000, '\x0200000001\x03', CAST(a AS INT), CAST(5 AS INT)"
    )


def test_a_cast_of_what_is_cast_already_stays() -> None:
    text = "SELECT CAST(CAST(900000000 AS INT) AS TEXT)"
    assert tree.normalise(parse_one(text, dialect="postgres")).sql(dialect="postgres") == (
        "SELECT CAST(900000000 AS TEXT)"
    )


def test_positions_and_lengths_are_fixed() -> None:
    text = "SELECT CAST(a AS varchar(900000000)), 900000001 FROM t GROUP BY 900000002 ORDER BY 900000003, 800000004"
    assert sorted(tree.fixed_markers(parse_one(text, dialect="postgres"))) == [0, 2, 3]


def test_tables() -> None:
    text = "WITH w AS (SELECT 1 FROM a) SELECT 1 FROM w, S.b, (SELECT 1 FROM c) q, generate_series(1, 2) g"
    assert sorted(tree.tables(parse_one(text, dialect="postgres"))) == ["a", "c", "s.b"]
