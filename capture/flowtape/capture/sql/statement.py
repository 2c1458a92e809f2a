"""What a SQL text means: what it does, to which tables, and what it is called when its values are left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flowtape.capture.exchange import Value
from flowtape.capture.sql import kind as kinds
from flowtape.capture.sql.canonical import Form, canonical, marker_numbers
from flowtape.capture.sql.comment import split_comment
from flowtape.capture.sql.fold import MARKER, Folded, Slot, fold
from flowtape.capture.sql.kind import StatementKind, TransactionControl

MAX_REMEMBERED = 8_192
"""Texts longer than this are read anew each time, so that what is remembered stays small."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement without its values.

    `fingerprint` is the same for texts that ask the same question (formatting, aliases, quotes, the style of placeholders,
    literals instead of parameters, the length of lists). `canonical` is what it is the hash of, with `?` for each value.
    `literals` are the values in the text, in canonical order and as a driver would send them as parameters.
    `slots` say where each value comes from; `arguments` fills them. `locks` says that it asks for locks beside what it does.
    """

    fingerprint: str
    canonical: str
    literals: tuple[Value, ...]
    kind: StatementKind
    verb: str
    tables: tuple[str, ...]
    transaction_control: TransactionControl
    slots: tuple[Slot, ...]
    locks: bool = False


def read(text: str) -> Statement:
    """Never raises, whatever `text` is. Comments do not matter."""
    if text.rstrip("; \t\r\n").endswith("*/") or text.lstrip()[:2] == "/*":
        text = split_comment(text)[0]
    return _remembered(text) if len(text) <= MAX_REMEMBERED else _read(text)


def arguments(statement: Statement, parameters: Sequence[Value]) -> tuple[Value, ...]:
    """The values that take part, in canonical order, whether they stood in the text or were bound to it.

    A parameter that was not given is None. Where a text holds several lists, each is followed by its length, as
    "(3 values)": `a IN (1, 2) AND b IN (3)` is not `a IN (1) AND b IN (2, 3)`.
    """
    count = len(parameters)
    return tuple(
        slot.value if slot.bound < 0 else parameters[slot.bound] if slot.bound < count else None
        for slot in statement.slots
    )


@lru_cache(maxsize=2048)
def _remembered(text: str) -> Statement:
    return _read(text)


def _read(text: str) -> Statement:
    folded = fold(text)
    form = _form(folded) if len(folded.text) <= MAX_REMEMBERED else canonical(folded)
    named, slots = _filled(folded, form)
    return Statement(
        fingerprint=hashlib.blake2b(named.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(),
        canonical=named,
        literals=tuple(slot.value for slot in slots if slot.bound < 0),
        kind=kinds.kind(folded.words),
        verb=kinds.verb(folded.words),
        tables=form.tables,
        transaction_control=kinds.transaction_control(folded.words),
        slots=slots,
        locks=kinds.locks(folded.words),
    )


_form = lru_cache(maxsize=2048)(canonical)


def _filled(folded: Folded, form: Form) -> tuple[str, tuple[Slot, ...]]:
    """The readable canonical text, and the slots in its order."""
    numbers = [number for number in marker_numbers(form.text) if number not in form.fixed]

    def shown(match: re.Match[str]) -> str:
        group, column = folded.markers[int(match[2] or match[3])]
        fixed = int(match[2] or match[3]) in form.fixed
        return folded.groups[group].rows[0][column].source if fixed else "?"

    return MARKER.sub(shown, form.text), tuple(_ordered(folded, numbers))


def _ordered(folded: Folded, numbers: list[int]) -> Iterator[Slot]:
    columns: dict[int, list[int]] = {}
    for number in numbers:
        group, column = folded.markers[number]
        columns.setdefault(group, []).append(column)
    lists = sum(folded.groups[group].repeated for group in columns)
    for group, order in columns.items():
        rows = folded.groups[group].rows
        for row in rows:
            yield from (row[column] for column in order)
        if lists > 1 and folded.groups[group].repeated:
            yield Slot("", f"({len(rows)} values)")
