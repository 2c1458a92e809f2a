"""What is taken out of a parsed statement so that the same question put differently reads the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlglot import exp

from flowtape.capture.sql.fold import MARKER
from flowtape.capture.sql.scan import needs_no_quotes

_SOURCES = (exp.Table, exp.Subquery, exp.Lateral, exp.Unnest, exp.Values)


def known(statement: exp.Expr) -> bool:
    """Whether sqlglot read the whole of the statement, and did not keep a part of it as text."""
    return not isinstance(statement, exp.Command) and statement.find(exp.Command) is None


def tables(statement: exp.Expr) -> tuple[str, ...]:
    """The tables' names, with their schema where the statement gives it, in the order of occurrence."""
    _normalise_names(statement)
    local = {cte.alias for cte in statement.find_all(exp.CTE)}
    names: dict[str, None] = {}
    for table in statement.find_all(exp.Table, bfs=False):
        name = ".".join(part.name for part in table.parts if part.name)
        if (
            name
            and name not in local
            and isinstance(table.this, exp.Identifier)
            and not isinstance(table.parent, exp.Lock)
        ):
            names[name] = None
    return tuple(names)


def normalise(statement: exp.Expr) -> exp.Expr:
    """The canonical tree. Changes `statement`."""
    _normalise_names(statement)
    statement = statement.transform(_plainer, copy=False)
    _drop_noise_words(statement)
    _rename_sources(statement)
    _sort_assignments(statement)
    return statement


def fixed_markers(statement: exp.Expr) -> Iterator[int]:
    """The numbers of literals that are no values: a column's position in ORDER BY or GROUP BY, a type's length."""
    for node in statement.find_all(exp.Ordered, exp.Group, exp.DataTypeParam, exp.Distinct):
        inner = [node.this] if isinstance(node, (exp.Ordered, exp.DataTypeParam)) else node.expressions
        if isinstance(node, exp.Distinct) and isinstance(node.args.get("on"), exp.Tuple):
            inner = node.args["on"].expressions
        for literal in inner:
            number = _marker(literal)
            if number is not None and str(literal.this).startswith("9"):
                yield number


def _marker(node: object) -> int | None:
    if not isinstance(node, exp.Literal):
        return None
    found = MARKER.fullmatch(f"'{node.this}'" if node.is_string else str(node.this))
    return int(found[2] or found[3]) if found else None


def _normalise_names(statement: exp.Expr) -> None:
    for name in statement.find_all(exp.Identifier):
        if not name.args.get("quoted"):
            name.set("this", str(name.this).lower())
        elif needs_no_quotes(str(name.this)):
            name.set("quoted", None)


_SINGLE = (exp.Predicate, exp.Column, exp.Literal, exp.Func, exp.Paren)


def _plainer(node: exp.Expr) -> exp.Expr:
    """Without a cast on a value, and without parentheses that bind nothing."""
    if isinstance(node, exp.Cast) and _marker(node.this) is not None:
        node = node.this
    while isinstance(node, exp.Paren) and _binds_nothing(node):
        node = node.this
    return node


def _binds_nothing(paren: exp.Paren) -> bool:
    if isinstance(paren.parent, (exp.Where, exp.Having, exp.Paren)):
        return True
    if isinstance(paren.parent, exp.Join):
        return paren.arg_key == "on"
    inner = paren.this
    return isinstance(paren.parent, exp.Connector) and (
        (isinstance(inner, _SINGLE) and not isinstance(inner, exp.Connector)) or type(inner) is type(paren.parent)
    )


def _drop_noise_words(statement: exp.Expr) -> None:
    """INNER, OUTER and ASC say what holds without them."""
    for join in statement.find_all(exp.Join):
        if join.args.get("kind") in ({"OUTER"} if join.args.get("side") else {"INNER"}):
            join.set("kind", None)
    for ordered in statement.find_all(exp.Ordered):
        if not ordered.args.get("desc"):
            ordered.set("desc", None)


def _name_of(source: exp.Expr) -> str:
    return source.alias or (source.name if isinstance(source, exp.Table) else "")


def _rename_sources(statement: exp.Expr) -> None:
    """Tables get the aliases t1, t2, …, or none at all where there is only one and nothing to tell apart."""
    found = [
        source
        for source in statement.find_all(*_SOURCES, bfs=False)
        if _name_of(source) and not isinstance(source.parent, (exp.Lock, exp.Into))
    ]
    counts = Counter(_name_of(source) for source in found)
    alone = len(found) == 1 and isinstance(found[0], exp.Table) and statement.find(exp.CTE, exp.Subquery) is None
    renamed: dict[str, str] = {}
    for number, source in enumerate(found, 1):
        old = _name_of(source)
        if counts[old] > 1:
            continue
        renamed[old] = "" if alone else f"t{number}"
        _set_alias(source, renamed[old])
    for column in statement.find_all(exp.Column):
        _rename_column(column, renamed)
    for lock in statement.find_all(exp.Lock):
        for table in lock.expressions:
            table.set("this", exp.to_identifier(renamed.get(table.name, table.name) or "t1"))


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


def _rename_column(column: exp.Column, renamed: dict[str, str]) -> None:
    if column.table in renamed:
        new = renamed[column.table]
        column.set("table", exp.to_identifier(new) if new else None)
        column.set("db", None)
    elif (
        not column.table and column.name in renamed and isinstance(column.this, exp.Identifier) and renamed[column.name]
    ):
        # A row as a whole: SELECT u FROM users u.
        column.set("this", exp.to_identifier(renamed[column.name]))


def _sort_assignments(statement: exp.Expr) -> None:
    for update in statement.find_all(exp.Update):
        if all(isinstance(pair, exp.EQ) for pair in update.expressions):
            update.set("expressions", sorted(update.expressions, key=lambda pair: pair.this.sql(dialect="postgres")))
    for insert in statement.find_all(exp.Insert):
        _sort_columns(insert)


def _sort_columns(insert: exp.Insert) -> None:
    target, values = insert.this, insert.expression
    if not isinstance(target, exp.Schema) or not isinstance(values, exp.Values):
        return
    rows = [row.expressions for row in values.expressions if isinstance(row, exp.Tuple)]
    columns = target.expressions
    if len(rows) != len(values.expressions) or any(len(row) != len(columns) for row in rows):
        return
    order = sorted(range(len(columns)), key=lambda at: columns[at].name)
    target.set("expressions", [columns[at] for at in order])
    for row in values.expressions:
        row.set("expressions", [row.expressions[at] for at in order])
