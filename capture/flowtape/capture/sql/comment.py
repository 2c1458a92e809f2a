"""Comments by which a service's tracing marks its SQL (sqlcommenter): `/*traceparent='00-…',route='%2Forders'*/`."""

from __future__ import annotations

import re
from urllib.parse import unquote

MAX_COMMENT = 8192
# OpenTelemetry writes numbers without quotes (dbapi_threadsafety=2), though the specification quotes every value.
_PAIR = re.compile(r"\s*([\w%.\-]+)\s*=\s*(?:'((?:[^'\\]|\\.)*+)'|(\d{1,20}))\s*(?:,|\Z)")


def trace_comment(text: str) -> dict[str, str]:
    """The keys and values of the comment that ends or begins `text`; {} if there is none.

    Only these places are looked at: a comment further in may be part of a string that a stranger wrote.
    """
    return split_comment(text)[1]


def split_comment(text: str) -> tuple[str, dict[str, str]]:
    """`text` without its sqlcommenter comment, and what the comment says."""
    end = len(text.rstrip("; \t\r\n"))
    if text.endswith("*/", 0, end):
        start = text.rfind("/*", max(0, end - MAX_COMMENT), end)
        pairs = _pairs(text[start + 2 : end - 2]) if start >= 0 else {}
        if pairs:
            return text[:start].rstrip(), pairs
    if text.lstrip().startswith("/*"):
        start = text.find("/*")
        end = text.find("*/", start, start + MAX_COMMENT)
        pairs = _pairs(text[start + 2 : end]) if end > 0 else {}
        if pairs:
            return text[end + 2 :].lstrip(), pairs
    return text, {}


def _pairs(inner: str) -> dict[str, str]:
    """All of `inner` must be pairs."""
    pairs: dict[str, str] = {}
    position = 0
    while position < len(inner):
        match = _PAIR.match(inner, position)
        if match is None:
            return {}
        pairs[unquote(match[1])] = unquote(re.sub(r"\\(.)", r"\1", match[2] or match[3] or ""))
        position = match.end()
    return pairs
