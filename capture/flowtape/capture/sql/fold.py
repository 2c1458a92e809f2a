"""SQL text with its values taken out: what is left is the same for every run of a statement, and short.

A value is a literal or a placeholder; each leaves a *marker* that a SQL parser takes for a literal. Lists of values
(`IN (…)`, rows in VALUES and IN, `ARRAY[…]`) leave one marker, or one row of them, so that a bulk insert is as short as a single one.
A cast directly on a value goes with it: drivers write `$1`, `$1::integer` and `'1'::integer` for the same question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from flowtape.capture.exchange import Value
from flowtape.capture.sql.constants import constants
from flowtape.capture.sql.scan import Kind, Token, operand, tokens


@dataclass(frozen=True, slots=True)
class Slot:
    """One value's place: a literal with its `value`, or the placeholder for parameter number `bound`, from 0.

    A list of values is one place with `items`; its `bound` is the last of theirs.
    """

    source: str
    value: Value = None
    bound: int = -1
    number: bool = False
    items: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Slots that one row of markers stands for. `repeated` says that the text held a list of such rows, of any length."""

    rows: tuple[tuple[Slot, ...], ...]
    repeated: bool = False


@dataclass(slots=True, eq=False)
class Folded:
    """`text` has one marker for each pair in `markers`: which group, and which column of its rows.

    Two of them are equal if their texts are: only their values differ.
    """

    text: str = ""
    words: list[Token] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    markers: list[tuple[int, int]] = field(default_factory=list)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Folded) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


Item: TypeAlias = Token | Slot | Group
MARKER = re.compile(r"(?<![\w$])(?:([89])(\d{8})(?![\w$])|'\x02(\d{8})\x03')")
"""9…: a numeric literal; '\\x02…\\x03': a string; 8…: a placeholder, a boolean or NULL. The digits number the marker."""

_SLOT_NULL_AFTER = frozenset({"=", ",", "(", "then", "else", "select", "[", "to"})
_VALUE_WORDS = {"true": "t", "false": "f", "null": None}
_OPEN, _CLOSE = Token(Kind.OPERATOR, "(", "("), Token(Kind.OPERATOR, ")", ")")
_BARE_UUID = re.compile(r"[0-9a-fA-F]{32}\Z")
_TWO_WORD_TYPES = {"double": ("precision",), "character": ("varying",), "bit": ("varying",)}


def fold(text: str) -> Folded:
    """Never raises."""
    items = _slots(text)
    for step in (_drop_casts, _fold_arrays, _fold_lists, _fold_rows, _fold_names):
        items = step(items)
    return _write(items)


def _slots(text: str) -> list[Item]:
    """Tokens with the values among them as slots."""
    items: list[Item] = []
    named: dict[str, int] = {}
    previous: Token | None = None
    found = list(tokens(text))
    data = bool(found) and found[0].text in {
        "select",
        "with",
        "insert",
        "update",
        "delete",
        "merge",
        "values",
        "(",
        "execute",
    }
    fixed = constants(found) if data else frozenset()
    for at, token in enumerate(found):
        slot: Slot | None = None
        if at in fixed:
            pass
        elif token.kind is Kind.PLACEHOLDER:
            slot = Slot(token.source, bound=_bound(token.text, named))
        elif token.kind is Kind.STRING:
            slot = Slot(token.source, token.text)
        elif token.kind is Kind.NUMBER:
            slot = _number(token, items)
        elif token.kind is Kind.WORD and data and token.text in _VALUE_WORDS and _is_value(token, previous):
            slot = Slot(token.source, _VALUE_WORDS[token.text])
        items.append(slot or token)
        previous = token
    return items


def _bound(text: str, named: dict[str, int]) -> int:
    if text[0] == "$":
        return min(int(text[1:6]), 65535) - 1 if len(text) <= 6 else 65535
    if text[0] == ":" or text.startswith("%("):
        return named.setdefault(text, len(named))
    return named.setdefault(f"{len(named)}", len(named))


def _number(token: Token, items: list[Item]) -> Slot:
    """A number with its sign, where what precedes it is one and not a minus."""
    last = items[-1] if items else None
    if isinstance(last, Token) and last.kind is Kind.OPERATOR and last.text == "-":
        before = items[-2] if len(items) > 1 else None
        if not isinstance(before, Slot) and not operand(before if isinstance(before, Token) else None):
            items.pop()
            return Slot("-" + token.source, "-" + token.text, number=True)
    return Slot(token.source, token.text, number=True)


def _is_value(token: Token, previous: Token | None) -> bool:
    """Whether TRUE, FALSE or NULL stands where a placeholder could: not in `IS NULL`, `NOT NULL`."""
    if previous is None:
        return False
    if token.text == "null":
        return previous.text in _SLOT_NULL_AFTER and previous.kind is not Kind.STRING
    return previous.text not in {"is", "not"} or previous.kind is not Kind.WORD


def _text(item: Item | None) -> str:
    return item.text if isinstance(item, Token) and item.kind in {Kind.WORD, Kind.OPERATOR} else ""


def _drop_casts(items: list[Item]) -> list[Item]:
    kept: list[Item] = []
    index = 0
    while index < len(items):
        if _text(items[index]) == "::" and kept and isinstance(kept[-1], Slot):
            if index + 1 < len(items) and _text(items[index + 1]) == "uuid":
                kept[-1] = _with_dashes(kept[-1])
            begin, index = index, _after_type(items, index + 1)
            cast = [*map(_text, items[begin:index])]
            while [*map(_text, items[index : index + len(cast)])] == cast:
                # SQLAlchemy casts what psycopg2 has cast to the same type already.
                index += len(cast)
            if index < len(items) and _text(items[index]) == "::":
                # Only the innermost cast is the value's own; the next one is the statement's: the brackets keep it.
                kept[-1:] = [_OPEN, kept[-1], _CLOSE, items[index]]
                index += 1
            continue
        kept.append(items[index])
        index += 1
    return kept


def _with_dashes(slot: Slot) -> Slot:
    """A UUID as PostgreSQL writes it; psycopg puts it into the text without dashes."""
    found = slot.value
    if not isinstance(found, str) or not _BARE_UUID.match(found):
        return slot
    parts = (found[:8], found[8:12], found[12:16], found[16:20], found[20:])
    return replace(slot, value="-".join(parts).lower())


def _after_type(items: list[Item], index: int) -> int:
    """Where the type name that begins at `index` ends."""
    name = _text(items[index]) if index < len(items) else ""
    index += 1
    while index + 1 < len(items) and _text(items[index]) == ".":
        index += 2
    for word in _TWO_WORD_TYPES.get(name, ()):
        index += index < len(items) and _text(items[index]) == word
    if index + 2 < len(items) and _text(items[index]) == "(" and isinstance(items[index + 1], Slot):
        while index < len(items) and _text(items[index]) != ")":
            index += 1
        index += 1
    if name in {"timestamp", "time"} and [_text(item) for item in items[index : index + 3]] in (
        ["with", "time", "zone"],
        ["without", "time", "zone"],
    ):
        index += 3
    while index + 1 < len(items) and _text(items[index]) == "[" and _text(items[index + 1]) == "]":
        index += 2
    return index


def _list_end(items: list[Item], index: int, close: str) -> int:
    """Where the list of slots, separated by commas, that begins at `index` closes; -1 if it is no such list."""
    while index + 1 < len(items) and isinstance(items[index], Slot):
        after = _text(items[index + 1])
        if after == close:
            return index + 1
        if after != ",":
            return -1
        index += 2
    return -1


def _fold_delimited(
    items: list[Item], word: str, edges: str, made: Callable[[tuple[Slot, ...]], list[Item] | None]
) -> list[Item]:
    kept: list[Item] = []
    index = 0
    while index < len(items):
        if _text(items[index]) == word and index + 1 < len(items) and _text(items[index + 1]) == edges[0]:
            end = _list_end(items, index + 2, edges[1])
            slots = tuple(item for item in items[index + 2 : end] if isinstance(item, Slot)) if end > 0 else ()
            folded = made(slots) if slots else None
            if folded is not None:
                kept += folded
                index = end + 1
                continue
        kept.append(items[index])
        index += 1
    return kept


def _fold_arrays(items: list[Item]) -> list[Item]:
    """`ARRAY['a', 'b']` of literals is the value that a driver would have sent as a parameter: `{a,b}`."""

    def array(slots: tuple[Slot, ...]) -> list[Item] | None:
        if any(slot.bound >= 0 for slot in slots):
            return None
        return [Slot("", array_text(slot.value for slot in slots))]

    return _drop_casts(_fold_delimited(items, "array", "[]", array))


def array_text(values: Iterable[Value]) -> str:
    """`values` as PostgreSQL writes an array of them."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Value) -> str:
    if value is None:
        return "NULL"
    text = str(value)
    if text and text.lower() != "null" and not re.search(r'[\s{},"\\]', text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _fold_lists(items: list[Item]) -> list[Item]:
    word = Token(Kind.WORD, "in", "in")
    return _fold_delimited(
        items,
        "in",
        "()",
        lambda slots: [word, _OPEN, Group(tuple((slot,) for slot in slots), repeated=True), _CLOSE],
    )


def _fold_rows(items: list[Item]) -> list[Item]:
    """`VALUES (…), (…)` and `IN ((…), (…))` with rows of one shape keep the first row."""
    kept: list[Item] = []
    index = 0
    while index < len(items):
        kept.append(items[index])
        index += 1
        among = [*map(_text, kept[-2:])] == ["in", "("]
        if _text(kept[-1]) != "values" and not among:
            continue
        rows, end = _rows(items, index)
        if among and [*map(_text, items[end : end + 1])] != [")"]:
            continue
        if not rows or len({_shape(row) for row in rows}) > 1 or any(isinstance(item, Group) for item in rows[0]):
            continue
        slots = tuple(tuple(item for item in row if isinstance(item, Slot)) for row in rows)
        if slots[0]:
            group = Group(slots, repeated=True)
            # The group stands where its first column was; the columns after it are marked by what they were.
            first = True
            for item in rows[0]:
                kept.append((group if first else _COLUMN) if isinstance(item, Slot) else item)
                first = first and not isinstance(item, Slot)
            index = end
    return kept


_COLUMN = Group(())
_NAMED_LAST = frozenset({"savepoint", "release", "rollback", "abort", "fetch", "move", "close"})


def _fold_names(items: list[Item]) -> list[Item]:
    """Drivers make up the names of savepoints, all of them, and of cursors, whose numbers go."""
    items = items[:-1] if items and _text(items[-1]) == ";" else items
    words = [_text(item) for item in items[:4]]
    first = words[0] if words else ""
    at = 1 if first == "declare" else len(items) - 1 if first in _NAMED_LAST else 0
    if first in {"rollback", "abort"} and "to" not in words:
        return items
    if not 0 < at < len(items) or words == ["close", "all"]:
        return items
    name = items[at]
    if not isinstance(name, Token) or name.kind not in {Kind.WORD, Kind.NAME}:
        return items
    folded = _MADE_UP.sub("0", name.text) if first in {"declare", "fetch", "move", "close"} else "name"
    head = _fetch(items[1:at]) if first == "fetch" else items[1:at]
    return [items[0], *head, Token(Kind.NAME, folded, folded), *items[at + 1 :]]


_MADE_UP = re.compile(r"(?:[0-9a-f]*[0-9][0-9a-f]*)+")


def _fetch(direction: list[Item]) -> list[Item]:
    """The ways to say how many rows forward: NEXT, 10, ALL, FORWARD ALL."""
    words = [_text(item) for item in direction]
    if words[-1:] in (["from"], ["in"]):
        direction, words = direction[:-1], words[:-1]
    if words[:1] == ["forward"]:
        direction, words = direction[1:], words[1:]
    count: Item | None = None
    if words in ([], ["next"]):
        count = Slot("1", "1", number=True)
    elif words == ["all"]:
        count = Slot("all", "all", number=True)
    elif len(direction) == 1 and isinstance(direction[0], Slot) and not str(direction[0].value).startswith("-"):
        count = direction[0]
    end = Token(Kind.WORD, "from", "from")
    return [*direction, end] if count is None else [Token(Kind.WORD, "forward", "forward"), count, end]


def _rows(items: list[Item], index: int) -> tuple[list[list[Item]], int]:
    rows: list[list[Item]] = []
    end = index
    while index < len(items) and _text(items[index]) == "(":
        start, depth = index, 0
        while index < len(items):
            depth += {"(": 1, ")": -1}.get(_text(items[index]), 0)
            index += 1
            if not depth:
                break
        else:
            return [], end
        rows.append(items[start:index])
        end = index
        if index >= len(items) or _text(items[index]) != ",":
            break
        index += 1
    return rows, end


def _shape(row: Iterable[Item]) -> str:
    return " ".join(item.source if isinstance(item, Token) else "\x02" for item in row)


def _write(items: list[Item]) -> Folded:
    folded = Folded()
    parts: list[str] = []
    column = 0
    for item in items:
        if isinstance(item, Token):
            folded.words.append(item)
            parts.append(_spelled(item))
            continue
        if item is _COLUMN:
            column += 1
        else:
            column = 0
            folded.groups.append(item if isinstance(item, Group) else Group(((item,),)))
        slot = folded.groups[-1].rows[0][column]
        number = len(folded.markers)
        folded.markers.append((len(folded.groups) - 1, column))
        if slot.bound < 0 and not slot.number and isinstance(slot.value, str) and slot.source[-1:] in {"'", "$", ""}:
            parts.append(f"'\x02{number:08d}\x03'")
        else:
            parts.append(f"{9 if slot.number else 8}{number:08d}")
    folded.text = " ".join(parts)
    return folded


def _spelled(token: Token) -> str:
    if token.kind is Kind.NAME:
        return '"' + _unlike_a_marker(token.text).replace('"', '""') + '"'
    return _unlike_a_marker(token.text) if token.kind is Kind.REST else token.text


def _unlike_a_marker(text: str) -> str:
    """Strangers write names too: none may read as a marker."""
    return re.sub(r"\d(?=\d{8})", r"\g<0>_", text).replace("\x02", "\ufffd")
