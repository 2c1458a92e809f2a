"""A statement and what it gives, told apart, for what a record may answer otherwise than as it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from flowtape.capture.exchange import Value
from flowtape.capture.sql.canonical import NO_TABLES, Form, Tables, canonical
from flowtape.capture.sql.fold import Folded, Slot, fold
from flowtape.capture.sql.statement import MAX_REMEMBERED, Statement, filled, hashed, read, told, uncommented

if TYPE_CHECKING:
    from flowtape.capture.sql.outputs import Output


@dataclass(frozen=True, slots=True)
class Given:
    """One item of a select list or a RETURNING list: an `Output` with its values. Two are the same item if `meaning` is equal."""

    output: Output
    canonical: str
    slots: tuple[Slot, ...]

    def meaning(self, parameters: Sequence[Value]) -> tuple[str, tuple[Value, ...]]:
        return self.canonical, filled(self.slots, parameters)


@dataclass(frozen=True, slots=True)
class Listed:
    """A statement as `rest`, which has everything but its list, and that list. `all` as in `Listing`.

    In `rest` one value is a list of one, and no rows skipped are 0, so that it is the same however these were put.
    """

    rest: Statement
    given: tuple[Given, ...]
    all: bool


def listed(text: str, tables: Tables = NO_TABLES) -> Listed | None:
    """With what is known of `tables`. None where the statement is compared by its tokens. Never raises."""
    text = uncommented(text)
    return _remembered(text, tables) if len(text) <= MAX_REMEMBERED else _listed(text, tables)


def _listed(text: str, tables: Tables) -> Listed | None:
    folded = fold(text)
    form = canonical(folded, tables)
    listing = form.listing
    if listing is None:
        return None
    named, slots, lists, rows = told(folded, replace(form, tied=listing.tied), listing.rest)
    if listing.offset is not None:
        named, slots = f"{named} OFFSET ?", (*slots, _skipped(folded, listing.offset))
    literals = tuple(slot.value for slot in slots if slot.bound < 0)
    rest = replace(
        read(text), fingerprint=hashed(named), canonical=named, literals=literals, slots=slots, lists=lists, rows=rows
    )
    return Listed(rest, tuple(_given(folded, form, output) for output in listing.outputs), listing.all)


_remembered = lru_cache(maxsize=2048)(_listed)


def _skipped(folded: Folded, offset: int) -> Slot:
    if offset < 0:
        return Slot("0", "0", number=True)
    group, column = folded.markers[offset]
    return folded.groups[group].rows[0][column]


def _given(folded: Folded, form: Form, output: Output) -> Given:
    found = told(folded, form, output.text)
    return Given(output, found.canonical, found.slots)
