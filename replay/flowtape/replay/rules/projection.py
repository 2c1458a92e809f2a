"""A question that asks the record for other columns of the same rows: reordered, left out, named anew, or out of `*`.

The answer is made from the recorded rows where it is certain that the database would have given it: every column asked for is one
of the record's, and none that is left out decided which rows there are. Otherwise there is no answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from flowtape.capture import sql
from flowtape.capture.exchange import Column, SqlResult, SqlStatement
from flowtape.capture.sql.canonical import NO_TABLES, Tables
from flowtape.capture.sql.listed import Given, Listed

Picked: TypeAlias = list[tuple[int, str]]
"""The recorded column of each column of the answer, and what it is called there."""
_WHATEVER_IS_RETURNED = ("23", "40", "55", "57")
"""Classes of errors that do not depend on a list: constraints, serialization and deadlocks, locks, cancellation."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded: each item of its list, with the columns that it gave."""

    items: tuple[Given, ...]
    spans: tuple[range, ...]
    columns: tuple[Column, ...]
    question: SqlStatement


def projected(
    question: SqlStatement, answer: SqlResult, wanted: SqlStatement, tables: Tables = NO_TABLES
) -> SqlResult | None:
    """The answer to `wanted`, a question that differs from the recorded one in its list alone; None where the record has none."""
    before, after = sql.listed(question.text, tables), sql.listed(wanted.text, tables)
    if before is None or after is None:
        return None
    if _list(before, question) == _list(after, wanted):
        return answer
    if answer.error is not None:
        code = answer.error.field("C")
        return answer if code.startswith(_WHATEVER_IS_RETURNED) else None
    if not after.given:
        return replace(answer, columns=None, rows=())
    if answer.columns is None or answer.copy_out is not None:
        return None
    recorded = _recorded(before, question, answer.columns)
    picked = _picked(recorded, after, wanted) if recorded is not None else None
    if picked is None or recorded is None or not _may_leave_out(recorded, after, picked, whole=before.all):
        return None
    columns = tuple(replace(answer.columns[index], name=name) for index, name in picked)
    return replace(answer, columns=columns, rows=tuple(tuple(row[index] for index, _ in picked) for row in answer.rows))


def _list(listed: Listed, question: SqlStatement) -> list[object]:
    return [(each.meaning(question.parameters), each.output.label) for each in listed.given]


def _recorded(before: Listed, question: SqlStatement, columns: tuple[Column, ...]) -> Recorded | None:
    """None where it cannot be told which columns are those of a star, or a column is not what it should be."""
    stars = sum(each.output.star is not None for each in before.given)
    wide = len(columns) - len(before.given) + 1
    if stars > 1 or (not stars and len(columns) != len(before.given)) or wide < 0:
        return None
    spans = []
    start = 0
    for each in before.given:
        end = start + (wide if each.output.star is not None else 1)
        column = each.output.column
        if column is not None and each.output.label == column[1] != columns[start].name:
            return None
        spans.append(range(start, end))
        start = end
    return Recorded(before.given, tuple(spans), columns, question)


def _picked(recorded: Recorded, after: Listed, wanted: SqlStatement) -> Picked | None:
    picked: Picked = []
    for each in after.given:
        found = list(_columns_of(recorded, each, wanted))
        if not found:
            return None
        picked += found
    return picked


def _columns_of(recorded: Recorded, wanted: Given, question: SqlStatement) -> Iterator[tuple[int, str]]:
    """The columns of one item that is asked for; none where the record does not have it, or not its name."""
    meaning = wanted.meaning(question.parameters)
    for item, span in zip(recorded.items, recorded.spans, strict=True):
        if item.output.star != wanted.output.star or item.meaning(recorded.question.parameters) != meaning:
            continue
        if wanted.output.star is not None:
            yield from ((index, recorded.columns[index].name) for index in span)
        elif wanted.output.label:
            yield span.start, wanted.output.label
        elif not item.output.label:
            yield span.start, recorded.columns[span.start].name
        return
    if wanted.output.column is not None:
        yield from _out_of_star(recorded, *wanted.output.column, wanted.output.label)


def _out_of_star(recorded: Recorded, table: str, name: str, label: str) -> Iterator[tuple[int, str]]:
    for item, span in zip(recorded.items, recorded.spans, strict=True):
        if item.output.star != table:
            continue
        found = [index for index in span if recorded.columns[index].name == name]
        if len(found) == 1:
            yield found[0], label


def _may_leave_out(recorded: Recorded, after: Listed, picked: Picked, *, whole: bool) -> bool:
    """Whether the rows are the same without what is no longer asked for."""
    kept = {index for index, _ in picked}
    left_out = [item for item, span in zip(recorded.items, recorded.spans, strict=True) if not kept & set(span)]
    partly = any(0 < len(kept & set(span)) < len(span) for span in recorded.spans)
    if whole and (left_out or partly):
        return False
    if len(kept) < len(picked) and not all(item.output.plain for item in recorded.items):
        return False  # what is asked for twice may be another value each time
    rooted = any(each.output.rooted or each.output.star is not None for each in after.given)
    return not left_out or (rooted and all(item.output.plain for item in left_out))
