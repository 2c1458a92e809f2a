"""What only the tables' columns tell: which ones `*` stands for, and whose a column is that is not qualified.

Nothing is said of a table whose columns are not known, nor of a query that has one: there a name may be anybody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from sqlglot import exp

from flowtape.capture.sql.canonical import Tables
from flowtape.capture.sql.rules.labels import label
from flowtape.capture.sql.rules.spelling import argument
from flowtape.capture.sql.scan import needs_no_quotes

Source: TypeAlias = tuple[str, tuple[str, ...] | None]
"""What its columns are qualified by, and their names, None where they are not known."""


def with_known_columns(statement: exp.Expr, tables: Tables) -> exp.Expr:
    """Names are plain already. The statement is changed."""
    local = {cte.alias for cte in statement.find_all(exp.CTE)}
    known = {name: columns for name, columns in tables if name not in local}
    sources = {id(select): _sources(select, known) for select in statement.find_all(exp.Select)}
    for select in statement.find_all(exp.Select):
        if not isinstance(select.parent, exp.Exists):
            _name_stars(select, sources[id(select)])
    for column in list(statement.find_all(exp.Column)):
        if not column.table and isinstance(column.this, exp.Identifier) and not _is_label(column):
            owner = _owner(column, sources)
            if owner:
                column.set("table", _identifier(owner))
    _name_returned(statement, known)
    return statement


def relation(source: exp.Expr | None) -> str:
    """The name of a plain table, with its schema where that is said; "" for anything else."""
    plain = isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) and not source.args.get("joins")
    alias = source.args.get("alias") if plain and source is not None else None
    if not plain or not isinstance(source, exp.Table) or (isinstance(alias, exp.TableAlias) and alias.columns):
        return ""
    return ".".join(part.name for part in source.parts)


def _sources(select: exp.Select, known: Mapping[str, tuple[str, ...]]) -> list[Source]:
    """In the order of FROM. One that is joined by NATURAL or beside a LATERAL makes all of it unknown."""
    first, joins = argument(select, "from"), select.args.get("joins") or []
    if first is None or select.args.get("laterals") or any(join.args.get("method") for join in joins):
        return [("", None)]
    return [
        (str(source.alias or source.name), known.get(relation(source)))
        for source in (first.this, *(join.this for join in joins))
    ]


def _name_stars(select: exp.Select, sources: list[Source]) -> None:
    merged = any(join.args.get("using") for join in select.args.get("joins") or [])
    outputs: list[exp.Expr] = []
    for output in select.expressions:
        if isinstance(output, exp.Star):
            wanted = [] if merged else sources
        elif isinstance(output, exp.Column) and isinstance(output.this, exp.Star):
            wanted = [source for source in sources if source[0] == output.table]
        else:
            wanted = []
        named = [
            exp.Column(this=_identifier(name), table=_identifier(owner))
            for owner, names in wanted
            for name in names or ()
        ]
        outputs += named if named and all(names is not None for _, names in wanted) else [output]
    select.set("expressions", outputs)


def _name_returned(statement: exp.Expr, known: Mapping[str, tuple[str, ...]]) -> None:
    """`RETURNING *` of a write to one table."""
    returning = argument(statement, "returning")
    if returning is None or argument(statement, "from") is not None or statement.args.get("using"):
        return
    target = statement.this.this if isinstance(statement.this, exp.Schema) else statement.this
    names = known.get(relation(target), ())
    if names and len(returning.expressions) == 1 and isinstance(returning.expressions[0], exp.Star):
        returning.set("expressions", [exp.Column(this=_identifier(name)) for name in names])


def _is_label(column: exp.Column) -> bool:
    """Whether ORDER BY means a label of the list, which `labels` knows better."""
    select = column.find_ancestor(exp.Select) if isinstance(column.parent, exp.Ordered) else None
    return select is not None and any(label(output) == column.name for output in select.expressions)


def _owner(column: exp.Column, sources: Mapping[int, list[Source]]) -> str:
    """Whose column it is: of the innermost query that has one of that name; "" where that is not known, or not one alone."""
    for select in _around(column):
        own = sources[id(select)]
        if any(names is None for _, names in own):
            return ""
        owners = [owner for owner, names in own if names and column.name in names]
        if owners:
            return owners[0] if len(owners) == 1 else ""
    return ""


def _around(column: exp.Column) -> Iterator[exp.Select]:
    """The queries whose columns may be meant, from within: not beyond one that is a source of rows itself."""
    node: exp.Expr | None = column
    while node is not None:
        if isinstance(node, exp.Select):
            yield node
        if isinstance(node, (exp.SetOperation, exp.CTE, exp.From, exp.Insert, exp.Update, exp.Delete, exp.Merge)) or (
            isinstance(node.parent, exp.Join) and node.arg_key == "this"
        ):
            return
        node = node.parent


def _identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=not needs_no_quotes(name))
