"""What a statement gives: its select list or RETURNING list, apart from the rest of it.

Two statements with the same rest give the same rows in other columns, so that the answer to one holds the answer to the other, if
its columns do. Where a list decides which rows there are, that is said here.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from flowtape.capture.sql.rules.columns import relation
from flowtape.capture.sql.rules.labels import label
from flowtape.capture.sql.rules.single import Numbers, values_as_lists
from flowtape.capture.sql.rules.spelling import argument, value_number, written


@dataclass(frozen=True, slots=True)
class Output:
    """One item of a list. `text` is its canonical SQL with markers, without its label.

    `label` is what PostgreSQL calls its column, "" where only PostgreSQL knows. `column` is its table's alias ("" for the one table
    there is) and its name, where it is nothing but a column. `star` says of which table it stands for all columns: by its alias, "*"
    for those of several tables, None where it is no star; `of` is that table's name, "" where it is none or one of several. `plain` says that without it there would be as many rows. `rooted` says
    that a column or a known aggregate is in it: it cannot be the same in a query that is an aggregate and one that is not.
    """

    text: str
    label: str
    column: tuple[str, str] | None = None
    star: str | None = None
    of: str = ""
    plain: bool = True
    rooted: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """`rest` is the statement without its list, with markers; each of `tied` are some whose values are one list, or may change places.

    `all` says that the list as a whole decides which rows there are. `offset` is the marker of how many rows are skipped, which is not
    in `rest`: -1 where none are, None where it is no value, or nothing can be skipped.
    """

    rest: str
    outputs: tuple[Output, ...]
    all: bool = False
    tied: tuple[Numbers, ...] = ()
    offset: int | None = None


def listing(statement: exp.Expr) -> Listing:
    """All of it is the rest where a list cannot be taken apart from its statement: UNION, a label that GROUP BY may mean."""
    rest = statement.copy()
    if isinstance(statement, exp.Select):
        offset = _skipped(rest)
        if not statement.expressions or _names_its_list(statement) or statement.args.get("into"):
            return _listing(rest, (), offset=offset)
        rest.set("expressions", [])
        distinct = argument(statement, "distinct")
        whole = distinct is not None and distinct.args.get("on") is None
        table, of = _only_table(statement)
        outputs = tuple(_output(item, table, of) for item in statement.expressions)
        return _listing(rest, outputs, whole=whole, offset=offset)
    returning = argument(rest, "returning")
    if isinstance(rest, (exp.Insert, exp.Update, exp.Delete)) and returning is not None:
        returning.pop()
        table, of = ("", _target(rest)) if isinstance(rest, exp.Insert) or _alone(rest) else ("*", "")
        return _listing(rest, tuple(_output(item, table, of) for item in returning.expressions))
    return _listing(rest, ())


def _listing(rest: exp.Expr, outputs: tuple[Output, ...], *, whole: bool = False, offset: int | None = None) -> Listing:
    rest, tied = values_as_lists(rest)
    return Listing(written(rest), outputs, whole, tied, offset)


def _skipped(rest: exp.Expr) -> int | None:
    """Takes OFFSET out of `rest`, if it is a value."""
    offset = argument(rest, "offset")
    number = -1 if offset is None else value_number(offset.expression)
    if offset is not None and number is not None:
        offset.pop()
    return number


def _names_its_list(select: exp.Select) -> bool:
    """Whether ORDER BY, GROUP BY or DISTINCT ON speaks of the list, by position or by a label that is no column of that name."""
    order, group, distinct = (argument(select, name) for name in ("order", "group", "distinct"))
    spoken = [each.this for each in order.expressions] if order is not None else []
    spoken += group.expressions if group is not None else []
    on = distinct.args.get("on") if distinct is not None else None
    spoken += on.expressions if isinstance(on, exp.Tuple) else [on] if on is not None else []
    labels = {label(output) for output in select.expressions if isinstance(output, exp.Alias)}
    return any(
        value_number(each) is not None or (isinstance(each, exp.Column) and not each.table and each.name in labels)
        for each in spoken
    )


def _only_table(select: exp.Select) -> tuple[str, str]:
    """The alias of the one table that a select reads, "" where it needs none, and its name; "*" where there are several."""
    from_ = argument(select, "from")
    if from_ is None or select.args.get("joins") or select.args.get("laterals") or from_.this.args.get("joins"):
        return "*", ""
    local = {cte.alias for cte in select.root().find_all(exp.CTE)}
    of = relation(from_.this)
    return str(from_.this.alias), "" if of in local else of


def _target(write: exp.Expr) -> str:
    return relation(write.this.this if isinstance(write.this, exp.Schema) else write.this)


def _alone(write: exp.Expr) -> bool:
    return argument(write, "from") is None and not write.args.get("using")


def _output(item: exp.Expr, table: str, of: str) -> Output:
    """`table` is what a bare star stands for, and `of` its name."""
    inner = item.this if isinstance(item, exp.Alias) else item
    if isinstance(inner, exp.Star):
        return Output("*", "", star=table, of=of)
    if isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star):
        return Output(written(inner), "", star=inner.table, of=of if inner.table == table else "")
    if isinstance(inner, exp.Subquery) and inner.alias:
        inner = inner.copy()
        inner.set("alias", None)
    column = (inner.table, inner.name) if isinstance(inner, exp.Column) else None
    return Output(
        written(inner), label(item) or _function_label(inner), column, plain=_plain(inner), rooted=_rooted(inner)
    )


_CALLED: dict[type[exp.Expr], str] = {
    exp.Count: "count", exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max", exp.Coalesce: "coalesce",
    exp.Lower: "lower", exp.Upper: "upper", exp.Exists: "exists", exp.Greatest: "greatest", exp.Least: "least",
    exp.Nullif: "nullif", exp.Round: "round", exp.Abs: "abs",
}  # fmt: skip


def _function_label(inner: exp.Expr) -> str:
    """PostgreSQL's FigureColname, as far as it is beyond doubt."""
    if isinstance(inner, exp.Cast) and isinstance(inner.this, exp.Column):
        return inner.this.name
    return _CALLED.get(type(inner), "")


_AGGREGATES = (exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max)
_PLAIN = (
    exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Paren, exp.Neg,
    exp.Binary, exp.Not, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Lower, exp.Upper, exp.Length, exp.Round, exp.Abs,
    exp.Greatest, exp.Least, exp.Star, exp.Distinct, exp.JSONPath, exp.JSONPathPart, *_AGGREGATES,
)  # fmt: skip
"""What gives one value to a row. A function that is not known may give many rows."""


def _plain(inner: exp.Expr) -> bool:
    return all(isinstance(node, _PLAIN) for node in inner.walk())


def _rooted(inner: exp.Expr) -> bool:
    """A column within a subquery is not one of this query."""
    return any(isinstance(node, (exp.Column, *_AGGREGATES)) for node in inner.walk(prune=_is_query))


def _is_query(node: exp.Expr) -> bool:
    return isinstance(node, (exp.Select, exp.SetOperation))
