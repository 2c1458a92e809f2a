"""Text as the client reads it: messages are written as UTF-8, a session may speak another encoding (client_encoding)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from msgspec import structs

from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.replay.protocols.postgresql.errors import Refused, refused

UTF8 = "utf-8"


def encoded(text: str, encoding: str) -> bytes:
    """Raises Refused where `encoding` lacks a character. Surrogates are bytes that nobody could read: they stay."""
    try:
        return text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError as error:
        raise refused("22P05", f"a character has no equivalent in encoding {encoding}: {error.reason}") from error


def decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode(UTF8, "surrogateescape")


def spoken(text: str, encoding: str) -> str:
    """`text` such that a message, which is written as UTF-8, holds it in `encoding`. Raises Refused."""
    if encoding == UTF8 or text.isascii():
        return text
    return encoded(text, encoding).decode(UTF8, "surrogateescape")


def spoken_message(message: Any, encoding: str) -> Any:
    """`message` with its texts as the client reads them. Raises Refused, but never for an error."""
    match message:
        case pg.ErrorResponse() | pg.NoticeResponse():
            return type(message)(tuple((code, _lossy(value, encoding)) for code, value in message.fields))
        case pg.RowDescription():
            return structs.replace(
                message, columns=tuple(replace(c, name=spoken(c.name, encoding)) for c in message.columns)
            )
    return message


def _lossy(text: str, encoding: str) -> str:
    """An error must always be said: what the encoding lacks is "?"."""
    try:
        return spoken(text, encoding)
    except Refused:
        return spoken(text.encode(encoding, "replace").decode(encoding), encoding)
