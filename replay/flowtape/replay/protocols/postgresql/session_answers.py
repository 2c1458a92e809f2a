"""What a server can answer by itself: settings, its version, a ping. The record comes first; these are for what it lacks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flowtape.capture.exchange import Column, SqlResult, Value
from flowtape.capture.sql.statement import Statement
from flowtape.replay.protocols.postgresql.errors import notice
from flowtape.replay.protocols.postgresql.settings import Settings, show_name

BOOL, NAME, INT4, TEXT, VOID = 16, 19, 23, 25, 2278
_SIZES = {BOOL: 1, NAME: 64, INT4: 4, VOID: 4}

_TAGS = {
    "SET": "SET",
    "RESET": "RESET",
    "LISTEN": "LISTEN",
    "UNLISTEN": "UNLISTEN",
    "DISCARD": "DISCARD",
    "DEALLOCATE": "DEALLOCATE",
    "CLOSE": "CLOSE CURSOR",
}
_CALL = re.compile(r"\s*select\s+(?:pg_catalog\s*\.\s*)?(\w+)\s*(?:\(\s*\))?\s*(?:as\s+\w+\s*)?;?\s*", re.IGNORECASE)
_CALL_SETTING = re.compile(r"\s*select\s+(?:pg_catalog\s*\.\s*)?(set_config|current_setting)\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a session is."""

    user: str
    database: str
    process_id: int


def row(name: str, type_: int, value: Value) -> SqlResult:
    """One row of one column."""
    return SqlResult(columns=(Column(name, type_, size=_SIZES.get(type_, -1)),), rows=((value,),), tag="SELECT 1")


def session_answer(
    text: str, statement: Statement, arguments: tuple[Value, ...], settings: Settings, identity: Identity
) -> SqlResult | None:
    """The answer to what every server can answer, None to anything else.

    It changes nothing: what SET says is applied by whoever sends the answer.
    """
    if statement.verb == "SHOW":
        return _show(text, settings)
    if statement.verb in _TAGS:
        everything = statement.canonical.split()[-1:] == ["all"]
        tag = _TAGS[statement.verb]
        if statement.canonical.startswith("set constraints"):
            return SqlResult(tag="SET CONSTRAINTS")
        if statement.verb == "DISCARD":
            return SqlResult(tag=statement.canonical.upper())
        return SqlResult(tag=f"{tag} ALL" if everything and statement.verb in {"DEALLOCATE", "CLOSE"} else tag)
    if statement.verb != "SELECT" or statement.tables:
        return None
    if statement.canonical == "SELECT ?" and len(statement.literals) == 1:
        return _literal(statement.literals[0])
    if setting := _CALL_SETTING.match(text):
        return _setting(setting[1].lower(), arguments, settings)
    call = _CALL.fullmatch(text)
    return _call(call[1].lower(), settings, identity) if call else None


def _show(text: str, settings: Settings) -> SqlResult:
    name = show_name(text)
    value = settings.get(name)
    if value is None:
        return SqlResult(error=notice("ERROR", "42704", f'unrecognized configuration parameter "{name}"'))
    answer = row(settings.spelled(name), TEXT, value)
    return SqlResult(columns=answer.columns, rows=answer.rows, tag="SHOW")


def _literal(value: Value) -> SqlResult | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value):
        return row("?column?", INT4, value)
    return None


def _setting(function: str, arguments: tuple[Value, ...], settings: Settings) -> SqlResult | None:
    if function == "set_config" and len(arguments) == 3:
        return row("set_config", TEXT, arguments[1])
    if function == "current_setting" and len(arguments) == 4:
        # asyncpg, before it looks types up: SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new
        names = (Column("cur", TEXT), Column("new", TEXT))
        return SqlResult(names, ((settings.get(str(arguments[0])), arguments[2]),), "SELECT 1")
    if function == "current_setting" and len(arguments) == 1:
        value = settings.get(str(arguments[0]))
        return None if value is None else row("current_setting", TEXT, value)
    return None


def _call(function: str, settings: Settings, identity: Identity) -> SqlResult | None:
    match function:
        case "version":
            version = settings.get("server_version")
            return row("version", TEXT, f"PostgreSQL {version} (flowtape), 64-bit")
        case "current_schema":
            return row(function, NAME, "public")
        case "current_database" | "current_catalog":
            return row(function, NAME, identity.database)
        case "current_user" | "session_user" | "user":
            return row(function, NAME, identity.user)
        case "pg_backend_pid":
            return row(function, INT4, str(identity.process_id))
        case "pg_advisory_unlock_all":
            return row(function, VOID, "")
        case "pg_is_in_recovery":
            return row(function, BOOL, "f")
    return None
