"""COPY: what is told of its format, and the pieces in which a server sends it (chapter "COPY Operations", COPY's "File Formats")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowtape.capture.sql.scan import Kind, Token, tokens

SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEAD = len(SIGNATURE) + 8
_QUOTED = re.compile(rb'"[^"]*"?')


def copy_format(text: str, data: bytes | None = None) -> tuple[int, tuple[int, ...]]:
    """The whole copy's format and those of its columns: as many as `data` has, else as `text` lists."""
    words = [token for token in tokens(text) if token.kind is not Kind.STRING]
    code = int(any(token.text == "binary" and token.kind is Kind.WORD for token in words))
    listed = _listed_columns(words)
    count = listed if listed or not data else _columns_of(data, csv=_is_csv(words))
    return code, (code,) * count


def _listed_columns(words: list[Token]) -> int:
    count = 0
    at = 1
    while at + 2 < len(words) and words[at + 1].text == ".":
        at += 2
    if at + 1 < len(words) and words[at].text != "(" and words[at + 1].text == "(":
        for token in words[at + 2 :]:
            if token.text == ")":
                break
            count += token.kind in {Kind.WORD, Kind.NAME}
    return count


def _columns_of(data: bytes, *, csv: bool) -> int:
    if data.startswith(SIGNATURE):
        return max(0, int.from_bytes(data[_HEAD : _HEAD + 2], signed=True))
    line = data[: data.find(b"\n")]
    if csv:
        line = _QUOTED.sub(b"", line)
    return line.count(b"," if csv else b"\t") + 1


def _is_csv(words: list[Token]) -> bool:
    return any(token.text == "csv" and token.kind is Kind.WORD for token in words)


def pieces(data: bytes, text: str) -> Iterator[bytes]:
    """`data` as a server sends it: one row in each message."""
    if data.startswith(SIGNATURE):
        return _binary_rows(data)
    return _csv_rows(data) if _is_csv(list(tokens(text))) else _text_rows(data)


def _text_rows(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end + 1
        yield data[start:end]
        start = end


def _csv_rows(data: bytes) -> Iterator[bytes]:
    """A line break within quotes does not end a row."""
    row = b""
    for line in _text_rows(data):
        row += line
        if row.count(b'"') % 2 == 0:
            yield row
            row = b""
    if row:
        yield row


def _binary_rows(data: bytes) -> Iterator[bytes]:
    """The head goes with the first row. What does not hold what its lengths promise is one last piece."""
    start = 0
    at = _HEAD + int.from_bytes(data[len(SIGNATURE) + 4 : _HEAD]) if len(data) >= _HEAD else len(data)
    while at < len(data):
        count = int.from_bytes(data[at : at + 2], signed=True)
        at += 2
        for _ in range(max(count, 0)):
            size = int.from_bytes(data[at : at + 4], signed=True)
            at += 4 + max(size, 0)
            if at > len(data):
                break
        yield data[start:at]
        start = at = min(at, len(data))
    if start < len(data):
        yield data[start:]
