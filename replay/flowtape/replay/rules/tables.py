"""The columns of tables, as far as recorded answers tell: all of them, where all of one table's were asked for (`SELECT *`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from flowtape.capture import sql
from flowtape.capture.exchange import SqlResult, SqlStatement
from flowtape.capture.sql.canonical import Tables
from flowtape.replay.flowfile import RecordedCall

_CHANGING = frozenset({"ALTER", "CREATE", "DROP"})


def known_tables(calls: Iterable[RecordedCall]) -> Mapping[str, Tables]:
    """By dependency. Nothing is known of one whose tables or whose search path the record changes, nor of a table told in two ways."""
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    unsure: set[tuple[str, str]] = set()
    changed: set[str] = set()
    for call in calls:
        question = call.question
        if not isinstance(question, SqlStatement):
            continue
        if _changes(question):
            changed.add(call.dependency)
        for table, columns in _told(call):
            if found[call.dependency].setdefault(table, columns) != columns:
                unsure.add((call.dependency, table))
    return {
        dependency: frozenset(each for each in tables.items() if (dependency, each[0]) not in unsure)
        for dependency, tables in found.items()
        if dependency not in changed
    }


def _changes(question: SqlStatement) -> bool:
    told = (question.text, *question.parameters)
    return sql.read(question.text).verb in _CHANGING or any("search_path" in str(each) for each in told)


def _told(call: RecordedCall) -> Iterable[tuple[str, tuple[str, ...]]]:
    question, answer = call.question, call.answer
    if not isinstance(question, SqlStatement) or not isinstance(answer, SqlResult) or answer.columns is None:
        return
    if "*" not in question.text or (listed := sql.listed(question.text)) is None or len(listed.given) != 1:
        return
    names = tuple(column.name for column in answer.columns)
    if (table := listed.given[0].output.of) and len(set(names)) == len(names):
        yield table, names
