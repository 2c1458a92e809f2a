"""What a statement gives, told apart from what it asks."""

from __future__ import annotations

from flowtape.capture import sql


def test_what_a_statement_gives_is_told_apart_from_what_it_asks() -> None:
    listed = sql.listed("SELECT u.id, coalesce(u.age, $1) AS years FROM users u WHERE u.id = $2")
    assert listed is not None
    assert listed.rest.canonical == "SELECT FROM users WHERE id IN (?) OFFSET ?"
    assert sql.arguments(listed.rest, ("0", "7")) == ("{7}", "0")
    assert listed.rest.lists == {0}
    assert [each.output.label for each in listed.given] == ["id", "years"]
    assert [each.meaning(("0", "7")) for each in listed.given] == [("id", ()), ("COALESCE(age, ?)", ("0",))]


def test_what_differs_in_a_list_of_one_alone_has_the_same_rest() -> None:
    texts = [
        "SELECT a FROM t WHERE b = 1 AND (c = 2 OR c = $1) LIMIT 5",
        "SELECT a FROM t WHERE c IN ($1, 2) AND b IN (1) LIMIT 5 OFFSET 0",
        "SELECT a FROM t WHERE c = ANY(ARRAY[2, 3]) AND 1 = b LIMIT 5",
    ]
    rests = [listed.rest for text in texts if (listed := sql.listed(text))]
    assert len(rests) == 3
    assert len({rest.fingerprint for rest in rests}) == 1
    assert [sql.arguments(rest, ("3",)) for rest in rests[1:]] == [
        ("{1}", "{3,2}", "5", "0"),
        ("{1}", "{2,3}", "5", "0"),
    ]


USERS = ("users", ("id", "name", "Name"))
ORDERS = ("orders", ("id", "user_id", "total"))


def test_what_is_known_of_the_tables_is_used() -> None:
    text, named = "SELECT * FROM users WHERE id = $1", 'SELECT id, name, "Name" FROM users WHERE id IN ($1)'
    told = sql.listed(text, frozenset({USERS}))
    assert told is not None
    assert [each.output.label for each in told.given] == ["id", "name", "Name"]
    assert told.rest.fingerprint == (sql.listed(named) or told).rest.fingerprint
    assert sql.listed(text, frozenset({ORDERS})) == sql.listed(text) != told


def test_a_trace_comment_makes_no_difference() -> None:
    assert sql.listed("SELECT a FROM t /*traceparent='00-aa-bb-01'*/") is sql.listed("SELECT a FROM t")


def test_what_is_not_understood_is_not_told_apart() -> None:
    assert sql.listed("SELECT a b c FROM FROM t") is None
    assert sql.listed("SET a = 1") is None
