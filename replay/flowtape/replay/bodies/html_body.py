"""HTML by its elements, as forgivingly as browsers read it: a changed text, attribute, comment or order is a difference.

The order of attributes and the amount of white space are none, but in elements whose white space is shown or is code.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from flowtape.replay.bodies.elements import Elements
from flowtape.replay.bodies.tree import Tree

MAX_CONTENT = 8 * 1024 * 1024
"""Longer pages are compared as text, in full: the parser takes more than linear time for what is broken on purpose."""
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
VERBATIM = frozenset({"pre", "textarea", "script", "style"})
CLOSED_BY: dict[str, frozenset[str]] = {
    "li": frozenset({"li"}), "p": frozenset({"p"}), "option": frozenset({"option"}), "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}), "td": frozenset({"td", "th"}), "th": frozenset({"td", "th"}),
    "tr": frozenset({"td", "th", "tr"}),
}  # fmt: skip
"""Which open elements end where this one starts, since their end tags may be left out."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements = Elements()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while self.elements.names and self.elements.names[-1] in CLOSED_BY.get(tag, ()):
            self.elements.end()
        # Two attributes of one name: the first counts, as in browsers.
        self.elements.start(tag, [(name, value or "") for name, value in reversed(attrs)])
        if tag in VOID:
            self.elements.end()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.start(tag, [(name, value or "") for name, value in reversed(attrs)])
        self.elements.end()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.elements.names:
            while self.elements.names[-1] != tag:
                self.elements.end()
            self.elements.end()

    def handle_data(self, data: str) -> None:
        text = data if VERBATIM & set(self.elements.names[-1:]) else re.sub(r"\s+", " ", data).strip()
        if text:
            self.elements.piece(text)

    def handle_comment(self, data: str) -> None:
        self.elements.piece(data, "comment()")

    def handle_decl(self, decl: str) -> None:
        self.elements.piece(" ".join(decl.lower().split()), "doctype()")


def read(text: str) -> Tree | None:
    if len(text) > MAX_CONTENT:
        return None
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except (ValueError, AssertionError, RecursionError):  # AssertionError: how the parser refuses odd declarations
        return None
    return reader.elements.tree()
