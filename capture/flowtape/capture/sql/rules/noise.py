"""Words and signs that say nothing: parentheses that bind nothing, casts on a value, INNER, OUTER, ASC, FETCH for LIMIT, LIMIT ALL."""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import value_number

_CALLS = (exp.Anonymous, exp.Coalesce, exp.Lower, exp.Upper, exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max)
_SINGLE = (exp.Predicate, exp.Column, exp.Literal, exp.Func, exp.Paren)


def without_brackets(statement: exp.Expr) -> exp.Expr:
    nodes = list(statement.find_all(exp.Cast, exp.Paren))
    of_values = [node for node in nodes if isinstance(node, exp.Cast) and value_number(node.this) is not None]
    brackets = [node for node in reversed(nodes) if isinstance(node, exp.Paren)]
    for cast in of_values:  # the innermost alone: a cast of it is the statement's own
        cast.replace(cast.this)
    for paren in brackets:
        if _binds_nothing(paren):
            paren.replace(paren.this)
    return statement


def _binds_nothing(paren: exp.Paren) -> bool:
    if isinstance(paren.parent, (exp.Where, exp.Having, exp.Paren)):
        return True
    if isinstance(paren.parent, exp.Join):
        return paren.arg_key == "on"
    inner = paren.this
    if isinstance(inner, (exp.Column, *_CALLS)) or (
        value_number(inner) is not None and isinstance(paren.parent, exp.Binary)
    ):
        return not isinstance(paren.parent, (exp.Dot, exp.Bracket))
    return isinstance(paren.parent, exp.Connector) and (
        (isinstance(inner, _SINGLE) and not isinstance(inner, exp.Connector)) or type(inner) is type(paren.parent)
    )


def without_noise_words(statement: exp.Expr) -> exp.Expr:
    """INNER, OUTER and ASC say what holds without them."""
    for join in statement.find_all(exp.Join):
        if join.kind == ("OUTER" if join.side else "INNER"):
            join.set("kind", None)
    for ordered in statement.find_all(exp.Ordered):
        if not ordered.args.get("desc"):
            ordered.set("desc", None)
    return statement


def without_limits_of_all(statement: exp.Expr) -> exp.Expr:
    """`LIMIT ALL` and `LIMIT NULL`."""
    for limit in list(statement.find_all(exp.Limit)):
        count = limit.expression
        if isinstance(count, exp.Null) or (isinstance(count, (exp.Var, exp.Column)) and count.name.upper() == "ALL"):
            limit.pop()
    return statement


def without_single_choices(statement: exp.Expr) -> exp.Expr:
    """`coalesce(a)` is `a`, but for what the column of a result is called by it."""
    for choice in list(statement.find_all(exp.Coalesce)):
        if not choice.expressions and not isinstance(choice.parent, (exp.Select, exp.Returning)):
            choice.replace(exp.Paren(this=choice.this))
    return statement


def fetch_as_limit(statement: exp.Expr) -> exp.Expr:
    """`FETCH FIRST 3 ROWS ONLY` is `LIMIT 3`; WITH TIES is not, and PERCENT neither."""
    for fetch in list(statement.find_all(exp.Fetch)):
        options = fetch.args.get("limit_options")
        extra = options.args if isinstance(options, exp.Expression) else fetch.args
        count = fetch.args.get("count")
        if count is not None and not extra.get("percent") and not extra.get("with_ties"):
            fetch.replace(exp.Limit(expression=count))
    return statement
