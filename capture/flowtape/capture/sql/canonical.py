"""The canonical form of a folded statement, by sqlglot where it can, by its tokens where it cannot.

What sqlglot takes out is said by the rules in `rules/`: each holds for every schema and all data. What names a result's columns, and
their order, stays; `outputs` says it apart.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from flowtape.capture.sql.fold import MARKER, Folded
from flowtape.capture.sql.scan import Kind, Token, needs_no_quotes

if TYPE_CHECKING:
    from flowtape.capture.sql.outputs import Listing

MAX_WORDS = 3000
MAX_DEPTH = 24
"""A longer or deeper statement is compared by its tokens: the parser's time and stack are bounded so."""

Tables: TypeAlias = frozenset[tuple[str, tuple[str, ...]]]
"""Tables as a statement names them, with their schema if it does, and all their columns in order."""
NO_TABLES: Tables = frozenset()

_PARSED = frozenset({"select", "with", "insert", "update", "delete", "merge", "values", "("})


@dataclass(frozen=True, slots=True)
class Form:
    """`text` holds markers; those in `fixed` are part of the statement, not values; those in `lists` stand for a list in which order
    does not matter; each of `tied` are some whose values may change places. `tables` in the order of their occurrence.
    """

    text: str
    tables: tuple[str, ...] = ()
    fixed: frozenset[int] = frozenset()
    lists: frozenset[int] = frozenset()
    tied: tuple[tuple[int, ...], ...] = ()
    listing: Listing | None = None


def canonical(folded: Folded, tables: Tables | None = None) -> Form:
    """Never raises. Told which `tables` are known, it gives the form as they allow, with its listing."""
    if not readable(folded.words):
        return plain(folded)
    form = _with_room(folded.text, tables)
    if form is None or not _same_markers(form.text, len(folded.markers)):
        return plain(folded)
    return form


def readable(words: list[Token]) -> bool:
    """Whether a statement is one that sqlglot knows and is small enough for it."""
    if not words or words[0].text not in _PARSED or len(words) > MAX_WORDS or words[-1].kind is Kind.REST:
        return False
    depth = deepest = 0
    for word in words:
        if word.kind is Kind.OPERATOR:
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(word.text, 0)
            deepest = max(deepest, depth)
        elif word.kind is Kind.WORD and word.text in {"case", "end"}:
            depth += 1 if word.text == "case" else -1
            deepest = max(deepest, depth)
    return deepest <= MAX_DEPTH and _longest_chain(words) <= 200


def _longest_chain(words: list[Token]) -> int:
    """How many prefix operators follow one another: each is a level for a parser that descends."""
    longest = run = 0
    for word in words:
        prefix = word.text == "not" if word.kind is Kind.WORD else word.text in {"-", "+", "~"}
        run = run + 1 if prefix and word.kind in {Kind.WORD, Kind.OPERATOR} else 0
        longest = max(longest, run)
    return longest


def plain(folded: Folded) -> Form:
    """The statement by its tokens."""
    text = re.sub(r"\s*::\s*", "::", folded.text)
    text = re.sub(r" (?=[,;)\].])|(?<=[(\[.]) ", "", text)
    return Form(_unquoted(text.rstrip("; ")), tuple(_tables_by_word(folded.words)))


def _unquoted(text: str) -> str:
    def name(match: re.Match[str]) -> str:
        inner = match[0][1:-1]
        return inner if needs_no_quotes(inner) else match[0]

    return re.sub(r'"(?:[^"]|"")*+"', name, text)


def _tables_by_word(words: list[Token]) -> Iterator[str]:
    seen: set[str] = set()
    if words and words[0].text in {"fetch", "move"}:
        return
    for index, word in enumerate(words[:-1]):
        if word.kind is not Kind.WORD or word.text not in {"from", "join", "into", "table", "truncate", "copy", "on"}:
            continue
        at = index + 1
        while at < len(words) - 1 and words[at].text in {"only", "if", "not", "exists", "table"}:
            at += 1
        name = words[at]
        if name.kind not in {Kind.WORD, Kind.NAME} or (
            word.text == "on" and words[0].text not in {"create", "grant", "revoke"}
        ):
            continue
        text = name.text
        if at + 2 < len(words) and words[at + 1].text == ".":
            text = f"{text}.{words[at + 2].text}"
        if text not in seen and text not in {"select", "stdin"}:
            seen.add(text)
            yield text


def _same_markers(text: str, count: int) -> bool:
    return sorted(marker_numbers(text)) == list(range(count))


def marker_numbers(text: str) -> list[int]:
    """The markers in `text`, in their order."""
    return [int(match[2] or match[3]) for match in MARKER.finditer(text)]


def _with_room(text: str, tables: Tables | None) -> Form | None:
    """Parse with a whole stack, so that the same text gives the same form however deep the caller is."""
    try:
        return _by_sqlglot(text, tables)
    except RecursionError:
        pass
    made: list[Form | None] = []

    def parse() -> None:
        try:
            made.append(_by_sqlglot(text, tables))
        except RecursionError:
            made.append(None)

    thread = threading.Thread(target=parse)
    thread.start()
    thread.join()
    return made[0] if made else None


def _by_sqlglot(text: str, known: Tables | None) -> Form | None:
    from sqlglot import ErrorLevel, parse
    from sqlglot.errors import SqlglotError

    from flowtape.capture.sql import tree
    from flowtape.capture.sql.grammar import Grammar
    from flowtape.capture.sql.outputs import listing
    from flowtape.capture.sql.rules.conditions import interchangeable
    from flowtape.capture.sql.rules.lists import list_markers

    try:
        parsed = [statement for statement in parse(text, dialect=Grammar, error_level=ErrorLevel.RAISE) if statement]
        if len(parsed) != 1 or not tree.known(parsed[0]):
            return None
        tables = tree.tables(parsed[0])
        statement = tree.normalise(parsed[0], known or NO_TABLES)
        written = statement.sql(dialect="postgres", comments=False)
        fixed, lists = frozenset(tree.fixed_markers(statement)), frozenset(list_markers(statement))

        def free(tied: Iterable[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
            return tuple(numbers for numbers in tied if not fixed.intersection(numbers))

        form = Form(written, tables, fixed, lists, free(interchangeable(statement)))
        if known is None:
            return form
        apart = listing(statement)
        return replace(form, listing=replace(apart, tied=free(apart.tied)))
    except RecursionError:
        raise
    except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        # sqlglot meets text that strangers wrote: whatever it trips over is not readable, and that is an answer.
        return None
