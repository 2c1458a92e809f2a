"""SQL exchanges: literals in the text, parameters, rows, error fields and COPY data, each by the column that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from flowtape.capture.exchange import Column, SqlNotice, SqlResult, SqlStatement, Value
from flowtape.capture.sanitise import sql
from flowtape.capture.sanitise.copying import copied
from flowtape.capture.sanitise.names import BARE_NAME
from flowtape.capture.sanitise.pseudonyms import network
from flowtape.capture.sanitise.pseudonyms.registry import KEEP, KINDS
from flowtape.capture.sanitise.sql import ColumnName, Columns
from flowtape.capture.sanitise.visitor import Visitor, content, leaf

BOOL, BYTEA, BIGINT, UUID, DATE = 16, 17, 20, 2950, 1082
INTEGERS = {21: 2**15, 23: 2**31, 20: 2**63, 26: 2**32}
FLOATS = frozenset({700, 701, 1700, 790})
TIMES = frozenset({1083, 1114, 1184, 1186, 1266})
NETWORKS = frozenset({650, 869, 829, 774})
_FREE_FIELDS = frozenset("MDHWq")
"""The fields of an error that may tell of values (PostgreSQL, "Error and Notice Message Fields")."""
CATALOG = re.compile(r"\b(?:pg_catalog|information_schema|pg_[a-z]+)\b", re.IGNORECASE)
"""What drivers ask about types and tables: a `name` in it is nobody's."""
_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*+)"|[^{},"]+')


def statement(visitor: Visitor, asked: SqlStatement) -> SqlStatement:
    columns = sql.columns(asked.text)
    types = asked.parameter_types
    return replace(
        asked,
        text=_text(visitor, asked.text, columns),
        parameters=tuple(
            cell(
                visitor,
                _kind(visitor, columns.parameters.get(place + 1)),
                value,
                types[place] if place < len(types) else 0,
            )
            for place, value in enumerate(asked.parameters)
        ),
        copy_in=_copied(visitor, asked.text, columns, asked.copy_in),
    )


def result(visitor: Visitor, asked: SqlStatement, answer: SqlResult) -> SqlResult:
    columns = sql.columns(asked.text)
    kinds = _outputs(visitor, columns, answer.columns or ())
    if CATALOG.search(asked.text):
        kinds = [("" if kind == BARE_NAME else kind, oid) for kind, oid in kinds]
    return replace(
        answer,
        rows=tuple(_row(visitor, kinds, row) for row in answer.rows),
        error=notice(visitor, answer.error) if answer.error else None,
        notices=tuple(notice(visitor, one) for one in answer.notices),
        copy_out=_copied(visitor, asked.text, columns, answer.copy_out),
    )


def _row(visitor: Visitor, kinds: Sequence[tuple[str, int]], row: tuple[Value, ...]) -> tuple[Value, ...]:
    made = []
    for place, value in enumerate(row):
        kind, oid = kinds[place] if place < len(kinds) else ("", 0)
        made.append(cell(visitor, kind, value, oid))
    return tuple(made)


def notice(visitor: Visitor, told: SqlNotice) -> SqlNotice:
    return SqlNotice(
        tuple((code, visitor.text(value) if code in _FREE_FIELDS else value) for code, value in told.fields)
    )


def _kind(visitor: Visitor, name: ColumnName | None) -> str:
    return visitor.policy.column(name.table, name.column) if name else ""


def _outputs(visitor: Visitor, columns: Columns, described: Sequence[Column]) -> list[tuple[str, int]]:
    """The kind and the type of each column of the result: by its origin, else by its own name."""
    origins = columns.outputs if len(columns.outputs) == len(described) else (None,) * len(described)
    siblings = frozenset(column.name for column in described)
    found = []
    for column, origin in zip(described, origins, strict=True):
        kind = _kind(visitor, origin)
        if not kind and not (origin and origin.column == column.name):
            kind = visitor.policy.field(column.name, "", siblings)
        found.append((kind, column.type))
    return found


def _text(visitor: Visitor, text: str, columns: Columns) -> str:
    parts, end, constant = [], 0, 0
    for piece in sql.lex(text):
        source = text[piece.start : piece.end]
        if piece.kind == "parameter":
            continue
        if piece.kind == "comment":
            made = visitor.text(source)
        else:
            place = _kind(visitor, columns.literals.get(constant))
            constant += 1
            new = cell(visitor, place, piece.value, 0 if piece.quote else BIGINT)
            made = source if new == piece.value or not isinstance(new, str) else piece.written(new)
        parts += [text[end : piece.start], made]
        end = piece.end
    return "".join(parts) + text[end:]


def _copied(visitor: Visitor, text: str, columns: Columns, data: bytes | None) -> bytes | None:
    if not data:
        return data
    kinds = [_kind(visitor, name) for name in columns.copy]

    def one(place: int, value: str) -> str:
        made = cell(visitor, kinds[place] if place < len(kinds) else "", value, 0)
        return made if isinstance(made, str) else value

    return copied(visitor, text, data, one)


def cell(visitor: Visitor, kind: str, value: Value, oid: int) -> Value:
    """One value of a column of PostgreSQL type `oid`: what shall stand there is of that type too."""
    if value is None or kind == KEEP or value == "":
        return value
    if isinstance(value, bytes):
        return content(visitor, value, kind)
    if oid == BOOL or (oid == UUID and not (kind in KINDS and KINDS[kind].secret)):
        return value
    if oid in INTEGERS or oid in FLOATS:
        return _number(visitor, kind, value, INTEGERS.get(oid, 0))
    if oid == DATE or oid in TIMES:
        return visitor.value(kind, value) if kind == "birth_date" else value
    if oid in NETWORKS:
        return visitor.value("ip", value) if network.read(value) else value
    if oid == BYTEA and value.startswith("\\x"):
        return _hexadecimal(visitor, kind, value)
    if value[0] == "{" and value[-1] == "}" and not _is_json(value, oid):
        return _ELEMENT.sub(lambda found: _element(visitor, kind, found), value)
    return leaf(visitor, kind, value)


def _is_json(value: str, oid: int) -> bool:
    return oid in {114, 3802} or value[1:2] == "}" or re.match(r'\{\s*"(?:[^"\\]|\\.)*+"\s*:', value) is not None


def _number(visitor: Visitor, kind: str, value: str, limit: int) -> str:
    if not kind or not value.isdigit():
        return value
    made = visitor.value(kind, value)
    if not made.isdigit():
        return value
    return made if not limit or int(made) < limit else str(int(made) % limit)


def _hexadecimal(visitor: Visitor, kind: str, value: str) -> str:
    try:
        data = bytes.fromhex(value[2:])
    except ValueError:
        return leaf(visitor, kind, value)
    made = content(visitor, data, kind)
    return value if made == data else "\\x" + made.hex()


def _element(visitor: Visitor, kind: str, found: re.Match[str]) -> str:
    quoted = found[1]
    plain = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted is not None else found[0]
    if quoted is None and plain.upper() == "NULL":
        return found[0]
    made = cell(visitor, kind, plain, 0)
    if made == plain or not isinstance(made, str):
        return found[0]
    escaped = made.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if quoted is not None or re.search(r'[{},"\\\s]', made) else made
