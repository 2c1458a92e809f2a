"""The order of INSERT's columns, with their values, and of UPDATE's assignments."""

from __future__ import annotations

from sqlglot import exp


def sorted_assignments(statement: exp.Expr) -> exp.Expr:
    for update in statement.find_all(exp.Update, exp.OnConflict):
        if all(isinstance(pair, exp.EQ) for pair in update.expressions):
            update.set("expressions", sorted(update.expressions, key=lambda pair: pair.this.sql(dialect="postgres")))
    for insert in statement.find_all(exp.Insert):
        _sort_columns(insert)
    return statement


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
