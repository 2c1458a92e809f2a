"""`SELECT a, b … GROUP BY a, b` is `SELECT DISTINCT a, b …`: each combination once. Where anything is counted, it is not."""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import argument, written


def groups_as_distinct(statement: exp.Expr) -> exp.Expr:
    for select in statement.find_all(exp.Select):
        group = argument(select, "group")
        if group is None or not _lists_groups(select, group):
            continue
        group.pop()
        select.set("distinct", exp.Distinct())
    return statement


def _lists_groups(select: exp.Select, group: exp.Expr) -> bool:
    """Whether the list is exactly what the rows are grouped by, all of it columns, and no order asks for more."""
    sets = any(value for name, value in group.args.items() if name != "expressions")
    if sets or any(argument(select, name) for name in ("having", "distinct")):
        return False
    outputs = [each.this if isinstance(each, exp.Alias) else each for each in select.expressions]
    if not all(isinstance(each, exp.Column) and not each.is_star for each in (*outputs, *group.expressions)):
        return False
    order = argument(select, "order")
    ordered = [each.this for each in order.expressions] if order is not None else []
    listed = set(map(written, outputs))
    return listed == set(map(written, group.expressions)) and set(map(written, ordered)) <= listed
