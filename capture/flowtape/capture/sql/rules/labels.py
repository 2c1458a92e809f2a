"""Names of a result's columns: `ORDER BY` the label is `ORDER BY` what it labels; `id AS id` says nothing."""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import argument, holds_values


def label(output: exp.Expr) -> str:
    """What PostgreSQL calls the column of a select list, where that is certain without knowing the tables; else ""."""
    if isinstance(output, exp.Alias) or (isinstance(output, exp.Subquery) and output.alias):
        return str(output.alias)
    return str(output.name) if isinstance(output, exp.Column) and not isinstance(output.this, exp.Star) else ""


def order_by_what_is_labelled(statement: exp.Expr) -> exp.Expr:
    """A bare name in ORDER BY is first of all a label, unless the list has it twice or hides names behind `*`."""
    for select in statement.find_all(exp.Select):
        order = argument(select, "order")
        for ordered in order.expressions if order is not None else ():
            name = ordered.this
            if not isinstance(name, exp.Column) or name.table:
                continue
            labelled = [output for output in select.expressions if label(output) == name.name]
            if len(labelled) == 1 and isinstance(labelled[0], (exp.Alias, exp.Column)):
                meant = labelled[0].this if isinstance(labelled[0], exp.Alias) else labelled[0]
                if not holds_values(meant):
                    ordered.set("this", meant.copy())
    return statement


def without_own_labels(statement: exp.Expr) -> exp.Expr:
    for alias in list(statement.find_all(exp.Alias)):
        if isinstance(alias.this, exp.Column) and alias.this.name == alias.alias and not _star(alias.this):
            alias.replace(alias.this)
    return statement


def _star(column: exp.Column) -> bool:
    return isinstance(column.this, exp.Star)
