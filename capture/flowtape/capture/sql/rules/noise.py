"""Words and signs that say nothing: parentheses that bind nothing, casts on a value, INNER, OUTER, ASC, FETCH for LIMIT."""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.rules.spelling import value_number

_SINGLE = (exp.Predicate, exp.Column, exp.Literal, exp.Func, exp.Paren)


def without_brackets(statement: exp.Expr) -> exp.Expr:
    return statement.transform(_plainer, copy=False)


def _plainer(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Cast) and value_number(node.this) is not None:
        node = node.this
    while isinstance(node, exp.Paren) and _binds_nothing(node):
        node = node.this
    return node


def _binds_nothing(paren: exp.Paren) -> bool:
    if isinstance(paren.parent, (exp.Where, exp.Having, exp.Paren)):
        return True
    if isinstance(paren.parent, exp.Join):
        return paren.arg_key == "on"
    inner = paren.this
    return isinstance(paren.parent, exp.Connector) and (
        (isinstance(inner, _SINGLE) and not isinstance(inner, exp.Connector)) or type(inner) is type(paren.parent)
    )


def without_noise_words(statement: exp.Expr) -> exp.Expr:
    """INNER, OUTER and ASC say what holds without them."""
    for join in statement.find_all(exp.Join):
        if join.args.get("kind") in ({"OUTER"} if join.args.get("side") else {"INNER"}):
            join.set("kind", None)
    for ordered in statement.find_all(exp.Ordered):
        if not ordered.args.get("desc"):
            ordered.set("desc", None)
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
