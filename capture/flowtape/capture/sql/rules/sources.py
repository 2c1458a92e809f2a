"""Aliases of tables, subqueries and common table expressions: t1, t2, …, q1, …; or none, where there is one table alone.

Names mean what they mean where they stand: each SELECT has its own, and sees those of the ones around it. They are numbered in
the order of FROM, from the outermost inward, so that the order of conditions has no say in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from flowtape.capture.sql.rules.labels import label
from flowtape.capture.sql.rules.spelling import argument

_SOURCES = (exp.Table, exp.Subquery, exp.Lateral, exp.Unnest, exp.Values)
_QUERIES = (exp.Select, exp.SetOperation, exp.Insert, exp.Update, exp.Delete, exp.Merge)
_MADE = re.compile(r"[tq]\d+")


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean at some place. `only` is the one source that an unqualified column there can be of, "" if that is open.

    `closed` says that no query around it has columns to give.
    """

    names: dict[str, str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    depth: int = 0
    closed: bool = True
    only: str = ""
    labels: frozenset[str] = frozenset()


def renamed_sources(statement: exp.Expr) -> exp.Expr:
    if _has_unknown_names(statement):
        return statement
    found = [each for each in statement.find_all(*_SOURCES) if _named(each)]
    if len(found) == 1 and isinstance(found[0], exp.Table) and statement.find(exp.CTE, exp.Subquery) is None:
        _drop_alias(statement, found[0])
    else:
        _query(statement, Scope())
    return statement


def _has_unknown_names(statement: exp.Expr) -> bool:
    """Whether a column is of a table that is nowhere named and is called like one of ours: then nothing is renamed."""
    known = {_name_of(each) for each in statement.find_all(*_SOURCES)}
    used = {column.table for column in statement.find_all(exp.Column)}
    return any(_MADE.fullmatch(name) for name in used - known)


def _name_of(source: exp.Expr) -> str:
    return source.alias or (source.name if isinstance(source, exp.Table) else "")


def _named(source: exp.Expr) -> bool:
    """Whether `source` gives rows to a query under a name: the label of a subquery in a select list is no such name."""
    if isinstance(source, exp.Subquery) and not isinstance(
        source.parent, (exp.From, exp.Join, exp.Subquery, exp.Lateral)
    ):
        return False
    return bool(_name_of(source)) and not isinstance(source.parent, (exp.Lock, exp.Into))


# -- one table alone


def _drop_alias(statement: exp.Expr, table: exp.Table) -> None:
    old = _name_of(table)
    _set_alias(table, "")
    for column in statement.find_all(exp.Column):
        if column.table == old:
            column.set("table", exp.to_identifier("t1") if _is_no_label(column) else None)
            column.set("db", None)
    for lock in statement.find_all(exp.Lock):
        lock.set("expressions", None)  # FOR UPDATE OF the one table there is


def _is_no_label(column: exp.Column) -> bool:
    """Whether ORDER BY means the table's own column, beside something else that bears its name in the list."""
    select = column.find_ancestor(exp.Select) if isinstance(column.parent, exp.Ordered) else None
    labelled = [each for each in select.expressions if label(each) == column.name] if select is not None else []
    return any(isinstance(each, exp.Alias) and each.this.name != column.name for each in labelled)


def _set_alias(source: exp.Expr, alias: str) -> None:
    present = source.args.get("alias")
    if isinstance(present, exp.TableAlias):
        if alias:
            present.set("this", exp.to_identifier(alias))
        elif present.args.get("columns"):
            present.set("this", exp.to_identifier("t1"))
        else:
            source.set("alias", None)
    elif alias:
        source.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))


# -- many


def _query(query: exp.Expr, outer: Scope) -> None:
    outer = _common_tables(query, outer)
    if isinstance(query, exp.SetOperation):
        for arm in (query.this, query.expression):
            _body(arm, outer)
        return
    sources = [source for source in _own_sources(query) if _named(source)]
    scope = _inner_scope(query, sources, outer)
    done: set[int] = {id(argument(query, "with"))}
    for source in sources:
        _source(source, scope, outer)
        if isinstance(source, exp.Subquery):
            done.add(id(source))
    for child in query.iter_expressions():
        _visit(child, scope, done)


def _inner_scope(query: exp.Expr, sources: list[exp.Expr], outer: Scope) -> Scope:
    counts = Counter(map(_name_of, sources))
    new = {
        _name_of(source): f"t{number}" if counts[_name_of(source)] == 1 else _name_of(source)
        for number, source in enumerate(sources, outer.depth + 1)
    }
    single = len(sources) == 1 and outer.closed and isinstance(query, exp.Select)
    only = next(iter(new.values())) if single and _is_table(sources[0]) and not query.args.get("joins") else ""
    return replace(
        outer,
        names=outer.names | new,
        depth=outer.depth + len(sources),
        closed=False,
        only=only,
        labels=frozenset(label(output) for output in query.expressions)
        if isinstance(query, exp.Select)
        else frozenset(),
    )


def _is_table(source: exp.Expr) -> bool:
    return isinstance(source, exp.Subquery) or (
        isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)
    )


def _own_sources(query: exp.Expr) -> Iterator[exp.Expr]:
    """What gives rows to this query, not to one within it."""
    parts = [query.this] if not isinstance(query, exp.Select) else []
    parts += [argument(query, "from"), *(query.args.get("joins") or ()), *(query.args.get("laterals") or ())]
    using = query.args.get("using")
    parts += using if isinstance(using, list) else [using]
    for part in parts:
        if isinstance(part, exp.Expression):
            for node in part.walk(bfs=False, prune=_is_query):
                if isinstance(node, _SOURCES):
                    yield node


def _is_query(node: exp.Expr) -> bool:
    return isinstance(node, (*_QUERIES, exp.Values)) or (
        isinstance(node, exp.Subquery) and not isinstance(node.this, exp.Table)
    )


def _source(source: exp.Expr, scope: Scope, outer: Scope) -> None:
    new = scope.names[_name_of(source)]
    if isinstance(source, exp.Table) and not source.db and source.name in scope.queries:
        old = source.name
        _set_alias(source, new)
        source.set("this", exp.to_identifier(scope.queries[old]))
    else:
        _set_alias(source, new)
    if isinstance(source, exp.Subquery) and not isinstance(source.parent, exp.Lateral):
        _body(source.this, replace(outer, depth=scope.depth))


def _body(node: exp.Expr, scope: Scope) -> None:
    """A query in brackets or not, which sees what `scope` gives."""
    while isinstance(node, exp.Subquery):
        node = node.this
    if isinstance(node, _QUERIES):
        _query(node, scope)
    else:
        _visit(node, scope, set())


def _common_tables(query: exp.Expr, outer: Scope) -> Scope:
    with_ = argument(query, "with")
    if with_ is None:
        return outer
    queries = dict(outer.queries)
    new = {cte.alias: f"q{number}" for number, cte in enumerate(with_.expressions, len(queries) + 1)}
    if with_.args.get("recursive"):
        queries |= new
    for cte in with_.expressions:
        old = cte.alias
        _body(cte.this, replace(outer, queries=dict(queries)))
        cte.args["alias"].set("this", exp.to_identifier(new[old]))
        queries[old] = new[old]
    return replace(outer, queries=queries)


def _visit(node: exp.Expr, scope: Scope, done: set[int]) -> None:
    if id(node) in done:
        return
    if isinstance(node, _QUERIES):
        _query(node, replace(scope, only="", labels=frozenset()))
        return
    if isinstance(node, exp.Column):
        _column(node, scope)
    elif isinstance(node, exp.Lock):
        for table in node.expressions:
            table.set("this", exp.to_identifier(scope.names.get(table.name, table.name)))
        return
    for child in node.iter_expressions():
        _visit(child, scope, done)


def _column(column: exp.Column, scope: Scope) -> None:
    if column.table:
        if column.table in scope.names:
            column.set("table", exp.to_identifier(scope.names[column.table]))
            column.set("db", None)
    elif not isinstance(column.this, exp.Identifier):
        return
    elif column.name in scope.names:
        # A column of that name, or the row as a whole: only the tables' columns could tell.
        column.set("this", exp.to_identifier(f"{column.name} of {scope.names[column.name]}", quoted=True))
    elif scope.only and not (isinstance(column.parent, (exp.Ordered, exp.Group)) and column.name in scope.labels):
        column.set("table", exp.to_identifier(scope.only))
