"""What drivers look up about PostgreSQL's own types, which are the same in every database: so that a driver can answer for another.

asyncpg asks for every type that it has no codec for, arrays among them, and for several at once, which are others from run to run: of a
type of the database's own the record has to tell, but in whatever answer. psycopg and SQLAlchemy ask whether there is `hstore`, which
is not PostgreSQL's own: where the record does not say, there is none. Any other type by its name is a question to the record.
"""

from __future__ import annotations

from collections.abc import Iterable

from flowtape.capture import sql
from flowtape.capture.exchange import Column, SqlResult, Value
from flowtape.capture.protocols.postgresql.containers import array_elements
from flowtape.capture.protocols.postgresql.values import ARRAY_ELEMENTS
from flowtape.capture.sql.statement import Statement
from flowtape.replay.source import Shape

CHAR, NAME, INT4, TEXT, OID, TEXT_ARRAY, OID_ARRAY = 18, 19, 23, 25, 26, 1009, 1028
NAMES = {
    16: ("bool", "boolean"), 17: ("bytea", "bytea"), 18: ("char", '"char"'), 19: ("name", "name"), 20: ("int8", "bigint"),
    21: ("int2", "smallint"), 23: ("int4", "integer"), 25: ("text", "text"), 26: ("oid", "oid"), 114: ("json", "json"),
    700: ("float4", "real"), 701: ("float8", "double precision"), 869: ("inet", "inet"), 1042: ("bpchar", "character"),
    1043: ("varchar", "character varying"), 1082: ("date", "date"), 1083: ("time", "time without time zone"),
    1114: ("timestamp", "timestamp without time zone"), 1184: ("timestamptz", "timestamp with time zone"),
    1186: ("interval", "interval"), 1266: ("timetz", "time with time zone"), 1700: ("numeric", "numeric"),
    2950: ("uuid", "uuid"), 3802: ("jsonb", "jsonb"),
}  # fmt: skip
"""The name and the full name of each type."""
_OIDS = {name: oid for oid, (name, _) in NAMES.items()}
_ARRAYS = {element: array for array, element in ARRAY_ELEMENTS.items()}
ABSENT = frozenset({"hstore"})
Row = tuple[Value, ...]

BY_OID = (
    ("oid", OID), ("ns", NAME), ("name", NAME), ("kind", CHAR), ("basetype", OID), ("elemtype", OID), ("elemdelim", CHAR),
    ("range_subtype", OID), ("attrtypoids", OID_ARRAY), ("attrnames", TEXT_ARRAY), ("depth", INT4), ("basetype_name", TEXT),
    ("elemtype_name", TEXT), ("range_subtype_name", TEXT),
)  # fmt: skip
BY_NAME = (("oid", OID), ("elemtype", OID), ("kind", CHAR))
PSYCOPG = (("name", NAME), ("oid", OID), ("array_oid", OID), ("regtype", TEXT), ("delimiter", CHAR))
PSYCOPG2 = (("oid", OID), ("typarray", OID))
_PARAMETERS = {BY_OID: (OID_ARRAY,), BY_NAME: (NAME, NAME), PSYCOPG: (TEXT,), PSYCOPG2: ()}


def lookup(statement: Statement) -> tuple[tuple[str, int], ...] | None:
    """Which of the drivers' questions it is, by the columns that it asks for; None if it is none."""
    if statement.kind != "read" or "pg_type" not in {name.rpartition(".")[2] for name in statement.tables}:
        return None
    if "typeinfo_tree" in statement.canonical or statement.canonical.startswith(
        "WITH RECURSIVE q1(oid, ns, name, kind"
    ):
        return BY_OID
    listed = sql.listed(statement.canonical)
    labels = [each.output.label for each in listed.given] if listed is not None else []
    return next((each for each in (BY_NAME, PSYCOPG, PSYCOPG2) if [name for name, _ in each] == labels), None)


def lookup_shape(asked: tuple[tuple[str, int], ...]) -> Shape:
    return Shape(_PARAMETERS[asked], tuple(Column(name, type_) for name, type_ in asked))


def lookup_answer(
    asked: tuple[tuple[str, int], ...],
    statement: Statement,
    arguments: tuple[Value, ...],
    recorded: Iterable[SqlResult] = (),
) -> SqlResult | None:
    """None for a type that only the database knows, if it is in none of the `recorded` answers to the same statement."""
    if asked is BY_OID:
        rows = _by_oid([arguments[index] for index in sorted(statement.lists)], recorded)
    else:
        rows = _by_name(asked, [each for each in arguments if each != "pg_catalog"])
    return None if rows is None else SqlResult(lookup_shape(asked).columns, tuple(rows), f"SELECT {len(rows)}")


def _by_oid(lists: list[Value], recorded: Iterable[SqlResult]) -> list[Row] | None:
    """The types that are wanted and those that they are made of, which come before them."""
    told = {row[_OID]: row for answer in recorded for row in answer.rows if len(row) == len(BY_OID)}
    found: dict[tuple[str, int], Row] = {}
    try:
        left = [(str(each), 0) for each in array_elements(str(lists[0]))]
        while left:
            oid, depth = left.pop(0)
            row = told.get(oid) or _described(int(oid))
            found[oid, depth] = (*row[:_DEPTH], str(depth), *row[_DEPTH + 1 :])
            left += [(part, depth + 1) for part in _parts(row) if (part, depth + 1) not in found]
    except (ValueError, IndexError, LookupError):
        return None
    return [found[place] for place in sorted(found, key=lambda place: -place[1])]


_OID, _DEPTH = (index for index, (name, _) in enumerate(BY_OID) if name in {"oid", "depth"})
_MADE_OF = [index for index, (name, _) in enumerate(BY_OID) if name in {"basetype", "elemtype", "range_subtype"}]
_ATTRIBUTES = next(index for index, (name, _) in enumerate(BY_OID) if name == "attrtypoids")


def _parts(row: Row) -> list[str]:
    """The OIDs of those that a type is made of."""
    attributes = [] if row[_ATTRIBUTES] is None else array_elements(str(row[_ATTRIBUTES]))
    return [str(each) for each in (*(row[index] for index in _MADE_OF), *attributes) if each not in (None, "0")]


def _described(oid: int) -> Row:
    """A type of PostgreSQL's own, and an array of one. Raises LookupError."""
    element = ARRAY_ELEMENTS.get(oid, 0)
    if (element or oid) not in NAMES:
        raise LookupError(oid)
    name, of = ("_" + NAMES[element][0], NAMES[element][1]) if element else (NAMES[oid][0], "-")
    comma = "," if element else None
    return (str(oid), "pg_catalog", name, "b", None, str(element), comma, None, None, None, "0", None, of, None)


def _by_name(asked: tuple[tuple[str, int], ...], names: list[Value]) -> list[Row] | None:
    name = names[0] if len(names) == 1 else None
    if name in ABSENT:
        return []
    oid = _OIDS.get(str(name))
    if oid is None:
        return None
    if asked is BY_NAME:
        return [(str(oid), "0", "b")]
    array = str(_ARRAYS.get(oid, 0))
    return [(name, str(oid), array, NAMES[oid][1], ",")] if asked is PSYCOPG else [(str(oid), array)]
