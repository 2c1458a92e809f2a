"""Texts that are lists: what header fields such as Vary and attributes such as HTML's class hold."""

from __future__ import annotations

import re
from collections.abc import Sequence


def words(text: str) -> tuple[list[str], list[str]]:
    """What a list in a text holds, and what stands between: `GET, POST` by commas, `a b` by white space."""
    found = re.split(r"(\s*,\s*)" if "," in text else r"(\s+)", text)
    return found[::2], found[1::2]


def joined(items: Sequence[str], between: Sequence[str]) -> str:
    return "".join(item + mark for item, mark in zip(items, [*between, ""], strict=True))


def places_of_words(path: str) -> str:
    """How a flow file names the text at `path` (`headers[2].vary`, `html.p.@class`) if that may be a list of words, else ""."""
    if header := re.fullmatch(r"headers\[\d+\]\.(.+)", path, re.DOTALL):
        return f"headers.{header[1]}"
    return path if re.search(r"\.@[^.\[\]]+\Z", path) else ""
