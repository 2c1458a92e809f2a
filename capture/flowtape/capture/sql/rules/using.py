"""`a JOIN b USING (x)` is `a JOIN b ON a.x = b.x`, of outer joins too, where nothing speaks of the one column that USING makes of two.

`*` shows it once and an unqualified `x` is it, so that these keep USING. Which columns NATURAL joins by, only the tables could tell.
"""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import argument


def using_as_conditions(statement: exp.Expr) -> exp.Expr:
    for select in statement.find_all(exp.Select):
        joins, first = select.args.get("joins") or [], argument(select, "from")
        if first is None or [bool(join.args.get("using")) for join in joins] != [True, *[False] * (len(joins) - 1)]:
            continue
        if any(join.args.get("method") for join in joins):
            continue
        names = [each.name for each in joins[0].args["using"]]
        sides = [_name(first.this), _name(joins[0].this)]
        if all(sides) and sides[0] != sides[1] and not _speaks_of(select, names):
            joins[0].set("using", None)
            joins[0].set("on", exp.and_(*(_equal(name, *sides) for name in names), dialect="postgres", copy=False))
    return statement


def _name(source: exp.Expr) -> str:
    """What columns of `source` are qualified by; "" for what is no plain table."""
    plain = isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) and not source.args.get("joins")
    return str(source.alias or source.name) if plain else ""


def _speaks_of(select: exp.Select, names: list[str]) -> bool:
    """Whether any column in `select`, or in a query within it, may be the merged one."""
    if any(isinstance(each, exp.Star) for each in select.expressions):
        return True
    return any(not column.table and column.name in names for column in select.find_all(exp.Column))


def _equal(name: str, left: str, right: str) -> exp.Expr:
    def column(table: str) -> exp.Column:
        return exp.Column(this=exp.to_identifier(name), table=exp.to_identifier(table))

    return exp.EQ(this=column(left), expression=column(right))
