"""Other readings of a recorded call: what else it answers than the very question that was asked.

A reading is a recorded call of its own on the tape, with another meaning, that is used up together with the whole. Readings are
looked for after the record has no answer to the question as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from flowtape.capture.exchange import Answer, Question, SqlResult, SqlStatement, Value
from flowtape.capture.sql.canonical import NO_TABLES, Tables
from flowtape.replay.flowfile import RecordedCall
from flowtape.replay.index import Recorded
from flowtape.replay.match import Asked, asked, without_list
from flowtape.replay.rules.many_keys import part_answers
from flowtape.replay.rules.projection import projected

Names: TypeAlias = Callable[[Value], list[str]]
"""The variables in a value."""


def readings(recorded: Recorded, names: Names, tables: Tables = NO_TABLES) -> Iterator[Recorded]:
    """They are noted in `recorded.readings` as well. `tables` are those whose columns are known, here and below."""
    for call, meaning in _meanings(recorded, tables):
        opened = {name: value for name, value in meaning.arguments if names(value)}
        reading = Recorded(recorded.index, call, meaning, opened, used=recorded.used, whole=recorded)
        recorded.readings.append(reading)
        yield reading


def _meanings(recorded: Recorded, tables: Tables) -> Iterator[tuple[RecordedCall, Asked]]:
    call = recorded.call
    if isinstance(call.question, SqlStatement):
        meaning = without_list(call.question, tables)
        if meaning is not None and call.answer is not None:
            yield call, meaning
    for question, answer in part_answers(call.question, call.answer):
        yield replace(call, question=question, answer=answer), asked(question)


def asked_otherwise(question: Question, meaning: Asked, tables: Tables = NO_TABLES) -> Asked | None:
    """The meaning by which a reading may answer; None where none can."""
    if isinstance(question, SqlStatement):
        return without_list(question, tables)
    return meaning if meaning.protocol == "redis" else None


def answer_to(recorded: Recorded, question: Question, tables: Tables = NO_TABLES) -> Answer | None:
    """What a recorded call or a reading of one says to `question`, which has its meaning; None where it cannot tell."""
    answer = recorded.call.answer
    if recorded.whole is None or not isinstance(question, SqlStatement):
        return answer
    assert isinstance(recorded.call.question, SqlStatement)
    if not isinstance(answer, SqlResult):
        return None
    return projected(recorded.call.question, answer, question, tables)
