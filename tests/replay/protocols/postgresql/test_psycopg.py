"""psycopg 3 returns and raises the same from the answering server as from the real one."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

Twice = Any
Place = Any

SETUP = """
DROP TABLE IF EXISTS p3; DROP TYPE IF EXISTS p3_mood CASCADE;
CREATE TYPE p3_mood AS ENUM ('sad', 'it''s ok');
CREATE TABLE p3 (id serial PRIMARY KEY, name text UNIQUE, price numeric(10,2), at timestamptz, tags text[], data jsonb,
                 key uuid, raw bytea, mood p3_mood, ok boolean, day date, span interval, f float8);
INSERT INTO p3 (name, price, at, tags, data, key, raw, mood, ok, day, span, f)
SELECT 'n' || i, i * 1.5, '2026-01-01 10:00:00.5+00'::timestamptz + i * interval '1 hour', ARRAY['a', 'b,c', NULL], '{"a": [1, null]}',
       ('00000000-0000-4000-8000-00000000000' || i)::uuid, '\\x00ff', 'it''s ok', i % 2 = 0, '2026-02-28', '1 day 02:00', i / 3.0
FROM generate_series(1, 5) i;
"""


@pytest.fixture(scope="module", autouse=True)
def tables(postgresql_server: Any) -> None:
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        connection.execute(SETUP)


def failure(connection: psycopg.Connection[Any], text: str, parameters: Any = None) -> tuple[Any, ...]:
    with pytest.raises(psycopg.Error) as raised:
        connection.execute(text, parameters)
    error = raised.value
    diag = error.diag
    return type(error), str(error), error.sqlstate, diag.constraint_name, diag.message_detail, diag.severity


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_queries_of_every_type(twice: Twice, binary: bool) -> None:
    def scenario(place: Place) -> Any:
        with psycopg.connect(place.url, row_factory=dict_row) as connection:
            cursor = connection.cursor(binary=binary)
            found = cursor.execute("SELECT * FROM p3 WHERE id <= %s ORDER BY id", (3,)).fetchall()
            described = [(c.name, c.type_code, c.internal_size, c.precision, c.scale) for c in cursor.description or ()]
            values = (
                Decimal("1.50"),
                uuid.UUID(int=5),
                dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
                [1, 2],
                b"\x00",
                None,
                2.5,
            )
            echoed = cursor.execute(
                "SELECT %b::numeric, %b::uuid, %b::timestamptz, %b::int[], %b::bytea, %b::text, %b::float8", values
            ).fetchone()
            return found, described, echoed, cursor.rowcount, cursor.statusmessage, connection.info.server_version

    twice(scenario)


def test_writes_and_transactions(twice: Twice) -> None:
    def scenario(place: Place) -> Any:
        with psycopg.connect(place.url) as connection:
            seen: list[Any] = []

            def status() -> None:
                seen.append(connection.info.transaction_status)

            with connection.transaction(force_rollback=True):
                status()
                seen.append(connection.execute("INSERT INTO p3 (name) VALUES (%s) RETURNING name", ("new",)).fetchone())
                seen.append(connection.execute("UPDATE p3 SET ok = true WHERE name = 'new'").rowcount)
                with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction():
                    connection.execute("INSERT INTO p3 (name) VALUES (%s)", ("n1",))
                status()
                seen.append(connection.execute("DELETE FROM p3 WHERE name = %s", ("new",)).statusmessage)
            status()
            connection.execute("SELECT 1")
            status()
            connection.rollback()
            status()
            seen.append(failure(connection, "INSERT INTO p3 (name) VALUES (%s)", ("n1",)))
            status()
            seen.append(failure(connection, "SELECT 1"))
            connection.rollback()
            return seen

    record = twice(scenario)
    assert [committed for _, committed in record.ended] == [False, False, False]
    inserts = [name for question, name in record.asked if question.text.startswith("INSERT")]
    assert all(inserts)


def test_errors(twice: Twice) -> None:
    def scenario(place: Place) -> Any:
        with psycopg.connect(place.url, autocommit=True) as connection:
            return [
                failure(connection, "SELECT nothing FROM p3"),
                failure(connection, "SELECT 1/0"),
                failure(connection, "SELEC"),
                failure(connection, "SELECT %s::int", ("x",)),
                failure(connection, "INSERT INTO p3 (name) VALUES (%s)", ("n1",)),
                failure(connection, "SHOW nonsense"),
                failure(connection, "SAVEPOINT a"),
            ]

    twice(scenario)


def test_prepared_statements_and_many_values(twice: Twice) -> None:
    def scenario(place: Place) -> Any:
        with psycopg.connect(place.url, autocommit=True, prepare_threshold=0) as connection:
            found = [connection.execute("SELECT name FROM p3 WHERE id = %s", (i % 3,)).fetchall() for i in range(8)]
            with connection.cursor() as cursor:
                cursor.executemany("UPDATE p3 SET f = %s WHERE id = %s", [(1.5, 1), (2.5, 2)])
                found.append([(cursor.rowcount,)])
                cursor.executemany("SELECT %s::int", [(1,), (2,)], returning=True)
                found.append(cursor.fetchall())
                cursor.nextset()
                found.append(cursor.fetchall())
            return found

    twice(scenario)


def test_server_side_cursors(twice: Twice) -> None:
    def scenario(place: Place) -> Any:
        with psycopg.connect(place.url) as connection:
            with connection.cursor("mine") as cursor:
                cursor.itersize = 2
                cursor.execute("SELECT id, name FROM p3 WHERE id > %s ORDER BY id", (0,))
                iterated = list(cursor)
            with connection.cursor("other", scrollable=True) as cursor:
                cursor.execute("SELECT id FROM p3 ORDER BY id")
                found = [cursor.fetchone(), cursor.fetchmany(2)]
                cursor.scroll(-1)
                found += [cursor.fetchall(), cursor.fetchone()]
            return iterated, found

    twice(scenario)


def fail_in_pipeline(connection: psycopg.Connection[Any], cursor: psycopg.Cursor[Any]) -> None:
    with connection.pipeline():
        connection.execute("SELECT 1/%s", (0,))
        cursor.execute("SELECT 3")


def test_pipelines(twice: Twice) -> None:
    def scenario(place: Place) -> Any:
        with psycopg.connect(place.url, autocommit=True) as connection:
            seen: list[Any] = []
            with connection.pipeline() as pipeline:
                one = connection.execute("SELECT %s::int", (1,))
                two = connection.execute("SELECT name FROM p3 WHERE id = %s", (2,))
                pipeline.sync()
                seen += [one.fetchall(), two.fetchall()]
            cursor = connection.cursor()
            with pytest.raises(psycopg.errors.DivisionByZero):
                fail_in_pipeline(connection, cursor)
            seen.append(cursor.statusmessage)
            seen.append(connection.execute("SELECT 4").fetchall())
            return seen

    twice(scenario)


def test_copy(twice: Twice) -> None:
    def scenario(place: Place) -> Any:
        with psycopg.connect(place.url) as connection, connection.cursor() as cursor:
            seen: list[Any] = []
            with cursor.copy("COPY p3 (name, price) FROM STDIN") as copy:
                copy.write_row(("cop\ty", Decimal("1.25")))
                copy.write_row((None, None))
            seen.append((cursor.rowcount, cursor.statusmessage))
            with cursor.copy("COPY p3 (name, price) FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["text", "numeric"])
                copy.write_row(("bin", Decimal("2.5")))
            with cursor.copy("COPY (SELECT id, name, at FROM p3 WHERE id <= 3 ORDER BY id) TO STDOUT") as copy:
                copy.set_types(["int4", "text", "timestamptz"])
                seen.append(list(copy.rows()))
            with cursor.copy(
                "COPY (SELECT id, name FROM p3 WHERE id <= %s ORDER BY id) TO STDOUT (FORMAT binary)", (2,)
            ) as copy:
                copy.set_types(["int4", "text"])
                seen.append(list(copy.rows()))
            with cursor.copy("COPY (SELECT E'a\\nb', 2) TO STDOUT (FORMAT csv)") as copy:
                seen.append([bytes(data) for data in copy])
            connection.rollback()
            with pytest.raises(ZeroDivisionError), cursor.copy("COPY p3 (name) FROM STDIN") as copy:
                raise ZeroDivisionError
            seen.append(connection.info.transaction_status)
            return seen

    twice(scenario)
