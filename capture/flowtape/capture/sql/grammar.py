"""PostgreSQL's SQL as sqlglot reads it, with each function under its own name.

sqlglot knows the functions of many databases and takes `nvl`, `ifnull` and `coalesce` for one, `year(a)` for `EXTRACT(YEAR FROM a)`. In
PostgreSQL a function of another name is another function, whoever made it, and its column has another name.
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot.dialects.postgres import Postgres

_KNOWN = frozenset(
    "COUNT SUM AVG MIN MAX COALESCE NULLIF GREATEST LEAST LOWER UPPER LENGTH ROUND ABS ARRAY ARRAY_AGG STRING_AGG UNNEST".split()
)
"""What rules speak of, and what has a grammar of its own."""
_OTHERS = frozenset({"CHAR", "CHR", "CONVERT", "DATE_PART", "DECODE", "GROUP_CONCAT"})


class Grammar(Postgres):
    class Parser(Postgres.Parser):  # type: ignore[valid-type, misc]  # made at import
        """Reads calls alone otherwise."""

        FUNCTIONS: ClassVar = {name: made for name, made in Postgres.Parser.FUNCTIONS.items() if name in _KNOWN}
        FUNCTION_PARSERS: ClassVar = {
            name: parse for name, parse in Postgres.Parser.FUNCTION_PARSERS.items() if name not in _OTHERS
        }
