"""Values of the record on the wire, and back: text or binary, as the client asks for each parameter and column."""

from __future__ import annotations

from collections.abc import Sequence

from flowtape.capture.exchange import Column, Value
from flowtape.capture.protocols.postgresql import values
from flowtape.capture.protocols.postgresql.messages import Cells, Formats
from flowtape.replay.protocols.postgresql.encoding import UTF8, decoded, encoded
from flowtape.replay.protocols.postgresql.errors import refused


def spread(formats: Formats, count: int) -> Formats:
    """One format code for each of `count` values: none given means text, one means all alike."""
    if len(formats) == count:
        return formats
    if len(formats) > 1:
        raise refused("08P01", f"{len(formats)} format codes for {count} values")
    return (formats[0] if formats else 0,) * count


def read_parameters(cells: Cells, formats: Formats, types: Sequence[int], encoding: str = UTF8) -> tuple[Value, ...]:
    """Parameters as the record keeps them: text, or bytes where the type is not known. Raises Refused."""
    codes = spread(formats, len(cells))
    return tuple(
        None if cell is None else _read(cell, code, types[index] if index < len(types) else 0, encoding)
        for index, (cell, code) in enumerate(zip(cells, codes, strict=True))
    )


def _read(cell: bytes, code: int, type_: int, encoding: str) -> Value:
    if not code or type_ in values.TEXT_OIDS:
        return decoded(cell, encoding)
    try:
        return values.to_text(type_, cell)
    except values.UnknownType:
        return cell
    except ValueError as error:
        raise refused("22P03", f"incorrect binary data format: {error}") from error


def write_row(row: Sequence[Value], columns: Sequence[Column], formats: Formats, encoding: str = UTF8) -> Cells:
    """One row in the formats that the client asked for. Raises Refused."""
    return tuple(
        _write(value, column, code, encoding) for value, column, code in zip(row, columns, formats, strict=True)
    )


def _write(value: Value, column: Column, code: int, encoding: str) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        # Recorded in binary, of a type that the record does not know: the text of an enum is the same bytes.
        return value
    if not code or column.type in values.TEXT_OIDS:
        return encoded(value, encoding)
    try:
        return values.to_binary(column.type, value)
    except values.UnknownType:
        return encoded(value, encoding)
    except ValueError as error:
        raise refused("22P03", f"flowtape: column {column.name!r} cannot be sent in binary: {error}") from error
