"""What a SQL text means: what it does, to which tables, and what it is called when its values are left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flowtape.capture.exchange import Value
from flowtape.capture.sql import kind as kinds
from flowtape.capture.sql.canonical import Form, canonical, marker_numbers
from flowtape.capture.sql.comment import split_comment
from flowtape.capture.sql.fold import MARKER, Folded, Group, Slot, array_text, fold
from flowtape.capture.sql.kind import StatementKind, TransactionControl

MAX_REMEMBERED = 8_192
"""Texts longer than this are read anew each time, so that what is remembered stays small."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement without its values.

    `fingerprint` is the same for texts that ask the same question (by the rules in `rules/`; the style of placeholders, literals
    instead of parameters, the length of lists). `canonical` is what it is the hash of, with `?` for each value.
    `literals` are the values in the text, in canonical order and as a driver would send them as parameters.
    `slots` say where each value comes from; `arguments` fills them. Those whose index is in `lists` are the text of an array in
    which neither order nor repetition matters (`a IN (…)`). `rows` are the lists of rows among the slots (`VALUES (…), (…)`): where
    each begins, how many values a row has, and how many rows there are. `locks` says that it asks for locks beside what it does.
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
    lists: frozenset[int] = frozenset()
    rows: tuple[tuple[int, int, int], ...] = ()


class Told(NamedTuple):
    """A text for people with `?` for each value, and what of it is in a `Statement`."""

    canonical: str
    slots: tuple[Slot, ...]
    lists: frozenset[int]
    rows: tuple[tuple[int, int, int], ...]


def read(text: str) -> Statement:
    """Never raises, whatever `text` is. Comments do not matter."""
    text = uncommented(text)
    return _remembered(text) if len(text) <= MAX_REMEMBERED else _read(text)


def uncommented(text: str) -> str:
    """Without a comment before or behind it, in which tracing writes what is new each time."""
    if text.rstrip("; \t\r\n").endswith("*/") or text.lstrip()[:2] == "/*":
        return split_comment(text)[0]
    return text


def arguments(statement: Statement, parameters: Sequence[Value]) -> tuple[Value, ...]:
    """The values that take part, in canonical order, whether they stood in the text or were bound to it.

    A parameter that was not given is None. Where a text holds several lists of rows, each is followed by its length, as "(3 values)".
    """
    return filled(statement.slots, parameters)


def filled(slots: Sequence[Slot], parameters: Sequence[Value]) -> tuple[Value, ...]:
    count = len(parameters)
    return tuple(
        slot.value
        if slot.bound < 0
        else array_text(filled(slot.items, parameters))
        if slot.items
        else parameters[slot.bound]
        if slot.bound < count
        else None
        for slot in slots
    )


@lru_cache(maxsize=2048)
def _remembered(text: str) -> Statement:
    return _read(text)


def _read(text: str) -> Statement:
    folded = fold(text)
    form = _form(folded) if len(folded.text) <= MAX_REMEMBERED else canonical(folded)
    named, slots, lists, rows = told(folded, form, form.text)
    return Statement(
        fingerprint=hashed(named),
        canonical=named,
        literals=tuple(slot.value for slot in slots if slot.bound < 0),
        kind=kinds.kind(folded.words),
        verb=kinds.verb(folded.words),
        tables=form.tables,
        transaction_control=kinds.transaction_control(folded.words),
        slots=slots,
        locks=kinds.locks(folded.words),
        lists=lists,
        rows=rows,
    )


_form = lru_cache(maxsize=2048)(canonical)


def hashed(text: str) -> str:
    """The fingerprint of a canonical text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def told(folded: Folded, form: Form, text: str) -> Told:
    """`text`, a part of `form`, with its values.

    Values that may change places are one list, where the first of them stands; the others are shown as `…`.
    """
    tied = {numbers[0]: numbers for numbers in form.tied}
    absorbed = {number for numbers in form.tied for number in numbers[1:]}

    def shown(match: re.Match[str]) -> str:
        number = int(match[2] or match[3])
        group, column = folded.markers[number]
        fixed = number in form.fixed
        return "…" if number in absorbed else folded.groups[group].rows[0][column].source if fixed else "?"

    parts, columns, lists = _parts(folded, form, [each for each in marker_numbers(text) if each not in absorbed], tied)
    several = len(columns) > 1
    slots: list[Slot] = []
    places: set[int] = set()
    rows: list[tuple[int, int, int]] = []
    for index, part in enumerate(parts):
        if index in lists:
            places.add(len(slots))
        if not isinstance(part, Slot):
            rows.append((len(slots), len(columns[part]), len(folded.groups[part].rows)))
        slots += [part] if isinstance(part, Slot) else _of_rows(folded.groups[part], columns[part], several=several)
    return Told(MARKER.sub(shown, text), tuple(slots), frozenset(places), tuple(rows))


def _parts(
    folded: Folded, form: Form, numbers: list[int], tied: dict[int, tuple[int, ...]]
) -> tuple[list[Slot | int], dict[int, list[int]], set[int]]:
    """Slots, and the numbers of groups of rows where their first value stands; those groups' columns; which parts are lists."""
    parts: list[Slot | int] = []
    columns: dict[int, list[int]] = {}
    lists: set[int] = set()
    for number in numbers:
        at, column = folded.markers[number]
        group = folded.groups[at]
        if number in form.lists:
            lists.add(len(parts))
            parts.append(_of_list(group))
        elif number in tied:
            lists.add(len(parts))
            parts.append(_of_items([folded.groups[folded.markers[each][0]].rows[0][0] for each in tied[number]]))
        elif number in form.fixed:
            continue
        elif not group.repeated:
            parts.append(group.rows[0][column])
        else:
            if at not in columns:
                parts.append(at)
            columns.setdefault(at, []).append(column)
    return parts, columns, lists


def _of_list(group: Group) -> Slot:
    """`IN (…)` as the array that `= ANY(…)` would have been asked with."""
    if not group.repeated:
        return group.rows[0][0]
    return _of_items([row[0] for row in group.rows])


def _of_items(items: Sequence[Slot]) -> Slot:
    last = max(item.bound for item in items)
    return Slot("", array_text(item.value for item in items) if last < 0 else None, last, items=tuple(items))


def _of_rows(group: Group, columns: list[int], *, several: bool) -> Iterator[Slot]:
    for row in group.rows:
        yield from (row[column] for column in columns)
    if several:
        yield Slot("", f"({len(group.rows)} values)")
