"""How a part of a statement is written, whatever the values in it are."""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.fold import MARKER


def value_number(node: object) -> int | None:
    """The number of the marker that `node` is; None if it is none."""
    if not isinstance(node, exp.Literal):
        return None
    found = MARKER.fullmatch(f"'{node.this}'" if node.is_string else str(node.this))
    return int(found[2] or found[3]) if found else None


def written(node: exp.Expr) -> str:
    return node.sql(dialect="postgres", comments=False)


def spelled(node: exp.Expr) -> str:
    """The SQL of `node` with `?` for each value: what it is sorted by."""
    return MARKER.sub("?", written(node))


def holds_values(node: exp.Expr) -> bool:
    """Whether a marker stands in `node`: it may then stand nowhere else."""
    return MARKER.search(written(node)) is not None


def argument(node: exp.Expr, name: str) -> exp.Expr | None:
    """What sqlglot keeps under `name`, or, since release 28, under `name` with a `_` behind where Python has such a word."""
    found = node.args.get(name) or node.args.get(f"{name}_")
    return found if isinstance(found, exp.Expression) else None


def of_a_list(side: exp.Expr | None) -> bool:
    """Whether a comparison is with ANY or ALL of a list, however sqlglot reads the word."""
    called = isinstance(side, exp.Anonymous) and str(side.this).upper() in {"ALL", "ANY", "SOME"}
    return called or isinstance(side, (exp.Any, exp.All))
