"""Which column a parameter, a literal in the text, or a column of the result is.

Every value in a statement's text (`$1`, 'text', a long number) is put behind a name of its own, the rest is parsed by sqlglot,
and each name climbs the tree until it meets the column that it is compared with, assigned to or inserted into. What is found
depends on the text without its values alone, and is remembered under that.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

MAX_TEXT = 40_000
"""A longer statement is not parsed: its values are known by their shapes alone."""
MAX_DEPTH = 8
MAX_NESTING = 60
MARK = "flowtape_value_"


class ColumnName(NamedTuple):
    """`table` is "" where it is not known."""

    table: str
    column: str


class Piece(NamedTuple):
    """`text[start:end]` is a "literal" (or a "typed" one, behind the name of its type), a "parameter" or a "comment".

    `value` is a literal without its quotes, `quote` what it begins with: "" for a number.
    """

    kind: str
    start: int
    end: int
    value: str
    quote: str

    def written(self, value: str) -> str:
        """`value` as this literal is written."""
        if self.quote == "'":
            return "'" + value.replace("'", "''") + "'"
        if self.quote in {"e'", "E'"}:
            escaped = (
                value.replace("\\", "\\\\")
                .replace("'", "''")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t")
            )
            return f"{self.quote}{escaped}'"
        if self.quote.startswith("$"):
            safe = self.quote if "$" not in value else "$flowtape$"
            while safe[:-1] in value:
                safe = f"{safe[:-1]}_$"
            return f"{safe}{value}{safe}"
        return value


@dataclass(frozen=True, slots=True)
class Columns:
    """`parameters[1]` is the column of `$1`; `literals` and `outputs` are in the text's order; None where it is not known."""

    parameters: dict[int, ColumnName]
    literals: dict[int, ColumnName]
    outputs: tuple[ColumnName | None, ...] = ()
    copy: tuple[ColumnName, ...] = ()
    parsed: bool = True


_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*(?:\*/|\Z))
    |(?P<escaped>(?<![\w$])[eE]'(?:[^'\\]|\\.|'')*+(?:'|\Z))
    |(?P<string>'(?:[^']|'')*+(?:'|\Z))
    |(?P<dollar>(?<![\w$])\$(?P<tag>[^\W\d]\w*+)?+\$)
    |(?P<quoted>"[^"]*+(?:"|\Z))
    |(?P<parameter>\$\d{1,5}(?!\w))
    |(?P<word>[^\W\d][\w$]*+)
    |(?P<number>(?<![\w.])\d{5,40}(?![\w.]))
    |(?P<cast>::)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))|''", re.DOTALL)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_TYPED = frozenset("interval date timestamp timestamptz time timetz zone bit x b n u".split())
"""A string behind one of these words is a constant of that type: the parser wants to see it."""
_COPY = re.compile(r"\s*copy\s+(?P<table>[\w.\"]+)\s*(?:\((?P<columns>[^)]*)\))?\s*(?:from|to)\s", re.IGNORECASE)
_COPY_QUERY = re.compile(r"\s*copy\s*\((?P<query>.*)\)\s*to\s", re.IGNORECASE | re.DOTALL)
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike,
             exp.RegexpILike, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between, exp.PropertyEQ)  # fmt: skip


def lex(text: str) -> Iterator[Piece]:
    """Literals, parameters and comments, in order; linear, whatever the text is."""
    position, before = 0, ""
    while match := _TOKEN.search(text, position):
        kind, start, position = match.lastgroup or "", match.start(), match.end()
        if match["dollar"] is not None:
            close = text.find(match["dollar"], position)
            inner = text[position:close] if close >= 0 else text[position:]
            position = close + len(match["dollar"]) if close >= 0 else len(text)
            yield Piece("literal", start, position, inner, match["dollar"])
        elif kind == "escaped":
            yield Piece("literal", start, position, _unescaped(match[0]), match[0][:2])
        elif kind == "string":
            inner = match[0][1:].removesuffix("'").replace("''", "'")
            yield Piece("typed" if before in _TYPED else "literal", start, position, inner, "'")
        elif kind in {"parameter", "number", "comment"}:
            yield Piece("literal" if kind == "number" else kind, start, position, match[0], "")
        before = match[0].lower() if kind == "word" else ""


def columns(text: str) -> Columns:
    """Never raises: of a text that sqlglot cannot read, nothing is known."""
    copy = _COPY.match(text)
    if copy:
        return _copy(copy)
    query = _COPY_QUERY.match(text)
    if query:
        inner = columns(query["query"])
        return Columns({}, {}, inner.outputs, tuple(name or ColumnName("", "") for name in inner.outputs))
    folded, parameters, constants = _fold(text)
    found = _read(folded) if len(folded) <= MAX_TEXT else _UNKNOWN
    names = found.literals
    return Columns(
        {number: names[place] for place, number in parameters.items() if place in names},
        {number: names[place] for place, number in constants.items() if place in names},
        found.outputs,
        parsed=found.parsed,
    )


def _fold(text: str) -> tuple[str, dict[int, int], dict[int, int]]:
    """The text with a name for each value; which name is which parameter (from 1), and which constant (from 0)."""
    parts, end, place, constant = [], 0, 0, 0
    parameters: dict[int, int] = {}
    constants: dict[int, int] = {}
    for kind, start, stop, value, _ in lex(text):
        if kind == "comment":
            parts += [text[end:start], " "]
            end = stop
            continue
        if kind == "typed":
            constant += 1
            continue
        if kind == "parameter":
            parameters[place] = int(value[1:])
        else:
            constants[place] = constant
            constant += 1
        parts += [text[end:start], f" :{MARK}{place} "]
        end = stop
        place += 1
    return "".join(parts) + text[end:], parameters, constants


def _unescaped(source: str) -> str:
    def one(match: re.Match[str]) -> str:
        if match[0] == "''":
            return "'"
        code = match[1] or match[2] or match[3]
        number = int(code, 16) if code else int(match[4], 8) if match[4] else None
        if number is None:
            return _CONTROL.get(match[5], match[5])
        return chr(number) if number <= 0x10FFFF else "\ufffd"

    return _ESCAPE.sub(one, source[2:].removesuffix("'"))


def _copy(match: re.Match[str]) -> Columns:
    table = match["table"].rpartition(".")[2].strip('"')
    listed = (match["columns"] or "").split(",")
    return Columns({}, {}, copy=tuple(ColumnName(table, name.strip().strip('"')) for name in listed if name.strip()))


logging.getLogger("sqlglot").setLevel(logging.ERROR)  # its warnings quote statements, values and all

_UNKNOWN = Columns({}, {}, parsed=False)


@lru_cache(maxsize=4096)
def _read(folded: str) -> Columns:
    if folded.count("(") > 4 * MAX_NESTING and _nesting(folded) > MAX_NESTING:
        return _UNKNOWN
    try:
        tree = sqlglot.parse_one(folded, dialect="postgres")
        if isinstance(tree, exp.Command):
            return _UNKNOWN
        resolver = _Resolver(tree)
        values = {
            int(node.name.removeprefix(MARK)): name
            for node in tree.find_all(exp.Placeholder)
            if node.name.startswith(MARK) and (name := resolver.of_value(node)) is not None
        }
        return Columns({}, values, tuple(resolver.outputs()))
    except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, KeyError, IndexError):
        # Strangers write SQL: whatever the parser trips over, nothing is known of this text.
        return _UNKNOWN


def _nesting(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest


class _Resolver:
    """Names in one parsed statement."""

    def __init__(self, tree: exp.Expr) -> None:
        self.tree = tree
        self.sources: dict[str, exp.Expr] = {}
        for table in tree.find_all(exp.Table):
            self.sources.setdefault(table.alias_or_name.lower(), table)
        for part in tree.find_all(exp.CTE, exp.Subquery):
            if part.alias:
                self.sources[part.alias.lower()] = part
        self.only = self._only_table()

    def _only_table(self) -> str:
        local = {cte.alias.lower() for cte in self.tree.find_all(exp.CTE)}
        tables = {
            table.name for table in self.tree.find_all(exp.Table) if table.name and table.name.lower() not in local
        }
        return tables.pop() if len(tables) == 1 else ""

    def of_value(self, node: exp.Expr) -> ColumnName | None:
        child: exp.Expr = node
        places: list[int] = []
        for _ in range(40):
            parent = child.parent
            if parent is None:
                return None
            if isinstance(parent, exp.Tuple):
                places.append(next((i for i, one in enumerate(parent.expressions) if one is child), 0))
            found = self._here(parent, child, places)
            if found is not None:
                return found
            if isinstance(parent, (exp.Select, exp.Limit, exp.Offset, exp.JSONExtract, exp.JSONExtractScalar)):
                return None
            child = parent
        return None

    def _here(self, parent: exp.Expr, child: exp.Expr, places: list[int]) -> ColumnName | None:
        if isinstance(parent, _COMPARED):
            return self._compared(parent, child, places)
        if isinstance(parent, exp.Insert):
            return self._inserted(parent, places)
        if isinstance(parent, exp.Select) and any(one is child for one in parent.expressions):
            return self._selected(parent, child)
        return self._unnested(parent, child) if isinstance(parent, exp.Unnest) else None

    def _compared(self, parent: exp.Expr, child: exp.Expr, places: list[int]) -> ColumnName | None:
        for other in parent.iter_expressions():
            if other is child:
                continue
            unwrapped = other.unnest()
            if isinstance(unwrapped, exp.Tuple) and places:
                place = places[-1] if len(unwrapped.expressions) > places[-1] else 0
                unwrapped = unwrapped.expressions[places[0] if isinstance(parent, exp.In) else place]
            column = unwrapped if isinstance(unwrapped, exp.Column) else unwrapped.find(exp.Column)
            if column is not None:
                return self.of_column(column)
        return None

    def _inserted(self, insert: exp.Insert, places: list[int]) -> ColumnName | None:
        schema = insert.this
        if not places or not isinstance(schema, exp.Schema) or places[-1] >= len(schema.expressions):
            return None
        return ColumnName(schema.this.name, schema.expressions[places[-1]].name)

    def _selected(self, select: exp.Select, child: exp.Expr) -> ColumnName | None:
        """A value among a SELECT's results: the column that it is inserted into, else its alias."""
        insert = select.parent
        if isinstance(insert, exp.Insert) and isinstance(insert.this, exp.Schema):
            place = next(i for i, one in enumerate(select.expressions) if one is child)
            if place < len(insert.this.expressions):
                return ColumnName(insert.this.this.name, insert.this.expressions[place].name)
        return ColumnName("", child.alias) if child.alias else None

    def _unnested(self, unnest: exp.Unnest, child: exp.Expr) -> ColumnName | None:
        """An array in `FROM unnest(…)`: the name that its column has there, else the column that it is inserted into."""
        place = next((i for i, one in enumerate(unnest.expressions) if one is child), 0)
        alias = unnest.args.get("alias")
        names = [] if alias is None else alias.columns or [alias.this]
        if place < len(names):
            return ColumnName("", names[place].name)
        select = unnest.find_ancestor(exp.Select)
        insert = select.parent if select is not None and select.is_star else None
        return self._inserted(insert, [place]) if isinstance(insert, exp.Insert) else None

    def of_column(self, column: exp.Column, depth: int = 0) -> ColumnName:
        source = self.sources.get(column.table.lower()) if column.table else None
        if (
            isinstance(source, exp.Table)
            and source.name.lower() in self.sources
            and source.name.lower() != column.table.lower()
        ):
            source = self.sources[source.name.lower()]
        if source is None and not column.table:
            source = self._sole_subquery(column)
        if isinstance(source, (exp.CTE, exp.Subquery)) and depth < MAX_DEPTH:
            inner = self._inside(source, column.name, depth)
            if inner is not None:
                return inner
        return ColumnName(source.name if isinstance(source, exp.Table) else self.only, column.name)

    def _sole_subquery(self, column: exp.Column) -> exp.Expr | None:
        select = column.find_ancestor(exp.Select)
        clause = select.args.get("from_") if select is not None else None
        source = clause.this if clause is not None else None
        if isinstance(source, exp.Table):
            named = self.sources.get(source.name.lower())
            return named if isinstance(named, exp.CTE) else None
        return source

    def _inside(self, source: exp.Expr, name: str, depth: int) -> ColumnName | None:
        select = source.this
        if not isinstance(select, exp.Query):
            return None
        for one in select.selects:
            if one.alias_or_name.lower() == name.lower():
                column = one if isinstance(one, exp.Column) else one.find(exp.Column)
                return self.of_column(column, depth + 1) if column is not None else None
        return None

    def outputs(self) -> Iterator[ColumnName | None]:
        """The columns that the statement gives back; none at all where a star hides how many there are."""
        returning = self.tree.args.get("returning")
        if isinstance(self.tree, exp.Query):
            listed = self.tree.selects
        else:
            listed = returning.expressions if returning is not None else []
        if any(one.is_star for one in listed):
            return
        for one in listed:
            column = one if isinstance(one, exp.Column) else one.find(exp.Column)
            yield self.of_column(column) if column is not None else None
