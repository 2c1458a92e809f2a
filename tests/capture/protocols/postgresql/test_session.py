"""What drivers and pools say for themselves, and what only looks like it."""

from __future__ import annotations

import pytest
from asyncpg import introspection

from flowtape.capture.protocols.postgresql.session import is_session
from flowtape.capture.protocols.postgresql.startup import STARTUP

SESSION = [
    "", " ;", "-- ping", STARTUP, "SET TIME ZONE 'UTC'", "set search_path to a, b", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "SHOW server_version", "show transaction isolation level", "RESET ALL", "DISCARD ALL", "UNLISTEN *", "DEALLOCATE ALL", "CLOSE ALL",
    'DEALLOCATE "_pg3_1"', "SELECT 1", "select 1;", "/* ping */ SELECT 1", "SELECT 1 AS ping", "SELECT version()", "select pg_catalog.version()",
    "select current_schema()", "SELECT current_setting('server_version_num')", "SELECT pg_advisory_unlock_all()",
    "SELECT set_config('TimeZone', $1, false)", "SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new",
    "SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'",
    "SELECT oid, typarray FROM pg_catalog.pg_type, pg_catalog.pg_namespace n WHERE typname = 'x'",
    'SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = "x"."y"',
    "SELECT c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
    introspection.INTRO_LOOKUP_TYPES, introspection.INTRO_LOOKUP_TYPES_13, introspection.TYPE_BY_NAME,
]  # fmt: skip

OWN = [
    "SELECT 1 FROM users", "SELECT id FROM users", "SET LOCAL statement_timeout = 1", "SET TRANSACTION READ ONLY", "SET CONSTRAINTS ALL DEFERRED",
    "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", 'CLOSE "cursor"', "LISTEN c", "SELECT now()", "SELECT set_config('a', 'b', true)",
    "SELECT count(*) FROM pg_stat_activity", "SELECT * FROM pg_type, users", "SELECT * FROM pg_type t, public.users u",
    "SELECT * FROM pg_type JOIN users u ON true", "SELECT * FROM pg_class WHERE oid IN (SELECT id FROM secret.pg_type)",
    "SELECT 1 FROM pg_type t, (SELECT 1 FROM users) x", "WITH x AS (DELETE FROM pg_type RETURNING 1) SELECT * FROM x",
    "INSERT INTO pg_type SELECT * FROM pg_class", "SELECT 1; DROP TABLE users", "SELECT version(), id FROM users", "SELECT nextval('s')",
    "SELECT * INTO t FROM pg_class", "SETTLE", "SELECT pg_advisory_lock(1)", "/* pg_type */ SELECT * FROM users",
    "SELECT 'FROM pg_type' FROM users",
]  # fmt: skip


@pytest.mark.parametrize("text", SESSION)
def test_session_traffic(text: str) -> None:
    assert is_session(text)


@pytest.mark.parametrize("text", OWN)
def test_the_services_own(text: str) -> None:
    assert not is_session(text)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "1," * 200_000,
        "SELECT x FROM pg_type " + "a " * 200_000 + "(",
        "SELECT '" + "''" * 200_000 + " pg_",
        "SELECT pg_ " + "/*" * 200_000,
        "SELECT pg_ " + "FROM a " * 200_000 + "(",
        "SELECT version(" + " " * 200_000,
        "WITH a AS (" * 20_000 + "pg_type",
        "SELECT pg_ FROM " + "a." * 2_000 + "(",
    ],
)
def test_hostile_text_is_judged_at_once(text: str) -> None:
    assert not is_session(text)
