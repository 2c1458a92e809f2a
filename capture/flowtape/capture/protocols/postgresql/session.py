"""What counts as session traffic: said to set a connection up, keep it, or hand it back, and so no part of what a flow asks.

The rules come from what drivers and pools were seen to say: psycopg, psycopg2, asyncpg, SQLAlchemy, Django, JDBC, pgx. In doubt
a statement is not session traffic: it is then recorded and asserted as the service's own.
"""

from __future__ import annotations

import re
from functools import lru_cache

from flowtape.capture.protocols.postgresql.split import bare
from flowtape.capture.protocols.postgresql.startup import STARTUP

LONGEST = 10_000
"""No driver's own question is longer; the patterns below are not run over what is."""

_SHORT = 1000
_REMEMBERED = 512
"""Services say the same statements again and again: the judgement of so many short ones is remembered."""

_SETTING = re.compile(
    r"(?:SET(?!\s+(?:LOCAL|TRANSACTION|CONSTRAINTS)\b)|SHOW|RESET|DISCARD|UNLISTEN|DEALLOCATE|CLOSE\s+ALL)\b",
    re.IGNORECASE,
)
_ASKED_OF_A_CONNECTION = (
    r"version|current_schema|current_schemas|current_database|current_catalog|current_user|session_user|current_role|user"
    r"|pg_backend_pid|pg_is_in_recovery|pg_advisory_unlock_all|inet_server_addr|current_setting"
)
_ITEM = rf"""(?:
        -?\d+ | 'x?' | true | NULL
        | (?:pg_catalog\.)? (?:{_ASKED_OF_A_CONNECTION}) (?: \s* \( [^();]* \) )?
        | (?:pg_catalog\.)? set_config \s* \( [^();]* , \s* (?:false|'f'|'false'|'0') \s* \)
    ) (?: (?:\s+ AS)? \s+ "?\w+"? )?"""
_PING = re.compile(rf"SELECT \s+ {_ITEM} (?: \s*,\s* {_ITEM} )* \s* ;*", re.IGNORECASE | re.VERBOSE)
_STRING_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r'(?:"[^"]+"|\w+)(?:\s*\.\s*(?:"[^"]+"|\w+))*'
_TABLE = rf"(?:LATERAL\s+)?(?:ONLY\s+)?{_NAME}"
_TABLES = re.compile(rf"\b(?:FROM|JOIN)\s+({_TABLE}|\()", re.IGNORECASE)
_COMMON = re.compile(
    r"(?:\bWITH\s+(?:RECURSIVE\s+)?|\)\s*,\s*)(\w+)\s*(?:\([^()]*\)\s*)?AS\s+(?:NOT\s+)?(?:MATERIALIZED\s*)?\(",
    re.IGNORECASE,
)
_ALIAS = r"(?:\s+(?:AS\s+)?\w+)?"
_LISTED = re.compile(rf"\bFROM\s+({_NAME}{_ALIAS}(?:\s*,\s*{_NAME}{_ALIAS})*)\s*(,?)", re.IGNORECASE)
_READ = re.compile(r"(?:SELECT|WITH)\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|INTO)\b", re.IGNORECASE)

CATALOGS = frozenset(
    [
        "pg_am",
        "pg_attrdef",
        "pg_attribute",
        "pg_cast",
        "pg_class",
        "pg_collation",
        "pg_constraint",
        "pg_depend",
        "pg_description",
        "pg_enum",
        "pg_extension",
        "pg_index",
        "pg_indexes",
        "pg_inherits",
        "pg_language",
        "pg_matviews",
        "pg_namespace",
        "pg_opclass",
        "pg_operator",
        "pg_proc",
        "pg_range",
        "pg_rewrite",
        "pg_sequence",
        "pg_sequences",
        "pg_settings",
        "pg_tables",
        "pg_trigger",
        "pg_type",
        "pg_views",
        "pg_timezone_names",
        "pg_shdescription",
    ]
)
"""Catalogs that drivers and mappers look types and tables up in. What tells of the server's work (pg_stat_…) is not among them."""

_FUNCTIONS = frozenset({"unnest", "generate_series", "generate_subscripts", "pg_get_keywords"})


def is_session(text: str) -> bool:
    """Whether one statement is session traffic; an empty one is (pools ping with it)."""
    return _judge_again(text) if len(text) <= _SHORT else _judge(text)


@lru_cache(maxsize=_REMEMBERED)
def _judge_again(text: str) -> bool:
    return _judge(text)


def _judge(text: str) -> bool:
    statement = bare(text)
    if not statement or statement.strip("; \t\r\n") == "" or text == STARTUP:
        return True
    if _SETTING.match(statement):
        return True
    if len(statement) > LONGEST:
        return False
    stripped = _STRING_OR_COMMENT.sub(lambda found: found[0] if found[0][0] == "'" else " ", statement).strip()
    return _PING.fullmatch(stripped) is not None or _is_introspection(statement)


def _is_introspection(statement: str) -> bool:
    """Whether it reads the catalogs of types and tables and nothing else."""
    if "pg_" not in statement.lower() or not _READ.match(statement):
        return False
    code = _STRING_OR_COMMENT.sub("''", statement)
    tables = [table for table in _TABLES.findall(code) if table != "("]
    if not tables or _WRITES.search(code):
        return False
    for names, more in _LISTED.findall(code):
        if more:  # something follows that is no plain name: who knows what
            return False
        tables += [re.split(r"\s", name.strip(), maxsplit=1)[0] for name in names.split(",")]
    known = CATALOGS | _FUNCTIONS | {name.lower() for name in _COMMON.findall(code)}
    found = {_bare_name(table) for table in tables}
    return found <= known and not found.isdisjoint(CATALOGS)


def _bare_name(table: str) -> str:
    """The table's name less pg_catalog and quotes; with any other schema, the whole."""
    words = re.sub(r"^(?:LATERAL\s+)?(?:ONLY\s+)?", "", table, flags=re.IGNORECASE)
    name = re.sub(r'[\s"]', "", words).lower()
    return name.removeprefix("pg_catalog.")
