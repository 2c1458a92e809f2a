"""Bodies by their media type: JSON, forms, multipart, event streams, lines of JSON, any text; binary is searched for what is known."""

from __future__ import annotations

import csv
import io
import re
from typing import Literal

from flowtape.capture.sanitise import urls
from flowtape.capture.sanitise.pseudonyms.registry import KEEP
from flowtape.capture.sanitise.visitor import Visitor, content, json_data, leaf, text_of

_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,70})\"|([^\s;,]{1,70}))", re.IGNORECASE)
_PART_NAME = re.compile(r"[; ]name=(?:\"([^\"]*)\"|([^\s;]+))", re.IGNORECASE)
_FILE_NAME = re.compile(r"filename\*?=", re.IGNORECASE)
_CHARSET = re.compile(r"charset=\"?([\w\-]{1,40})", re.IGNORECASE)
_LINES = ("application/x-ndjson", "application/jsonl", "application/json-seq", "application/jsonlines")


def body(visitor: Visitor, data: bytes, media_type: str) -> bytes:
    """A body free of content codings; the same bytes where nothing in it is changed."""
    if not data:
        return data
    kind = media_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        boundary = _BOUNDARY.search(media_type)
        if boundary:
            return multipart(visitor, data, (boundary[1] or boundary[2]).encode("latin-1"))
    if kind == "application/x-www-form-urlencoded":
        text = text_of(data)
        return visitor.data(data) if text is None else urls.form(visitor, text).encode("utf-8", "surrogatepass")
    if kind == "text/event-stream" or kind in _LINES:
        return lines(visitor, data)
    if kind == "text/csv" and (made := table(visitor, data)) is not None:
        return made
    if kind.endswith("json") or data.lstrip()[:1] in {b"{", b"["}:
        made = json_data(visitor, data)
        if made is not None:
            return made
    return plain(visitor, data, media_type)


def plain(visitor: Visitor, data: bytes, media_type: str) -> bytes:
    """Any text in the charset that the type names; what is none is searched as bytes."""
    charset = _CHARSET.search(media_type)
    if text_of(data) is None and charset and charset[1].lower() not in {"utf-8", "utf8"}:
        try:
            text = data.decode(charset[1])
            made = leaf(visitor, "", text)
            return data if made == text else made.encode(charset[1], "replace")
        except (LookupError, ValueError):
            return visitor.data(data)
    return content(visitor, data)


def table(visitor: Visitor, data: bytes) -> bytes | None:
    """Values between commas under a row of names, each by its name (RFC 4180); None where it is no such table.

    Quotes stay where all values have them, or those that need them; else the latter get them.
    """
    text = text_of(data) or ""
    plain = text.rstrip("\r\n")
    rows = list(csv.reader(io.StringIO(plain, newline="")))
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return None
    kinds = [visitor.policy.field(name, "", frozenset(rows[0])) for name in rows[0]]
    made = [[leaf(visitor, *cell) for cell in zip(kinds, row, strict=True)] for row in rows[1:]]
    if made == rows[1:]:
        return data
    end = "\r\n" if "\r\n" in text else "\n"
    quoting: Literal[0, 1] = csv.QUOTE_ALL if _rows(rows, end, csv.QUOTE_ALL) == plain else csv.QUOTE_MINIMAL
    return (_rows([rows[0], *made], end, quoting) + text[len(plain) :]).encode("utf-8", "surrogatepass")


def _rows(rows: list[list[str]], end: str, quoting: Literal[0, 1]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue().removesuffix(end)


def lines(visitor: Visitor, data: bytes) -> bytes:
    """Lines that hold JSON, alone or behind a field's name (`data: {…}`)."""
    return b"".join(_line(visitor, line) for line in data.splitlines(keepends=True))


def _line(visitor: Visitor, line: bytes) -> bytes:
    start = line.find(b"{")
    end = line.rstrip()
    if 0 <= start <= 32:
        made = json_data(visitor, end[start:])
        if made is not None:
            return line[:start] + made + line[len(end) :]
    return content(visitor, line)


def multipart(visitor: Visitor, data: bytes, boundary: bytes) -> bytes:
    """RFC 2046, section 5.1: each part by its own type, or by its field's name."""
    delimiter = b"--" + boundary
    return delimiter.join(_part(visitor, part) for part in data.split(delimiter))


def _part(visitor: Visitor, part: bytes) -> bytes:
    head, gap, inner = part.partition(b"\r\n\r\n")
    if not gap:
        return part
    header = head.decode("latin-1")
    name = _PART_NAME.search(header)
    value, end = (inner[:-2], b"\r\n") if inner.endswith(b"\r\n") else (inner, b"")
    kind = visitor.policy.field(name[1] or name[2] or "") if name else ""
    is_file = _FILE_NAME.search(header) is not None
    if is_file:
        header = visitor.text(header)
    if kind and kind != KEEP and not is_file:
        made = content(visitor, value, kind)
    elif kind == KEEP:
        made = value
    else:
        typed = re.search(r"content-type:\s*([^\r\n]*)", header, re.IGNORECASE)
        made = body(visitor, value, "" if typed is None or typed[1].lower().startswith("multipart/") else typed[1])
    return header.encode("latin-1", "replace") + gap + made + end
