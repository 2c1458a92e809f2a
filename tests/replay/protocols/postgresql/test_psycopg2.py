"""psycopg2, whose parameters travel as literals in the text."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg2
import psycopg2.extras
import pytest

Twice = Callable[[Callable[[Any], Any]], Any]

SETUP = """
DROP TABLE IF EXISTS p2;
CREATE TABLE p2 (id serial PRIMARY KEY, name text UNIQUE, price numeric, at timestamptz, tags text[], data jsonb, raw bytea, ok bool);
INSERT INTO p2 (name, price, at, tags, data, raw, ok)
VALUES ('a', 1.5, '2026-01-01 10:00+00', '{x,"y z"}', '{"a": [1]}', '\\x00ff', true), ('b''s', NULL, NULL, NULL, NULL, NULL, false);
"""


@pytest.fixture(scope="module", autouse=True)
def tables(postgresql_server: Any) -> None:
    connection = psycopg2.connect(postgresql_server.url)
    with connection, connection.cursor() as cursor:
        cursor.execute(SETUP)
    connection.close()


def failure(cursor: Any, text: str, parameters: Any = None) -> tuple[Any, ...]:
    with pytest.raises(psycopg2.Error) as raised:
        cursor.execute(text, parameters)
    return type(raised.value), str(raised.value), raised.value.pgcode, raised.value.diag.constraint_name


def test_queries_and_writes(twice: Twice) -> None:
    def scenario(place: Any) -> Any:
        connection = psycopg2.connect(place.url)
        cursor = connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
        cursor.execute("SELECT * FROM p2 WHERE name = ANY(%s) OR id IN %s ORDER BY id", (["a", "b's"], (1, 2)))
        found: list[Any] = [[dict(row) for row in cursor], [tuple(column) for column in cursor.description]]
        cursor.execute(
            "INSERT INTO p2 (name, price, at, ok, raw, tags) VALUES (%s, %s, %s, %s, %s, %s) RETURNING id > 0 AS made",
            (
                "it's \\",
                Decimal("-1.5"),
                dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
                None,
                psycopg2.Binary(b"\x00'"),
                ["q", None],
            ),
        )
        found += [dict(cursor.fetchone()), cursor.rowcount, cursor.statusmessage]
        cursor.execute("UPDATE p2 SET ok = %s WHERE name LIKE 'it%%'", (True,))
        found.append(cursor.rowcount)
        connection.rollback()
        connection.close()
        return found

    record = twice(scenario)
    assert [committed for _, committed in record.ended] == [False]


def test_many_at_once(twice: Twice) -> None:
    def scenario(place: Any) -> Any:
        connection = psycopg2.connect(place.url)
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO p2 (name, ok) VALUES (%s, %s)", [("m1", True), ("m2", None)])
            found = [cursor.rowcount]
            made = psycopg2.extras.execute_values(
                cursor,
                "INSERT INTO p2 (name, price) VALUES %s RETURNING name",
                [("v1", 1), ("v2", None), ("v3", Decimal("3.50"))],
                fetch=True,
            )
            psycopg2.extras.execute_batch(
                cursor, "UPDATE p2 SET ok = %s WHERE name = %s", [(False, "v1"), (True, "v2")]
            )
            found += [made, cursor.rowcount, cursor.statusmessage]
        connection.rollback()
        connection.close()
        return found

    twice(scenario)


def test_named_cursors(twice: Twice) -> None:
    def scenario(place: Any) -> Any:
        connection = psycopg2.connect(place.url)
        with connection.cursor("mine", scrollable=True) as cursor:
            cursor.itersize = 1
            cursor.execute("SELECT id, name FROM p2 WHERE id < %s ORDER BY id", (3,))
            found = [cursor.fetchone(), cursor.fetchmany(5)]
            cursor.scroll(0, mode="absolute")
            found += list(cursor)
        connection.rollback()
        connection.close()
        return found

    twice(scenario)


def test_errors_and_transactions(twice: Twice) -> None:
    def scenario(place: Any) -> Any:
        connection = psycopg2.connect(place.url)
        cursor = connection.cursor()
        found: list[Any] = [
            failure(cursor, "INSERT INTO p2 (name) VALUES (%s)", ("a",)),
            connection.get_transaction_status(),
        ]
        found += [failure(cursor, "SELECT 1"), connection.get_transaction_status()]
        connection.rollback()
        connection.set_session(isolation_level="SERIALIZABLE", readonly=True)
        found.append(failure(cursor, "INSERT INTO p2 (name) VALUES (%s)", ("c",)))
        connection.rollback()
        connection.set_session(isolation_level="DEFAULT", readonly=False, autocommit=True)
        found += [failure(cursor, "SELECT nothing"), connection.get_transaction_status(), list(connection.notices)]
        connection.set_client_encoding("LATIN1")
        cursor.execute("SHOW client_encoding")
        found += [cursor.fetchall(), connection.encoding]
        connection.close()
        return found

    twice(scenario)


def test_copy(twice: Twice) -> None:
    def scenario(place: Any) -> Any:
        connection = psycopg2.connect(place.url)
        cursor = connection.cursor()
        cursor.copy_from(io.StringIO("x1\t1.5\nx2\t\\N\n"), "p2", columns=("name", "price"))
        found: list[Any] = [cursor.rowcount]
        out = io.StringIO()
        cursor.copy_expert("COPY (SELECT name, price FROM p2 WHERE id < 3 ORDER BY id) TO STDOUT WITH CSV HEADER", out)
        found += [out.getvalue(), cursor.rowcount]
        connection.rollback()
        connection.close()
        return found

    twice(scenario)


def test_notices(twice: Twice) -> None:
    def scenario(place: Any) -> Any:
        connection = psycopg2.connect(place.url)
        cursor = connection.cursor()
        cursor.execute("DO $$ BEGIN RAISE NOTICE 'hello % from here', 1; END $$")
        cursor.execute("BEGIN")
        found = list(connection.notices)
        connection.rollback()
        connection.close()
        return found

    twice(scenario)


def test_a_client_that_speaks_latin_1(twice: Twice) -> None:
    def scenario(place: Any) -> Any:
        connection = psycopg2.connect(place.url, client_encoding="LATIN1")
        cursor = connection.cursor()
        cursor.execute("SELECT %s || 'é' AS \"ça\", name FROM p2 WHERE id = 1", ("ü",))
        found: list[Any] = [cursor.fetchall(), cursor.description[0].name]
        found.append(failure(cursor, "SELECT 'é'::int"))
        connection.rollback()
        connection.set_client_encoding("UTF8")
        cursor.execute("SELECT %s || '中'", ("ü",))
        found.append(cursor.fetchall())
        connection.close()
        return found

    twice(scenario)
