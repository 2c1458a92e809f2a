"""Lists whose values stand in a statement's text, as drivers write it that bind on their own side: `IN (…)`, `ARRAY[…]`, rows of VALUES."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from flowtape.capture.sql.scan import Kind, Token, tokens

OPENS = {"in": "(", "array": "[", "values": "("}
NAMES = {"in": "in", "array": "arrays", "values": "values"}
Span = tuple[int, int]
"""Where a part of the text begins and ends."""


@dataclass(frozen=True, slots=True)
class Literals:
    """A list at `path`; `items` are its members as they are written, of a row the list of its cells."""

    path: str
    items: list[str | list[str]]
    put: Callable[[Sequence[int]], str]


def literal_lists(text: str) -> Iterator[Literals]:
    """Those of two or more members, without any placeholder. `in[1]` is the second `IN (…)` of a statement."""
    found = _placed(text)
    counts = dict.fromkeys(OPENS, 0)
    for index, (token, _) in enumerate(found):
        if token.kind is not Kind.WORD or token.text not in OPENS or _text(found, index + 1) != OPENS[token.text]:
            continue
        read = _rows(text, found, index + 1) if token.text == "values" else _members(text, found, index + 1)
        if read is not None and len(read[0]) > 1:
            path = "values" if token.text == "values" else f"{NAMES[token.text]}[{counts[token.text]}]"
            yield Literals(path, read[0], partial(_put, text, read[1]))
        counts[token.text] += 1


def _placed(text: str) -> list[tuple[Token, Span]]:
    found, at = [], 0
    for token in tokens(text):
        start = text.find(token.source, at)
        if start < 0:
            return []
        at = start + len(token.source)
        found.append((token, (start, at)))
    return found


def _text(found: Sequence[tuple[Token, Span]], index: int) -> str:
    """Of a word or a sign, "" for all else."""
    token = found[index][0] if index < len(found) else None
    return token.text if token is not None and token.kind in (Kind.WORD, Kind.OPERATOR) else ""


def _inside(found: Sequence[tuple[Token, Span]], index: int) -> tuple[list[Span], int] | None:
    """What stands between the commas of the bracket at `index`, and where it closes; None if a value is not in the text."""
    spans, start, depth, at = [], found[index][1][1], 0, index
    while at < len(found):
        token, (begin, end) = found[at]
        if token.kind is Kind.PLACEHOLDER:
            return None
        sign = _text(found, at)
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if not depth or (sign == "," and depth == 1):
            spans.append((start, begin))
            start = end
        if not depth:
            return spans, at
        at += 1
    return None


def _members(
    text: str, found: Sequence[tuple[Token, Span]], index: int
) -> tuple[list[str | list[str]], list[Span]] | None:
    read = _inside(found, index)
    if read is None or _text(found, index + 1) == "select":
        return None
    spans = [_bare(text, span) for span in read[0]]
    return [text[begin:end] for begin, end in spans], spans


def _rows(
    text: str, found: Sequence[tuple[Token, Span]], index: int
) -> tuple[list[str | list[str]], list[Span]] | None:
    items: list[str | list[str]] = []
    spans: list[Span] = []
    while _text(found, index) == "(":
        read = _inside(found, index)
        if read is None:
            return None
        cells, close = read
        items.append([text[begin:end].strip() for begin, end in cells])
        spans.append((found[index][1][0], found[close][1][1]))
        if _text(found, close + 1) != ",":
            break
        index = close + 2
    return items, spans


def _bare(text: str, span: Span) -> Span:
    """Without the white space around it."""
    inner = text[slice(*span)]
    start = span[0] + len(inner) - len(inner.lstrip())
    return start, start + len(inner.strip())


def _put(text: str, spans: Sequence[Span], order: Sequence[int]) -> str:
    parts, at = [], 0
    for (begin, end), index in zip(spans, order, strict=True):
        parts += [text[at:begin], text[slice(*spans[index])]]
        at = end
    return "".join([*parts, text[at:]])
