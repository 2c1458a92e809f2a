"""Texts that ask the same question read the same; texts that differ in anything that matters do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.capture import sql

SAME = [
    [
        "SELECT id FROM users WHERE id = 42",
        "select  id\nfrom users -- why\n where id=$1",
        "SELECT id FROM users WHERE id = %s",
    ],
    ["SELECT u.id FROM users u WHERE u.id = $1", 'SELECT "users"."id" FROM "users" WHERE ("users"."id" = ?)'],
    ["SELECT id FROM users AS x WHERE x.id = :id", "SELECT id FROM users WHERE users.id = %(id)s;"],
    [
        "SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer WHERE o.id = $1",
        "SELECT orders.id, customers.email FROM orders INNER JOIN customers ON customers.id = orders.customer WHERE orders.id = 7",
    ],
    [
        "SELECT a FROM t WHERE b = $1::integer",
        "SELECT a FROM t WHERE b = '1'::int4",
        "SELECT a FROM t WHERE b = CAST(%s AS int)",
    ],
    ["SELECT a FROM t WHERE b IN (1, 2, 3)", "SELECT a FROM t WHERE b IN ($1)", "select a from t where b in (%s,%s)"],
    ["INSERT INTO t (a, b) VALUES ($1, $2)", "insert into t (b, a) values (1, 'x'), (2, NULL)"],
    ["UPDATE t SET a = $1, b = $2 WHERE c = $3", "UPDATE t SET b = 1, a = true WHERE c = -3"],
    ["SELECT a FROM t WHERE b = ANY($1)", "SELECT a FROM t WHERE b = ANY(ARRAY['x', 'y']::text[])"],
    [
        "SELECT a FROM t WHERE (b = 1) AND (c = 2)",
        "SELECT a FROM t WHERE b = 1 AND c = 2",
        "SELECT a FROM t WHERE ((b=1 AND c=2))",
    ],
    ["SAVEPOINT sa_savepoint_1", "SAVEPOINT sa_savepoint_2", 'SAVEPOINT "x"'],
    ["ROLLBACK TO SAVEPOINT a", "ROLLBACK TO SAVEPOINT b"],
    ['DECLARE "c_1" CURSOR FOR SELECT 1', "DECLARE c_2 CURSOR FOR SELECT $1"],
    [
        "FETCH FORWARD 10 FROM c_1",
        'FETCH FORWARD 20 FROM "c_2"',
        "FETCH c_3",
        "FETCH ALL IN c_4",
        "FETCH NEXT FROM c_5",
    ],
    ['CLOSE "c_7f00a1_1"', 'CLOSE "c_80b3_25"'],
    [
        "SELECT a FROM t WHERE b <> 'it''s'",
        "SELECT a FROM t WHERE b != E'it\\'s'",
        "SELECT a FROM t WHERE b <> $q$it's$q$",
    ],
    ["SELECT 1 /* a /* nested */ comment */", "SELECT /*traceparent='00-1-2-01'*/ 2", "/* x */ SELECT $1"],
    ["SET x = 1", "set  X = 2"],
]


@pytest.mark.parametrize("texts", SAME, ids=lambda texts: texts[0][:40])
def test_the_same_question_put_differently_has_one_fingerprint(texts: list[str]) -> None:
    assert len({sql.read(text).canonical for text in texts}) == 1
    assert len({sql.read(text).fingerprint for text in texts}) == 1


DIFFERENT = [
    ("SELECT a FROM t", "SELECT b FROM t"),
    ("SELECT a FROM t", "SELECT a FROM u"),
    ("SELECT a FROM t", "SELECT a FROM s.t"),
    ("SELECT a FROM t", "SELECT a AS b FROM t"),
    ("SELECT a, b FROM t", "SELECT b, a FROM t"),
    ("SELECT a FROM t", "SELECT DISTINCT a FROM t"),
    ("SELECT a FROM t WHERE b = $1", "SELECT a FROM t WHERE b > $1"),
    ("SELECT a FROM t WHERE b = $1", "SELECT a FROM t WHERE b IS NULL"),
    ("SELECT a FROM t WHERE b IS NULL", "SELECT a FROM t WHERE b IS NOT NULL"),
    ("SELECT a FROM t WHERE b IS TRUE", "SELECT a FROM t WHERE b IS FALSE"),
    ("SELECT a FROM t WHERE b = 1 AND c = 2", "SELECT a FROM t WHERE b = 1 OR c = 2"),
    ("SELECT a FROM t WHERE (b = 1 OR c = 2) AND d = 3", "SELECT a FROM t WHERE b = 1 OR c = 2 AND d = 3"),
    ("SELECT a FROM t WHERE NOT (b = 1 OR c = 2)", "SELECT a FROM t WHERE NOT b = 1 OR c = 2"),
    ("SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b NOT IN (1, 2)"),
    ("SELECT a FROM t ORDER BY 1", "SELECT a FROM t ORDER BY 2"),
    ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC"),
    ("SELECT a, count(*) FROM t GROUP BY 1", "SELECT a, count(*) FROM t GROUP BY 2"),
    ("SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT ALL"),
    ("SELECT a FROM t LIMIT 1", "SELECT a FROM t OFFSET 1"),
    ("SELECT a FROM t LIMIT 1", "SELECT a FROM t"),
    ("SELECT a FROM t", "SELECT a FROM t FOR UPDATE"),
    ("SELECT a::date FROM t", "SELECT a::timestamp FROM t"),
    ("SELECT CAST(a AS varchar(10)) FROM t", "SELECT CAST(a AS varchar(20)) FROM t"),
    ("SELECT $1::timestamptz::date", "SELECT $1::timestamptz::time"),
    ("SELECT a FROM t WHERE b = 5 - 3", "SELECT a FROM t WHERE b = 5 + 3"),
    ('SELECT "user"', "SELECT user"),
    ('SELECT "Id" FROM t', "SELECT id FROM t"),
    ("SELECT x FROM t a JOIN t b ON a.i = b.j", "SELECT x FROM t a JOIN t b ON b.i = a.j"),
    ("SELECT u FROM users u JOIN x v ON true", "SELECT u FROM users v JOIN x u ON true"),
    ("SELECT a FROM t JOIN u ON t.i = u.i", "SELECT a FROM t LEFT JOIN u ON t.i = u.i"),
    ("INSERT INTO t (a, b) VALUES (1, 2)", "INSERT INTO t (a, c) VALUES (1, 2)"),
    ("INSERT INTO t (a) VALUES (1)", "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING"),
    ("INSERT INTO t (a) VALUES (1)", "INSERT INTO t (a) VALUES (DEFAULT)"),
    ("UPDATE t SET a = 1 WHERE b = 2", "UPDATE t SET a = 1"),
    ("UPDATE t SET a = a + 1", "UPDATE t SET a = a - 1"),
    ("DELETE FROM t WHERE a = 1", "DELETE FROM t WHERE b = 1"),
    ("SELECT d ? 'a' FROM t", "SELECT d ?| 'a' FROM t"),
    ("SELECT d -> 'a' FROM t", "SELECT d ->> 'a' FROM t"),
    ("SELECT a[1:2] FROM t", "SELECT a[1] FROM t"),
    ("DECLARE a CURSOR FOR SELECT 1", "DECLARE a CURSOR FOR SELECT x"),
    ("FETCH FORWARD 1 FROM c", "FETCH BACKWARD 1 FROM c"),
    ("FETCH FORWARD 1 FROM orders", "FETCH FORWARD 1 FROM items"),
    ("FETCH 1 FROM c", "FETCH -1 FROM c"),
    ("FETCH 1 FROM c", "MOVE 1 FROM c"),
    ("ROLLBACK", "ROLLBACK TO x"),
    ("SET x = a", "SET y = a"),
    ("COPY t (a) FROM STDIN", "COPY t (b) FROM STDIN"),
    ("SELECT 'a' /* x", "SELECT 'a', 'b'"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_near_miss_has_another_fingerprint(one: str, other: str) -> None:
    assert sql.read(one).fingerprint != sql.read(other).fingerprint


def arguments(text: str, *parameters: str | None) -> tuple[object, ...]:
    return sql.arguments(sql.read(text), parameters)


def test_arguments_are_the_same_whether_bound_or_written() -> None:
    assert arguments("SELECT a FROM t WHERE b = $2 AND c = $1", "1", "x") == ("x", "1")
    assert arguments("SELECT a FROM t WHERE b = 'x' AND c = 1") == ("x", "1")
    assert arguments("SELECT a FROM t WHERE b = %s AND c = 1", "x") == ("x", "1")
    assert arguments("SELECT a FROM t WHERE b = %(b)s AND c = %(c)s AND d = %(b)s", "x", "1") == ("x", "1", "x")
    assert arguments("UPDATE t SET a = true, b = NULL, c = -1.5") == ("t", None, "-1.5")
    assert arguments("SELECT a FROM t WHERE b = ANY(ARRAY['x', 'y z', NULL, ''])") == ('{x,"y z",NULL,""}',)
    assert arguments("SELECT a FROM t WHERE b = $3", "x") == (None,)


def test_how_much_is_fetched_is_an_argument() -> None:
    texts = ("FETCH c", "FETCH NEXT FROM c", "FETCH 1 IN c", "FETCH FORWARD ALL FROM c", "FETCH ALL FROM c")
    assert [arguments(text) for text in texts] == [("1",), ("1",), ("1",), ("all",), ("all",)]


def test_arguments_of_an_insert_follow_the_canonical_columns() -> None:
    assert arguments("INSERT INTO t (b, a) VALUES ($1, $2)", "for b", "for a") == ("for a", "for b")
    assert arguments("INSERT INTO t (b, a) VALUES (1, 2), (3, 4)") == ("2", "1", "4", "3")
    assert arguments("INSERT INTO t (a, b, c) VALUES (1, now(), 2), (3, now(), 4)") == ("1", "2", "3", "4")


def test_arguments_of_several_lists_tell_the_lists_apart() -> None:
    one = sql.read("SELECT a FROM t WHERE b IN (1, $1) AND c IN (3)")
    assert one.fingerprint == sql.read("SELECT a FROM t WHERE b IN (1) AND c = ANY($1)").fingerprint
    assert sql.arguments(one, ("2",)) == ("{1,2}", "{3}")
    assert sql.arguments(one, ()) == ("{1,NULL}", "{3}")
    assert one.lists == {0, 1}


def test_only_a_list_of_values_is_a_list() -> None:
    for text in (
        "INSERT INTO t (a) VALUES (1), (2)",
        "SELECT a FROM t WHERE b IN (1, now())",
        "SELECT a FROM t WHERE b = 1",
    ):
        assert sql.read(text).lists == frozenset()
    assert sql.read("UPDATE t SET a = 1 WHERE b IN (2, 3) AND c = 4").lists == {1}


def test_values_that_may_change_places_are_a_list() -> None:
    statement = sql.read("SELECT a FROM t WHERE (b = $2 OR b = 1) AND c = $1")
    assert statement.canonical == "SELECT a FROM t WHERE (b = ? OR b = …) AND c = ?"
    assert sql.arguments(statement, ("x", "2")) == ("{2,1}", "x")
    assert statement.lists == {0}
    fixed = "SELECT a FROM t WHERE CAST(b AS varchar(10)) = c OR CAST(b AS varchar(20)) = c"
    assert sql.read(fixed).slots == ()


def test_a_list_of_one_is_still_a_list_in_what_a_statement_is_called() -> None:
    assert (
        sql.read("SELECT a FROM t WHERE b IN (1)").fingerprint
        == sql.read("SELECT a FROM t WHERE b IN (1, 2)").fingerprint
    )
    assert sql.read("SELECT a FROM t WHERE b IN (1)").fingerprint != sql.read("SELECT a FROM t WHERE b = 1").fingerprint


def test_a_position_is_no_argument() -> None:
    assert sql.read("SELECT a FROM t WHERE b = 3 ORDER BY 1 LIMIT 2").literals == ("3", "2")
    assert sql.read("SELECT a FROM t WHERE b = 3 ORDER BY 1").canonical == "SELECT a FROM t WHERE b = ? ORDER BY a"
    assert sql.read("SELECT * FROM t WHERE b = 3 ORDER BY 1").canonical == "SELECT * FROM t WHERE b = ? ORDER BY 1"


def test_tables_are_named_once_without_common_table_expressions() -> None:
    text = "WITH x AS (SELECT * FROM s.a) SELECT * FROM x JOIN b ON true JOIN b c ON true FOR UPDATE OF c"
    assert sorted(sql.read(text).tables) == ["b", "s.a"]
    assert sql.read("COPY s.t (a) FROM STDIN").tables == ("s.t",)
    assert sql.read("TRUNCATE TABLE t").tables == ("t",)


HOSTILE = {
    "a deep nest": "SELECT " + "(" * 200_000,
    "a deep nest that closes": "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "a megabyte in a string": "SELECT '" + "a" * 1_000_000 + "'",
    "a string without end": "SELECT '" + "''" * 200_000,
    "comments without end": "SELECT " + "/*" * 200_000,
    "tags without end": "SELECT " + "$a" * 100_000,
    "prefix operators": "SELECT " + "NOT " * 50_000 + "true",
    "signs": "SELECT " + "- " * 50_000 + "1",
    "a long chain": "SELECT " + " + ".join(["a"] * 50_000),
    "cases": "SELECT " + "CASE WHEN a THEN " * 10_000,
    "subqueries": "SELECT * FROM " + "(SELECT * FROM " * 20,
    "a marker": "SELECT 900000000, 800000001, '\x0200000000\x03', \"\x0200000000\x03\", $1",
    "a name like a marker": 'SELECT "900000000" FROM t WHERE a = 1',
    "no text": "",
    "nul bytes": "\x00SELECT\x00 1",
    "lone surrogates": "SELECT '\ud800' AS \udfff",
    "a rest like markers": "SELECT " + "a," * 100_001 + "900000000, 999999999, '\x0299999999\x03'",
    "a far parameter": "SELECT $99999999999999999999",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_text_is_read_as_any_other(text: str) -> None:
    statement = sql.read(text)
    assert statement == sql.read(text)
    assert len(sql.arguments(statement, ())) == len(statement.slots)


@given(st.text(alphabet=st.sampled_from(list("selct from wher()[]'\"$1?%:;,.*/-\\\n\tEex=<>")), max_size=60))
def test_no_text_raises(text: str) -> None:
    sql.arguments(sql.read("SELECT " + text), ("1",))
    sql.read(text)


def test_the_same_text_reads_the_same_from_any_depth() -> None:
    text = "SELECT " + "f(" * 20 + "depth_of_stack" + ")" * 20

    def deep(levels: int) -> str:
        return deep(levels - 1) if levels else sql.read(text).canonical

    assert deep(850) == "SELECT " + "F(" * 20 + "depth_of_stack" + ")" * 20


def test_a_name_like_a_marker_is_no_value() -> None:
    for text in (
        'SELECT "900000000" FROM t WHERE a = 1',
        'SET "900000000" = 1',
        'SELECT "it is 900000000" FROM t WHERE a = 1',
    ):
        assert arguments(text) == ("1",)


def test_a_trace_comment_does_not_make_a_text_new() -> None:
    one = sql.read("SELECT 1 /*traceparent='00-aa-bb-01'*/")
    assert one is sql.read("SELECT 1 /*traceparent='00-cc-dd-01'*/")
