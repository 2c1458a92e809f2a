"""Captured text on a terminal: strangers wrote it, so it may show, and do nothing."""

from __future__ import annotations

import unicodedata
from typing import Final

LIMIT: Final = 200
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control and format characters (colours, cursor, direction of writing), surrogates, the unassigned, separators of lines."""


def printable(text: str, limit: int = LIMIT) -> str:
    """`text` on one line, what could act on a terminal written as an escape, no longer than `limit` characters and "…".

    It may still hold rich's markup: print it as `rich.text.Text`, or through `rich.markup.escape`.
    """
    cut = text[: limit + 1]
    shown = "".join(
        _escaped(character) if unicodedata.category(character) in _HIDDEN else character for character in cut
    )
    return shown if len(shown) <= limit else f"{shown[:limit]}…"


def lines(text: str, limit: int = 2000) -> str:
    """As `printable`, but line feeds and tabs stay."""
    return "\n".join(printable(line.replace("\t", "    "), limit) for line in text[:limit].split("\n"))


def _escaped(character: str) -> str:
    code = ord(character)
    return {10: "\\n", 13: "\\r", 9: "\\t"}.get(code) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
