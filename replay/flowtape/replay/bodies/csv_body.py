"""CSV (RFC 4180) by rows, and by columns where the first row names them: quoting and line ends do not count."""

from __future__ import annotations

import csv
import io
import re

from flowtape.replay.bodies.tree import Tree

NAME = re.compile(r"(?!.*\d{3})[A-Za-z_][\w .()/-]{0,60}\Z")
"""What a column may be called: never an identifier or a date, which a first row of values may hold."""


def read(text: str, delimiter: str = ",") -> Tree | None:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return None
    if not rows:
        return None
    header = rows[0]
    if len(set(header)) < len(header) or not all(map(NAME.match, header)):
        return {"rows": rows}
    return {"columns": header, "rows": [_row(header, row) for row in rows[1:]]}


def _row(header: list[str], row: list[str]) -> Tree:
    return dict(zip(header, row, strict=True)) if len(row) == len(header) else row
