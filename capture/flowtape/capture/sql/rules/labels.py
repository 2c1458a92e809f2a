"""Names of a result's columns: `ORDER BY` the label is `ORDER BY` what it labels, and so is its position; `id AS id` says nothing."""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import argument, holds_values, value_number


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


def positions_as_outputs(statement: exp.Expr) -> exp.Expr:
    """`ORDER BY 1` and `GROUP BY 1`, in the text, are what is listed there, or in ORDER BY its label, where it holds a value."""
    for select in statement.find_all(exp.Select):
        order, group = argument(select, "order"), argument(select, "group")
        for ordered in order.expressions if order is not None else ():
            at = _position(select, ordered.this)
            ordered.set(
                "this", ordered.this if at is None else _listed(select, at) or _labelled(select, at) or ordered.this
            )
        if group is not None:
            places = [(each, _position(select, each)) for each in group.expressions]
            group.set("expressions", [each if at is None else _listed(select, at) or each for each, at in places])
    return statement


def _position(select: exp.Select, node: exp.Expr) -> int | None:
    """From 0; None where `node` is no position in the list, or `*` hides what stands there."""
    if not isinstance(node, exp.Literal) or not node.is_int or value_number(node) is not None:
        return None
    at = int(node.this) - 1
    hidden = any(each.is_star or isinstance(each, exp.Dot) for each in select.expressions[: at + 1])
    return at if 0 <= at < len(select.expressions) and not hidden else None


def _listed(select: exp.Select, at: int) -> exp.Expr | None:
    """What stands there; None where it cannot be said twice, or as a bare name would be the label of something else."""
    output = select.expressions[at]
    meant = output.this if isinstance(output, exp.Alias) else output
    if holds_values(meant) or isinstance(meant, exp.Subquery):
        return None
    bare = meant.name if isinstance(meant, exp.Column) and not meant.table else ""
    return None if bare and bare in _labels(select, besides=at) else meant.copy()


def _labelled(select: exp.Select, at: int) -> exp.Expr | None:
    output = select.expressions[at]
    name = label(output) if holds_values(output) else ""
    return exp.column(exp.to_identifier(name)) if name and name not in _labels(select, besides=at) else None


def _labels(select: exp.Select, besides: int) -> list[str]:
    return [label(each) for index, each in enumerate(select.expressions) if index != besides]


def without_own_labels(statement: exp.Expr) -> exp.Expr:
    for alias in list(statement.find_all(exp.Alias)):
        if isinstance(alias.this, exp.Column) and alias.this.name == alias.alias and not _star(alias.this):
            alias.replace(alias.this)
    return statement


def _star(column: exp.Column) -> bool:
    return isinstance(column.this, exp.Star)
