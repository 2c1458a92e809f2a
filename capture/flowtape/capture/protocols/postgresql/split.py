"""The statements of a simple query's text: cut at the semicolons that the server's parser would cut at.

PostgreSQL documentation, "Lexical Structure": semicolons in quotes, dollar quotes, comments (which nest) and parentheses do not
cut. standard_conforming_strings is taken to be on, as it is since 9.1.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    --[^\n]*
    | (?P<comment>/\*)
    | [eE]'(?:[^'\\]|\\.|'')*'?
    | '[^']*'?
    | "[^"]*"?
    | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
    | [^\W\d][\w$]*
    | \d[\w.]*
    | (?P<cut>[;()])
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")
_ATOMIC = re.compile(r"\bBEGIN\s+ATOMIC\b", re.IGNORECASE)


def split(text: str) -> list[str]:
    """The statements in their order, without their semicolons; a text of one statement is given back as it is.

    Pieces of nothing but blanks and comments are no statements, as for the server; their comments stay with the statement
    before them. A text without any statement gives [].
    """
    pieces = [text] if ";" not in text or _ATOMIC.search(text) else _cut(text)
    statements: list[str] = []
    for piece in pieces:
        if not is_blank(piece):
            statements.append(piece.strip())
        elif statements and piece.strip():
            statements[-1] += " " + piece.strip()
    return [text] if len(statements) == 1 else statements


def is_blank(text: str) -> bool:
    """Whether nothing but blanks and comments is there."""
    return bare(text) == ""


def bare(text: str) -> str:
    """`text` less the blanks and comments before it, and the blanks after it."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text.startswith("--", at):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end + 1
        elif text.startswith("/*", at):
            at = _after_comment(text, at)
        else:
            break
    return text[at:].rstrip()


def _cut(text: str) -> list[str]:
    pieces: list[str] = []
    start = at = depth = 0
    while (token := _TOKEN.search(text, at)) is not None:
        at = token.end()
        if token["comment"]:
            at = _after_comment(text, token.start())
        elif token["dollar"]:
            end = text.find(token["dollar"], at)
            at = len(text) if end < 0 else end + len(token["dollar"])
        elif token["cut"] == "(":
            depth += 1
        elif token["cut"] == ")":
            depth = max(0, depth - 1)
        elif token["cut"] and not depth:
            pieces.append(text[start : token.start()])
            start = at
    return [*pieces, text[start:]]


def _after_comment(text: str, at: int) -> int:
    """Where the comment that opens at `at` ends, with those nested in it; the end of the text where it does not."""
    depth = 0
    for mark in _COMMENT.finditer(text, at):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    return len(text)
