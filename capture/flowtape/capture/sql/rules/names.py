"""Case and quotes of names: `Users`, `users` and `"users"` are one name, `"Users"` is another."""

from __future__ import annotations

from sqlglot import exp

from flowtape.capture.sql.scan import needs_no_quotes


def plain_names(statement: exp.Expr) -> exp.Expr:
    for name in statement.find_all(exp.Identifier):
        if not name.args.get("quoted"):
            name.set("this", str(name.this).lower())
        elif needs_no_quotes(str(name.this)):
            name.set("quoted", None)
    return statement
