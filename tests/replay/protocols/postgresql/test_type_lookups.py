"""What drivers look up about PostgreSQL's own types is answered as a real PostgreSQL does."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import psycopg
import pytest
from asyncpg import introspection
from psycopg.types import TypeInfo

from flowtape.capture import sql
from flowtape.capture.exchange import SqlResult, SqlStatement
from flowtape.replay.protocols.postgresql.type_lookups import (
    BY_NAME,
    BY_OID,
    PSYCOPG,
    PSYCOPG2,
    lookup,
    lookup_answer,
    lookup_shape,
)

OIDS = [1000, 1007, 1009, 1016, 1231, 1185, 2951, 3807, 23, 3802]
HSTORE = "SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'"


async def looked_up(url: str) -> Any:
    connection = await asyncpg.connect(url, ssl=False)
    try:
        rows = await connection.fetch(introspection.INTRO_LOOKUP_TYPES, OIDS)
        names = [await connection.fetch(introspection.TYPE_BY_NAME, name, "pg_catalog") for name in ("json", "jsonb")]
        return sorted(map(repr, rows)), names
    finally:
        await connection.close()


def test_asyncpg_learns_of_types_what_it_learns_from_a_real_server(postgresql_server: Any, answering: Any) -> None:
    expected = asyncio.run(looked_up(postgresql_server.url))
    with answering([]) as (address, record):
        assert asyncio.run(looked_up(f"postgresql://ann@{address}/shop")) == expected
    assert record.misses == []


TYPES = """
    CREATE TYPE own_mood AS ENUM ('sad', 'glad');
    CREATE DOMAIN own_short AS varchar(9);
    CREATE TYPE own_pair AS (n int4, m own_mood, texts text[]);
"""
OWN = "SELECT oid FROM pg_type WHERE typname = ANY('{own_mood,_own_mood,own_short,own_pair}') ORDER BY typname"


async def looked_up_at_once(url: str, oids: list[list[int]]) -> list[list[Any]]:
    connection = await asyncpg.connect(url, ssl=False)
    try:
        found = [await connection.fetch(introspection.INTRO_LOOKUP_TYPES, each) for each in oids]
        return [[tuple(row) for row in rows] for rows in found]
    finally:
        await connection.close()


def test_of_the_databases_own_types_any_recorded_answer_tells(
    postgresql_server: Any, answering: Any, recorded: Any
) -> None:
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        connection.execute(TYPES)
        try:
            array, mood, pair, short = (row[0] for row in connection.execute(OWN))
            ways = [[mood], [array], [short, mood], [pair], [1016, pair, array], [mood, array]]
            expected = asyncio.run(looked_up_at_once(postgresql_server.url, ways))
            (rows,) = asyncio.run(looked_up_at_once(postgresql_server.url, [[array, short, pair, 1015]]))
        finally:
            connection.execute("DROP TYPE own_pair; DROP DOMAIN own_short; DROP TYPE own_mood")
    told = tuple(tuple(None if value is None else written(value) for value in row) for row in rows)
    question = SqlStatement(introspection.INTRO_LOOKUP_TYPES, (f"{{{array},{short},{pair},1015}}",), (1028,))
    known = recorded(question, SqlResult(lookup_shape(BY_OID).columns, told, f"SELECT {len(told)}"), session=True)
    with answering([known]) as (address, record):
        found = asyncio.run(looked_up_at_once(f"postgresql://ann@{address}/shop", ways))
    assert [sorted(map(repr, rows)) for rows in found] == [sorted(map(repr, rows)) for rows in expected]
    assert [[row[10] for row in rows] for rows in found] == [[row[10] for row in rows] for rows in expected]
    assert record.misses == []


def written(value: Any) -> str:
    """As PostgreSQL writes it."""
    if isinstance(value, list):
        return "{" + ",".join(map(str, value)) + "}"
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("name", ["hstore", "jsonb", "uuid"])
def test_psycopg_learns_of_types_what_it_learns_from_a_real_server(
    postgresql_server: Any, answering: Any, name: str
) -> None:
    def fetched(url: str) -> Any:
        with psycopg.connect(url, sslmode="disable") as connection:
            info = TypeInfo.fetch(connection, name)
            return info and (info.name, info.oid, info.array_oid, info.regtype, info.delimiter)

    expected = fetched(postgresql_server.url)
    with answering([]) as (address, _):
        assert fetched(f"postgresql://ann@{address}/shop") == expected


def test_a_type_of_the_databases_own_is_a_question_to_the_record(answering: Any) -> None:
    with (
        answering([]) as (address, record),
        psycopg.connect(f"postgresql://ann@{address}/shop", sslmode="disable") as connection,
        pytest.raises(psycopg.Error, match="never"),
    ):
        TypeInfo.fetch(connection, "mood")
    assert record.misses


def test_lookups_are_known_by_their_columns() -> None:
    assert lookup(sql.read(introspection.INTRO_LOOKUP_TYPES)) is BY_OID
    assert lookup(sql.read(introspection.TYPE_BY_NAME)) is BY_NAME
    assert lookup(sql.read(HSTORE)) is PSYCOPG2
    assert lookup(sql.read("SELECT typname AS name, oid FROM pg_type")) is None
    assert lookup(sql.read("SELECT oid, typarray FROM types")) is None


def test_what_is_not_known_has_no_answer() -> None:
    statement = sql.read(HSTORE)
    assert lookup_answer(PSYCOPG2, statement, ("hstore",)) is not None
    assert lookup_answer(PSYCOPG2, statement, ("mood",)) is None
    assert lookup_answer(PSYCOPG, statement, (None,)) is None
    assert lookup_answer(BY_OID, sql.read(introspection.INTRO_LOOKUP_TYPES), ("{99999}",) * 20) is None
