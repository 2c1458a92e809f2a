"""Comments that somebody wrote into a suite's files: what is written anew keeps them at their places."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import yaml

from flowtape.replay.flowfile.document import FlowFileError, read

Scalars: TypeAlias = Sequence[tuple[tuple[int, int], tuple[int, int]]]
"""Where each scalar begins and ends, as (line, column)."""


@dataclass(slots=True)
class _Line:
    """A line without its comments: whole lines `above` it, and one `behind` it."""

    text: str
    above: list[str] = field(default_factory=list)
    behind: str = ""


def with_comments(before: str, after: str) -> str:
    """`after` with the comments of `before`, each where the line is that it stood by, or where the next one is that is left.

    A comment behind a line that changed stands above what it changed to, one that `after` has too is not written twice. Reads as
    `after` does, and is `after` where `before` is no YAML.
    """
    if "#" not in before:
        return after
    try:
        scalars = _scalars(after)
        old, new = _lines(before, _scalars(before)), _lines(after, scalars)
    except yaml.YAMLError:
        return after
    if not any(line.above or line.behind for line in old):
        return after
    steady, open_ended = _first_lines(scalars, len(after.splitlines())), _open_ended(scalars)
    for index, line in zip(_places(old, new), old, strict=True):
        moved = line.text != new[index].text
        there = steady[bisect_right(steady, index) - 1]
        behind = line.behind if not moved and not new[index].behind and index not in open_ended else ""
        above = [*line.above, *([line.behind] if line.behind and not behind else [])]
        known = {each.strip() for each in new[there].above}
        new[there].above += [each for each in above if each.strip() not in known]
        new[index].behind = new[index].behind or behind
    text = _written(new, after)
    return text if _same(text, after) else after


def _lines(text: str, scalars: Scalars) -> list[_Line]:
    """The lines of `text`, and one for its end."""
    found, above = [], list[str]()
    for number, line in enumerate(text.splitlines()):
        at = _comment(number, line, scalars)
        if at >= 0 and not line[:at].strip():
            above.append(line.rstrip())
            continue
        found.append(_Line(line[:at].rstrip() if at >= 0 else line, above, line[at:].rstrip() if at >= 0 else ""))
        above = []
    return [*found, _Line("", above)]


def _scalars(text: str) -> Scalars:
    """Raises yaml.YAMLError."""
    tokens = yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return [
        ((token.start_mark.line, token.start_mark.column), (token.end_mark.line, token.end_mark.column))
        for token in tokens
        if isinstance(token, yaml.ScalarToken)
    ]


def _comment(number: int, line: str, scalars: Scalars) -> int:
    """The column of the line's comment, -1 if it has none."""
    at = line.find("#")
    while at >= 0:
        apart = at == 0 or line[at - 1] in " \t"
        if apart and not any(start <= (number, at) < end for start, end in scalars):
            return at
        at = line.find("#", at + 1)
    return -1


def _first_lines(scalars: Scalars, count: int) -> list[int]:
    """The lines above which a comment may stand, of so many: those that are not inside of a scalar."""
    inside = {line for (first, _), (last, column) in scalars for line in range(first + 1, last + (column > 0))}
    return [number for number in range(count + 1) if number not in inside]


def _open_ended(scalars: Scalars) -> set[int]:
    """The lines behind which no comment may stand: a scalar goes on after them."""
    return {line for (first, _), (last, _) in scalars for line in range(first, last)}


def _places(old: Sequence[_Line], new: Sequence[_Line]) -> Iterator[int]:
    """For each old line the new one that it is, or the first of those that are in its place."""
    texts = [line.text for line in old[:-1]], [line.text for line in new[:-1]]
    for _, first, last, there, end in difflib.SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
        same = last - first == end - there
        yield from (there + (number if same else 0) for number in range(last - first))
    yield len(new) - 1


def _written(lines: Sequence[_Line], like: str) -> str:
    out = []
    for line, following in pairwise([*lines, None]):
        assert line is not None
        out += line.above
        if following is not None:
            out.append(f"{line.text}  {line.behind}" if line.behind else line.text)
    return "\n".join(out) + ("\n" if like.endswith("\n") or lines[-1].above else "")


def _same(text: str, after: str) -> bool:
    try:
        return bool(read(text, "", binary=True) == read(after, "", binary=True))
    except FlowFileError:
        return False
