"""`now()`, `transaction_timestamp()` and `CURRENT_TIMESTAMP` are one time: that of the transaction's start.

`statement_timestamp()` and `clock_timestamp()` are others. In a list without a label each gives its column its own name.
"""

from __future__ import annotations

from sqlglot import exp

_NOW = frozenset({"NOW", "TRANSACTION_TIMESTAMP"})


def one_now(statement: exp.Expr) -> exp.Expr:
    for call in list(statement.find_all(exp.Anonymous)):
        if (
            str(call.this).upper() in _NOW
            and not call.expressions
            and not isinstance(call.parent, (exp.Select, exp.Returning, exp.Dot))
        ):
            call.replace(exp.CurrentTimestamp())
    return statement
