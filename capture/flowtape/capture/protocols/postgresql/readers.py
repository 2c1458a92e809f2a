"""What makes a value of the bytes on the wire, by type, format and encoding."""

from __future__ import annotations

from functools import partial

from flowtape.capture.exchange import Column, Value
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql import values
from flowtape.capture.protocols.postgresql.draft import Reader


def expand(formats: pg.Formats, count: int) -> pg.Formats | None:
    """One format for each of `count` values; None where their number does not fit."""
    if len(formats) == count:
        return formats
    return formats * count if len(formats) == 1 else (0,) * count if not formats else None


def readers(columns: tuple[Column, ...], formats: pg.Formats, encoding: str) -> list[Reader]:
    return [reader(column.type, code, encoding) for column, code in zip(columns, formats, strict=True)]


def reader(type_: int, code: int, encoding: str) -> Reader:
    """What makes a value of the bytes on the wire; it raises UnicodeDecodeError where text is not in `encoding`."""
    if code == 0 or type_ in values.TEXT_OIDS:
        return bytes.decode if encoding == "utf-8" else lambda cell: cell.decode(encoding)
    return partial(_binary, type_) if type_ in values.KNOWN else _as_it_is


def _binary(type_: int, cell: bytes) -> Value:
    try:
        return values.to_text(type_, cell)
    except ValueError:
        return cell


def _as_it_is(cell: bytes) -> Value:
    return cell
