"""COPY data (PostgreSQL, "COPY", File Formats): rows of text, CSV or binary, their values by their columns."""

from __future__ import annotations

import csv
import io
import re
import struct
from collections.abc import Callable, Sequence

from flowtape.capture.sanitise.visitor import Visitor, content, text_of

SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_OPTION_CSV = re.compile(r"\bcsv\b", re.IGNORECASE)
_DELIMITER = re.compile(r"\bdelimiter\s+(?:as\s+)?e?'(\\t|.)'", re.IGNORECASE)
_UNESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\v": "\\v"}

Cell = Callable[[int, str], str]
"""What shall stand in column n (from 0) for this value."""


def copied(visitor: Visitor, statement: str, data: bytes, cell: Cell) -> bytes:
    """The data of a COPY; the same bytes where nothing in it is changed."""
    if data.startswith(SIGNATURE):
        return _binary(visitor, data, cell)
    text = text_of(data)
    if text is None:
        return visitor.data(data)
    options = (
        statement.rpartition(")")[2] if " with" not in statement.lower() else statement.lower().rpartition(" with")[2]
    )
    delimiter = _DELIMITER.search(statement)
    sign = delimiter[1].replace("\\t", "\t") if delimiter else ""
    if _OPTION_CSV.search(options) or _OPTION_CSV.search(statement):
        made = _csv(text, cell, sign or ",")
    else:
        made = _text(text, cell, sign or "\t")
    return data if made == text else made.encode("utf-8", "surrogatepass")


def _text(text: str, cell: Cell, delimiter: str) -> str:
    return "".join(_text_line(line, cell, delimiter) for line in re.split(r"(?<=\n)", text))


def _text_line(line: str, cell: Cell, delimiter: str) -> str:
    row = line.rstrip("\r\n")
    if not row or row == "\\.":
        return line
    made = [_text_value(value, place, cell, delimiter) for place, value in enumerate(row.split(delimiter))]
    return delimiter.join(made) + line[len(row) :]


def _text_value(value: str, place: int, cell: Cell, delimiter: str) -> str:
    if value == "\\N":
        return value
    plain = _UNESCAPE.sub(_unescape, value) if "\\" in value else value
    made = cell(place, plain)
    if made == plain:
        return value
    return "".join(_ESCAPE.get(sign, "\\" + sign if sign == delimiter else sign) for sign in made)


def _unescape(match: re.Match[str]) -> str:
    if match[1] or match[2]:
        return chr(int(match[1], 16) if match[1] else int(match[2], 8))
    return _CONTROL.get(match[3], match[3])


def _csv(text: str, cell: Cell, delimiter: str) -> str:
    out = io.StringIO()
    end = "\r\n" if "\r\n" in text else "\n"
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    changed = False
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            made = [cell(place, value) for place, value in enumerate(row)]
            changed |= made != row
            writer.writerow(made)
    except csv.Error:
        return _text(text, cell, delimiter)
    return out.getvalue() if changed else text


def _binary(visitor: Visitor, data: bytes, cell: Cell) -> bytes:
    """The signature, flags and extension, then rows of counted values; -1 ends them. What is cut off is dropped."""
    if len(data) < 19:
        return data[: len(SIGNATURE)]
    position = 19 + struct.unpack_from("!I", data, 15)[0]
    parts = [data[:position]]
    while position + 2 <= len(data):
        count = struct.unpack_from("!h", data, position)[0]
        if count < 0:
            parts.append(data[position : position + 2])
            break
        row, position = _binary_row(visitor, data, position + 2, count, cell)
        if row is None:
            break
        parts += [struct.pack("!h", count), *row]
    return b"".join(parts)


def _binary_row(
    visitor: Visitor, data: bytes, position: int, count: int, cell: Cell
) -> tuple[Sequence[bytes] | None, int]:
    row: list[bytes] = []
    for place in range(count):
        if position + 4 > len(data):
            return None, position
        size = struct.unpack_from("!i", data, position)[0]
        position += 4
        if size < 0:
            row.append(struct.pack("!i", size))
            continue
        if position + size > len(data):
            return None, position
        value = _binary_value(visitor, data[position : position + size], place, cell)
        row += [struct.pack("!i", len(value)), value]
        position += size
    return row, position


def _binary_value(visitor: Visitor, value: bytes, place: int, cell: Cell) -> bytes:
    text = text_of(value)
    printable = text is not None and (text.isprintable() or "\n" in text)
    if text is None or not printable:
        return content(visitor, value)
    return cell(place, text).encode("utf-8", "surrogatepass")
