"""A parsed statement: whether it is known, its tables, its canonical form by the rules of `rules/`."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from flowtape.capture.sql.canonical import NO_TABLES, Tables
from flowtape.capture.sql.rules import applied
from flowtape.capture.sql.rules.columns import with_known_columns
from flowtape.capture.sql.rules.names import plain_names
from flowtape.capture.sql.rules.spelling import of_a_list, value_number


def known(statement: exp.Expr) -> bool:
    """Whether sqlglot read the whole of the statement, and did not keep a part of it as text.

    Its releases before 30 take `NOT LIKE ANY(…)` for the opposite of `LIKE ANY(…)`.
    """
    if isinstance(statement, exp.Command) or statement.find(exp.Command) is not None:
        return False
    return "negate" in exp.Like.arg_types or not any(
        of_a_list(like.expression) for like in statement.find_all(exp.Like, exp.ILike)
    )


def tables(statement: exp.Expr) -> tuple[str, ...]:
    """The tables' names, with their schema where the statement gives it, in the order of occurrence."""
    plain_names(statement)
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


def normalise(statement: exp.Expr, tables: Tables = NO_TABLES) -> exp.Expr:
    """The canonical tree, with what is known of the tables. Changes `statement`."""
    return applied(with_known_columns(plain_names(statement), tables) if tables else statement)


def fixed_markers(statement: exp.Expr) -> Iterator[int]:
    """The numbers of literals that are no values: a column's position in ORDER BY or GROUP BY, a type's length."""
    for node in statement.find_all(exp.Ordered, exp.Group, exp.DataTypeParam, exp.Distinct):
        inner = [node.this] if isinstance(node, (exp.Ordered, exp.DataTypeParam)) else node.expressions
        if isinstance(node, exp.Distinct) and isinstance(node.args.get("on"), exp.Tuple):
            inner = node.args["on"].expressions
        for literal in inner:
            number = value_number(literal)
            if number is not None and str(literal.this).startswith("9"):
                yield number
