"""Literals that are part of the question and no values: `ORDER BY 1`, `count(1)`, `EXISTS (SELECT 1 …)`, `WHERE true`, `1 = 1`.

What they say is for `rules/` to tell; here they are only found, by what stands before and behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowtape.capture.sql.scan import Kind, Token

_CLOSES = frozenset(
    ") ; group order limit offset for having fetch window union intersect except returning where".split()
)
_IN_ORDER = _CLOSES | {",", "asc", "desc", "nulls"}
_JOINS = frozenset("join left right inner full cross natural".split())
_BEFORE_A_CONDITION = frozenset({"where", "having", "on", "and", "or"})
_BEHIND_A_CONDITION = _CLOSES | _JOINS | {"and", "or"}
_MAX_DIGITS = 3
_MAX_BACK = 100


def constants(found: Sequence[Token]) -> frozenset[int]:
    """The places of such literals."""
    places: set[int] = set()
    depth, listed = 0, -1  # `listed` is how deep the ORDER BY or GROUP BY is that we are in
    for at, token in enumerate(found):
        text = token.text
        if token.kind is Kind.NUMBER:
            if _short(token) and (
                (depth == listed and _is_position(found, at)) or _counts(found, at) or _asks_for_rows(found, at)
            ):
                places.add(at)
        elif token.kind is Kind.OPERATOR:
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text, 0)
            listed = -1 if depth < listed else listed
            if text == "=":
                places.update(_tautology(found, at))
        elif token.kind is Kind.WORD:
            if text == "by" and _text(found, at - 1) in ("group", "order"):
                listed = depth
            elif depth == listed and text in _CLOSES:
                listed = -1
            elif text in ("true", "false") and _is_condition(found, at, at):
                places.add(at)
    return frozenset(places)


def _short(token: Token) -> bool:
    return token.text.isdigit() and len(token.text) <= _MAX_DIGITS


def _text(found: Sequence[Token], at: int) -> str:
    """Of a word or an operator; "" beyond the ends."""
    inside = 0 <= at < len(found) and found[at].kind in (Kind.WORD, Kind.OPERATOR)
    return found[at].text if inside else ""


def _ends(found: Sequence[Token], at: int, words: frozenset[str]) -> bool:
    return at >= len(found) or _text(found, at) in words


def _is_position(found: Sequence[Token], at: int) -> bool:
    return _text(found, at - 1) in ("by", ",") and _ends(found, at + 1, _IN_ORDER)


def _counts(found: Sequence[Token], at: int) -> bool:
    return [_text(found, each) for each in (at - 2, at - 1, at + 1)] == ["count", "(", ")"] and _text(
        found, at - 3
    ) != "."


def _asks_for_rows(found: Sequence[Token], at: int) -> bool:
    around = [_text(found, each) for each in (at - 3, at - 2, at - 1, at + 1)]
    return around == ["exists", "(", "select", "from"]


def _tautology(found: Sequence[Token], equals: int) -> Iterator[int]:
    """Both sides of `1 = 1`."""
    before, after = equals - 1, equals + 1
    if before < 0 or after >= len(found) or found[before] != found[after] or found[before].kind is not Kind.NUMBER:
        return
    if _short(found[before]) and _is_condition(found, before, after):
        yield before
        yield after


def _is_condition(found: Sequence[Token], first: int, last: int) -> bool:
    """Whether what stands from `first` to `last` is a condition of its own."""
    before = _text(found, first - 1)
    if before == "(":
        return _text(found, last + 1) in ("and", "or")
    return (
        before in _BEFORE_A_CONDITION
        and _ends(found, last + 1, _BEHIND_A_CONDITION)
        and not (before == "and" and _of_between(found, first - 1))
    )


def _of_between(found: Sequence[Token], at: int) -> bool:
    """Whether the AND at `at` may be that of BETWEEN: what is far off is not looked for."""
    depth = 0
    for each in range(at - 1, max(at - _MAX_BACK, -1), -1):
        text = _text(found, each)
        depth += {")": 1, "(": -1}.get(text, 0)
        if depth < 0 or (not depth and text in ("and", "or", "where", "having", "on", "when", "select")):
            return False
        if not depth and text == "between":
            return True
    return True
