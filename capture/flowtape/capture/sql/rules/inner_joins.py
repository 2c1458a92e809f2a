"""Explicit and implicit joins: `a JOIN b ON c` is `a, b WHERE c`.

What an inner join's ON asks may be asked after all joins, unless a later one adds rows that have no left side (RIGHT, FULL). The
conditions of outer joins stay where they are: there they say something else than in WHERE.
"""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import argument


def joins_as_conditions(statement: exp.Expr) -> exp.Expr:
    for select in statement.find_all(exp.Select):
        joins = select.args.get("joins") or []
        if not any(join.side in ("RIGHT", "FULL") for join in joins):
            _move([join for join in joins if _inner(join)], select)
    return statement


def _inner(join: exp.Join) -> bool:
    """USING and NATURAL make one column of two: they are no plain conditions."""
    plain = not (join.args.get("side") or join.args.get("method") or join.args.get("using"))
    return plain and join.kind in ("", "INNER", "CROSS")


def _move(joins: list[exp.Join], select: exp.Select) -> None:
    conditions: list[exp.Expr] = []
    for join in joins:
        if (on := join.args.get("on")) is not None:
            conditions.append(on.pop())
        join.set("kind", "CROSS")
    if not conditions:
        return
    where = argument(select, "where")
    if where is not None:
        conditions.append(where.this.pop())
    select.set("where", exp.Where(this=exp.and_(*conditions, dialect="postgres", copy=False)))


def sorted_tables(statement: exp.Expr) -> exp.Expr:
    """Tables that are joined by conditions alone, in the order of their names: unless `*` shows in which they stood."""
    for select in statement.find_all(exp.Select):
        joins = select.args.get("joins") or []
        first = argument(select, "from")
        if not joins or first is None or not all(join.kind == "CROSS" for join in joins):
            continue
        places = [first, *joins]
        tables = [place.this for place in places]
        if any(isinstance(each, exp.Star) for each in select.expressions) or not all(map(_plain, tables)):
            continue
        names = [".".join(part.name for part in table.parts) for table in tables]
        if len(set(names)) == len(names):
            for place, index in zip(places, sorted(range(len(names)), key=names.__getitem__), strict=True):
                place.set("this", tables[index])
    return statement


def _plain(source: exp.Expr) -> bool:
    return isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) and not source.args.get("joins")
