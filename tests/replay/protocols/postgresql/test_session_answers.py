"""What is answered without a record."""

from __future__ import annotations

import pytest

from flowtape.capture import sql
from flowtape.capture.exchange import SqlResult
from flowtape.replay.protocols.postgresql.session_answers import Identity, session_answer
from flowtape.replay.protocols.postgresql.settings import Settings


def answer(text: str, *parameters: str) -> SqlResult | None:
    statement = sql.read(text)
    arguments = sql.arguments(statement, parameters)
    return session_answer(text, statement, arguments, Settings((), ()), Identity("ann", "shop", 7))


VALUES = {
    "SELECT 1": "1",
    "select -5;": "-5",
    "SELECT current_database()": "shop",
    "SELECT pg_catalog.current_schema() AS s": "public",
    "select current_user": "ann",
    "SELECT pg_backend_pid()": "7",
    "SELECT pg_advisory_unlock_all()": "",
    "SELECT pg_is_in_recovery()": "f",
    "SELECT set_config('TimeZone', 'UTC', false)": "UTC",
    "SELECT current_setting('server_encoding')": "UTF8",
    "SHOW standard_conforming_strings": "on",
    "show transaction isolation level": "read committed",
}


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_values(text: str, value: str) -> None:
    found = answer(text)
    assert found is not None
    assert found.rows == ((value,),)
    assert found.columns is not None


def test_the_version_is_one_that_drivers_can_read() -> None:
    found = answer("select pg_catalog.version()")
    assert found is not None
    assert str(found.rows[0][0]).startswith("PostgreSQL 16.")


TAGS = {
    "SET x = 1": "SET",
    "SET CONSTRAINTS ALL DEFERRED": "SET CONSTRAINTS",
    "RESET ALL": "RESET",
    "DISCARD ALL": "DISCARD ALL",
    "DISCARD TEMP": "DISCARD TEMP",
    "DEALLOCATE ALL": "DEALLOCATE ALL",
    'DEALLOCATE "a"': "DEALLOCATE",
    "CLOSE ALL": "CLOSE CURSOR ALL",
    "CLOSE c": "CLOSE CURSOR",
    "LISTEN c": "LISTEN",
    "UNLISTEN *": "UNLISTEN",
}


@pytest.mark.parametrize(("text", "tag"), TAGS.items())
def test_tags(text: str, tag: str) -> None:
    found = answer(text)
    assert found is not None
    assert (found.tag, found.columns) == (tag, None)


@pytest.mark.parametrize(
    "text",
    ["SELECT 'x'", "SELECT 1, 2", "SELECT now()", "SELECT version() FROM t", "SELECT current_setting('nonsense')",
     "SELECT a FROM t", "INSERT INTO t VALUES (1)", "SELECT set_config('a')", "NOTIFY c", "DELETE FROM t", "FETCH c"],
)  # fmt: skip
def test_anything_else_is_the_records(text: str) -> None:
    assert answer(text) is None


def test_an_unknown_parameter_is_an_error() -> None:
    found = answer("SHOW nonsense")
    assert found is not None
    assert found.error is not None
    assert found.error.field("C") == "42704"
